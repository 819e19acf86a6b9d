"""What of the answers to a finding's requests is compared: in this process, and in the script that shows it.

The functions below are also the text of that script, so they need the standard library alone, and each other.
An answer is its status, its headers by lower-case name, and its body.
"""

import ast
import hashlib
import inspect
import json
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from flowgauge.openapi import Json
from flowgauge.results import Response

__all__ = ["NO_ANSWER", "Answer", "Mode", "answer_of", "digest_of", "program", "told"]

Answer = tuple[int, dict[str, str], bytes]
Mode = Literal["values", "times", "shapes", "names"]
NO_ANSWER: Answer = (0, {}, b"")


def answer_of(response: Response | None) -> Answer:
    """An answer as it is compared."""
    if response is None:
        return NO_ANSWER
    return response.status, {name.lower(): value for name, value in response.headers}, response.body


def told(answers: Sequence[Answer], made: Sequence[str], *, items: Sequence[str] | None, mode: Mode) -> Json:
    """What answers say, without what is another each time: ids become numbers, and times their order.

    `made` are ids that were captured: of the items in the last answer, which stand at `items`, only those
    count that name one of them, where there are any. The last answer counts, the others having numbered the
    ids. By "times" all do, and one time is not as good as another; of lists before, what names the thing that
    the last is about. By "names" counts which of `made` the last answer names at all. By "shapes" a text is
    as good as another, unless it is one of a few words, and an item of a list as another of its shape.
    """
    bodies = _bodies_of(answers, made, items, mode)
    if mode == "names":
        return [answers[-1][0], [bool(name) and name in _texts_in(bodies[-1]) for name in made]]
    times = sorted({t for t in map(_instant, _texts_in(bodies)) if t})
    names: dict[str, str] = {}
    known = "".join(f"{re.escape(each)}|" for each in sorted(made, key=len, reverse=True))
    opaque = known + r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|^(?=\S*[0-9])[\w=+/.:~-]{12,}$"

    def named(text: str) -> str:
        return re.sub(opaque, lambda match: names.setdefault(match[0], f"<id {len(names)}>"), text)

    def said(value: Json) -> Json:
        if isinstance(value, dict):
            return {named(name): said(item) for name, item in sorted(value.items())}
        if isinstance(value, list) and mode == "shapes":
            return sorted({json.dumps(said(item), sort_keys=True) for item in value})
        if isinstance(value, list):
            return [said(item) for item in value]
        if isinstance(value, int) and str(value) in made:
            value = str(value)
        if not isinstance(value, str):
            return value
        if _instant(value):
            return f"<time {times.index(_instant(value)) if mode == 'times' else ''}>"
        if mode == "shapes":
            return value if re.fullmatch("[A-Z_]+", value) else "<text>"
        return named(value)

    shown = [[answer[0], said(body)] for answer, body in zip(answers, bodies, strict=False)]
    return shown if mode == "times" else shown[-1]


def _answers_in(folder: str, count: int) -> list[Answer]:
    """The answers that curl wrote into files named 1, 2 and so on, with their heads beside them."""
    found = []
    for number in range(1, count + 1):
        head, body = (Path(folder, f"{number}{end}").read_bytes() for end in (".head", ""))
        lines = head.decode("latin-1")
        status = re.findall(r"(?m)^HTTP/\S+ (\d+)", lines) or [0]
        kinds = re.findall(r"(?im)^content-type: *(.*?)\r?$", lines) or [None]
        found.append((int(status[-1]), {"content-type": kinds[-1]}, body))
    return found


def _bodies_of(
    answers: Sequence[Answer], made: Sequence[str], items: Sequence[str] | None, mode: Mode
) -> list[Json]:
    """The values of bodies, as far as they count."""
    bodies = [_body_of(answer) for answer in answers]
    if items is not None and made:
        bodies[-1] = _with_ours(bodies[-1], items, made)
    if mode == "times" and items is None:
        about = [name for name in made if name in _texts_in(bodies[-1])][-1:]
        bodies[:-1] = [_narrowed(body, about) for body in bodies[:-1]]
    return bodies


def _body_of(answer: Answer) -> Json:
    """The value of a body, or its text where it is no JSON."""
    try:
        return json.loads(answer[2])
    except (ValueError, RecursionError):
        return [answer[1].get("content-type"), re.sub("[0-9]+", "0", answer[2].decode("latin-1"))]


def _texts_in(value: Json) -> list[str]:
    """All texts and integers in a value, but for the names of members."""
    if isinstance(value, str | int):
        return [str(value)]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in _texts_in(item)]


def _narrowed(value: Json, about: Sequence[str]) -> Json:
    """A body, of whose lists only what names one of `about` is left where anything does."""
    if isinstance(value, dict):
        return {name: _narrowed(item, about) for name, item in value.items()}
    if isinstance(value, list):
        return [item for item in value if any(text in about for text in _texts_in(item))] or value
    return value


def _with_ours(value: Json, items: Sequence[str], made: Sequence[str]) -> Json:
    """A body, of whose items only those are left that name one of our own things."""
    if isinstance(value, dict) and items and items[0] in value:
        return {**value, items[0]: _with_ours(value[items[0]], items[1:], made)}
    if isinstance(value, list) and not items:
        return [item for item in value if any(text in made for text in _texts_in(item))]
    return value


def _instant(text: str) -> str:
    """A time as a text that sorts, or an empty one for what is none."""
    form = r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-]\d\d):?(\d\d))"
    match = re.fullmatch(form, text)
    if match is None:
        return ""
    ahead = timedelta(hours=int(match[4] or 0), minutes=int(match[5] or 0))
    try:
        at = datetime.fromisoformat(f"{match[1]}T{match[2]}") - ahead
    except (ValueError, OverflowError):
        return ""
    return f"{at} {(match[3] or '').ljust(9, '0')}"


@cache
def program() -> str:
    """The functions as a program's text, with what explains them left out."""
    tree = ast.parse(inspect.getsource(sys.modules[__name__]))
    wanted = {
        "told",
        "_answers_in",
        "_bodies_of",
        "_body_of",
        "_texts_in",
        "_narrowed",
        "_with_ours",
        "_instant",
    }
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in wanted]
    for node in (inner for function in functions for inner in ast.walk(function)):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in (*node.args.args, *node.args.kwonlyargs):
                argument.annotation = None
            if ast.get_docstring(node) is not None:
                del node.body[0]
    return "\n".join(ast.unparse(node) for node in functions)


def digest_of(told: Json) -> str:
    """What is compared, in few characters."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:24]
