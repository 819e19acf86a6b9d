"""A finding's exchanges as a shell script: it sends them again, and ends with 1 where they show the same.

It makes its own things and takes along what earlier answers gave out: ids, cursors. What is compared is the
status where that is wrong, a header where that is, and otherwise what the answers say (see `claims`). A
`Replay` does the same in this process.
"""

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote, unquote

from flowgauge.contract.reproductions.claims import Answer, Mode, answer_of, program, told
from flowgauge.contract.tokens import PLACEHOLDERS
from flowgauge.edition import Edition
from flowgauge.openapi import Json
from flowgauge.results import LONG_ID, Exchange, Expansion, Finding, Request, Response, curl

__all__ = ["Replay", "replay_of", "script"]

# What is wrong is the status, and the rest of the answer is no matter.
_BY_STATUS = frozenset(
    (
        "FG-100",
        "FG-101",
        "FG-102",
        "FG-204",
        "FG-205",
        "FG-209",
        "FG-210",
        "FG-211",
        "FG-212",
        "FG-601",
        "FG-602",
    )
)
_BY_HEADER = {
    "FG-103": "content-type",
    "FG-107": "allow",
    "FG-108": "www-authenticate",
    "FG-110": "content-type",
}
_BY_SHAPE = frozenset(("FG-104", "FG-105", "FG-106"))
# A list names what must not stand there.
_BY_NAME = frozenset(("FG-205", "FG-212"))
# Times, and the order of what happens to a run or its like.
_TIMED = ("FG-3", "FG-4")
# A text that is shorter may stand in a later request by chance, unless it is the id of a thing.
_LONG = 6
_SEPARATORS = "/?&="


class _Captured(NamedTuple):
    """What a later request takes from an answer: where it stands there, and what it was."""

    step: int
    place: tuple[str | int, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The requests of a finding, what each takes from the answers before, and what showed the fault.

    `compared` are those of the captured values that count where answers are compared.
    """

    finding_id: str
    requests: tuple[Request, ...]
    captured: tuple[_Captured, ...]
    compared: tuple[_Captured, ...]
    items: tuple[str, ...] | None
    recorded: Json

    @property
    def header(self) -> str | None:
        """The header that is compared, if it is one."""
        return _BY_HEADER.get(self.finding_id)

    @property
    def mode(self) -> Mode:
        """How what answers say is compared."""
        if self.finding_id in _BY_NAME:
            return "names"
        if self.finding_id in _BY_SHAPE:
            return "shapes"
        return "times" if self.finding_id.startswith(_TIMED) else "values"

    @property
    def is_by_status(self) -> bool:
        """Whether the last status alone is compared."""
        return self.finding_id in _BY_STATUS and not (self.finding_id in _BY_NAME and self.items is not None)

    def shown_by(self, answers: Sequence[Answer], made: Sequence[str]) -> Json:
        """What is compared of answers, in which `made` stand for what is `compared`."""
        status, headers, _ = answers[-1]
        if self.is_by_status:
            return status
        if self.header is not None:
            return [status, headers.get(self.header, "")]
        return told(answers, made, items=self.items, mode=self.mode)

    def shows(self, send: Callable[[Request], Response | None]) -> bool:
        """Send the requests again, and say whether the answers show the fault."""
        answers: list[Answer] = []
        values: dict[str, str] = {}
        for number, request in enumerate(self.requests):
            answers.append(answer_of(send(replace(request, target=_with(request.target, values)))))
            for captured in self.captured:
                if captured.step == number:
                    values[captured.value] = _at(answers[-1], captured.place)
        shown = self.shown_by(answers, [values[each.value] for each in self.compared])
        return _digest(shown) == _digest(self.recorded)


def replay_of(finding_id: str, exchanges: Sequence[Exchange], edition: Edition) -> Replay:
    """The replay of a finding's exchanges, the telling one last."""
    answers = [answer_of(exchange.response) for exchange in exchanges]
    captured = tuple(_captured(exchanges, answers, edition))
    last = exchanges[-1]
    found = edition.role_of(last.operation) if last.operation else None
    items = found[0].items if found and found[1] == "list" else None
    compared = captured
    if items is not None and finding_id in _BY_NAME:
        compared = tuple(each for each in captured if _is_strange(each, exchanges, edition)) or captured
    replayed = Replay(finding_id, tuple(e.request for e in exchanges), captured, compared, items, None)
    return replace(replayed, recorded=replayed.shown_by(answers, [each.value for each in compared]))


def _is_strange(captured: _Captured, exchanges: Sequence[Exchange], edition: Edition) -> bool:
    """Whether it is the id of what must not stand in the list at the end: made elsewhere, or deleted."""
    made, last = exchanges[captured.step], exchanges[-1]
    role, of = (edition.role_of(each.operation) if each.operation else None for each in (made, last))
    if role is None or of is None or role[1] != "create" or role[0] != of[0]:
        return False
    is_deleted = any(e.request.method == "DELETE" and captured.value in e.request.path for e in exchanges)
    return is_deleted or made.request.path != last.request.path


def script(finding: Finding, url: str, edition: Edition) -> str:
    """Shell text that shows a finding of a server whose root is `url`, with tokens from the environment."""
    replayed = replay_of(finding.id, finding.exchanges, edition)
    ids = {
        captured.value: Expansion(f"$ID{number}")
        for number, captured in enumerate(replayed.captured, start=1)
    }
    lines = [f"URL={shlex.quote(url)}; URL=${{FLOWGAUGE_URL:-$URL}}   # and the token in FLOWGAUGE_TOKEN"]
    lines.append("""A=$(mktemp -d) && trap 'rm -rf "$A"' EXIT""")
    if replayed.captured:
        lines.append(_TOOK)
    takers = {captured.step for captured in replayed.captured}
    known: dict[str, Expansion] = {}
    steps = []
    for number, request in enumerate(replayed.requests):
        into = Expansion("$A/$N")
        command = curl(request, url=Expansion("$URL"), placeholders=PLACEHOLDERS, ids=known, into=into)
        steps.append((number, command))
        if number in takers:
            steps.append((number, ""))
            known |= {c.value: ids[c.value] for c in replayed.captured if c.step == number}
    for command, group in groupby(steps, key=lambda step: step[1]):
        numbers = [number for number, _ in group]
        if command:
            lines.append(_sent(command, [number + 1 for number in numbers]))
        else:
            lines += [_taken(c, ids[c.value]) for c in replayed.captured if c.step in numbers]
    said = " ".join(f"{finding.id} {finding.operation}: {finding.detail}".split())
    # A server's own words may hold what no shell takes, such as NUL.
    said = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in said)
    lines.append(f"echo {shlex.quote(said)}")
    lines += _judged(replayed, [ids[each.value] for each in replayed.compared])
    return "\n".join(["(", *lines, ")"])


_TOOK = """\
took() { python3 -c 'import json, sys, urllib.parse
value = json.load(open(sys.argv[1], "rb"))
for name in sys.argv[2:]: value = value[int(name) if isinstance(value, list) else name]
print(urllib.parse.quote(str(value), safe=""))' "$@"; }"""


def _sent(command: str, numbers: Sequence[int]) -> str:
    """Send a request once or more, and print the answers."""
    line = f'touch "$A/$N" "$A/$N.head"; S=$({command}); cat "$A/$N.head" "$A/$N"; echo'
    if len(numbers) == 1:
        return f"N={numbers[0]}; {line}"
    return f"for N in {' '.join(map(str, numbers))}; do {line}; done"


def _taken(captured: _Captured, name: Expansion) -> str:
    place = " ".join(shlex.quote(str(part)) for part in captured.place)
    return f'{name.text.removeprefix("$")}=$(took "$A/{captured.step + 1}" {place})'


def _judged(replayed: Replay, ids: Sequence[Expansion]) -> Iterator[str]:
    """The lines that end a script with 1 where the fault shows, and with 0 where it does not."""
    if replayed.is_by_status:
        yield f'echo "it shows in status {replayed.recorded or "000 (no answer)"}, and here is $S"'
        yield f"""[ "$S" != {replayed.recorded or "000"} ]"""
    elif replayed.header is not None:
        status, value = replayed.recorded
        yield f"""H=$(tr -d '\\r' < "$A/$N.head" | grep -i '^{replayed.header}:' | cut -d: -f2-)"""
        shown = f"{status} {value}" if value else str(status)
        yield f"""echo 'it shows in {replayed.header}: '{shlex.quote(shown)}", and here is $S$H\""""
        yield f"""[ "$S$H" != {shlex.quote(shown)} ]"""
    else:
        values = " ".join(f'"{name.text}"' for name in ids)
        yield f"""python3 - "$A" {values} <<'END'"""
        yield "import hashlib, json, re, sys, urllib.parse\nfrom datetime import datetime, timedelta"
        yield "from pathlib import Path"
        yield program()
        yield _program_end(replayed)
        yield "END"


def _program_end(replayed: Replay) -> str:
    items = list(replayed.items) if replayed.items is not None else None
    return f"""\
made = [urllib.parse.unquote(text) for text in sys.argv[2:]]
said = told(_answers_in(sys.argv[1], {len(replayed.requests)}), made, items={items!r}, mode="{replayed.mode}")
digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
shows = digest.startswith("{_digest(replayed.recorded)}")
print("these are the wrong answers" if shows else "these are other answers than the wrong ones")
sys.exit(shows)"""


def _digest(value: Json) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:24]


def _captured(
    exchanges: Sequence[Exchange], answers: Sequence[Answer], edition: Edition
) -> Iterator[_Captured]:
    """What later requests take from each answer: the id of what it made, and what else stands in both."""
    seen: set[str] = set()
    for number, exchange in enumerate(exchanges):
        later = {unquote(piece) for e in exchanges[number + 1 :] for piece in _pieces(e.request.target)}
        own = {unquote(piece) for piece in _pieces(exchange.request.target)}
        body = _json(answers[number])
        role = edition.role_of(exchange.operation) if exchange.operation else None
        made = (*role[0].view, role[0].id) if role and role[1] == "create" else None
        for place, value in _scalars(body):
            text = str(value)
            is_taken = place == made or (text in later and len(text) >= _LONG)
            if is_taken and text.isprintable() and text and text not in seen | own:
                seen.add(text)
                yield _Captured(number, place, text)


def _json(answer: Answer) -> Json:
    try:
        return json.loads(answer[2])
    except (ValueError, RecursionError):
        return None


def _scalars(
    value: Json, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str | int]]:
    """The texts and integers in a value, each with its place."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        yield place, value
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _scalars(item, (*place, key))


def _at(answer: Answer, place: Sequence[str | int]) -> str:
    """What stands at a place of an answer, or nothing."""
    value = _json(answer)
    for name in place:
        try:
            value = value[name]
        except (LookupError, TypeError):
            return ""
    return str(value)


def _pieces(target: str) -> list[str]:
    for separator in _SEPARATORS:
        target = target.replace(separator, "/")
    return target.split("/")


def _with(target: str, values: Mapping[str, str]) -> str:
    """A target with captured values in the place of the recorded ones."""
    quoted = {quote(old, safe=""): quote(new, safe="") for old, new in values.items()}
    inner = {old: new for old, new in quoted.items() if len(old) >= LONG_ID}
    pieces = []
    for piece in re.split(f"([{re.escape(_SEPARATORS)}])", target):
        new = quoted.get(piece)
        if new is None:
            new = piece
            # What is an id with something around it is another id, made from that one.
            for old in sorted(inner, key=len, reverse=True):
                new = new.replace(old, inner[old])
        pieces.append(new)
    return "".join(pieces)
