"""A finding's exchanges sent again: whether they show the same.

A replay makes its own things and takes along what earlier answers gave out: ids, cursors, in targets and in
bodies. What must be another for each thing, such as a name, is another each time. What is compared is the
status where that is wrong, a header where that is, and otherwise what the answers say (see `claims`).
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import NamedTuple
from urllib.parse import quote, unquote

from flowgauge.contract.reproductions.claims import Answer, Mode, answer_of, digest_of, told
from flowgauge.edition import Edition, member
from flowgauge.openapi import Json
from flowgauge.openapi.source import unescaped
from flowgauge.results import LONG_ID, Exchange, Request, Response, with_captured

__all__ = ["Captured", "Replay", "replay_of"]

# What is wrong is the status, and the rest of the answer is no matter.
_BY_STATUS = frozenset(
    (
        "FG-100",
        "FG-101",
        "FG-102",
        "FG-112",
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
# No UUID, no address, and nothing that is written otherwise in a target.
_OPEN_ENDED = re.compile(rf"(?![0-9a-fA-F]{{8}}-)[A-Za-z][\w.~-]{{{LONG_ID - 1},}}", re.ASCII)


class Captured(NamedTuple):
    """What requests take from an earlier answer: where it stands there, and what it was.

    What is `made_up` for each replay anew is of no step, and has no place.
    """

    step: int
    place: tuple[str | int, ...]
    value: str

    @property
    def is_made_up(self) -> bool:
        """Whether no answer gives it out."""
        return self.step < 0


@dataclass(frozen=True, slots=True)
class Replay:
    """The requests of a finding, what each takes from the answers before, and what showed the fault.

    `compared` are those of the captured values that count where answers are compared.
    """

    finding_id: str
    requests: tuple[Request, ...]
    captured: tuple[Captured, ...]
    compared: tuple[Captured, ...]
    items: tuple[str, ...] | None
    recorded: Json

    @property
    def header(self) -> str | None:
        """The header that is compared, if it is one."""
        if self.requests[-1].version == "1.0":
            return "transfer-encoding"
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
        if self.header is not None or (self.finding_id in _BY_NAME and self.items is not None):
            return False
        return self.finding_id in _BY_STATUS

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
        # No seed: one session may have a finding shown again and again.
        token = token_hex(4)
        values = {c.value: f"{c.value}-{token}" for c in self.captured if c.is_made_up}
        for number, request in enumerate(self.requests):
            target, sent = _with(request.target, values), with_captured(request.body, values)
            answers.append(answer_of(send(replace(request, target=target, body=sent))))
            for captured in self.captured:
                if captured.step == number:
                    values[captured.value] = _at(answers[-1], captured.place)
        shown = self.shown_by(answers, [values[each.value] for each in self.compared])
        return digest_of(shown) == digest_of(self.recorded)


def replay_of(finding_id: str, exchanges: Sequence[Exchange], edition: Edition) -> Replay:
    """The replay of a finding's exchanges, the telling one last."""
    answers = [answer_of(exchange.response) for exchange in exchanges]
    made_up = tuple(_made_up(exchanges, edition))
    captured = made_up + tuple(_captured(exchanges, answers, edition, {each.value for each in made_up}))
    last = exchanges[-1]
    found = edition.role_of(last.operation) if last.operation else None
    items = found[0].items if found and found[1] == "list" else None
    compared = captured
    if items is not None and finding_id in _BY_NAME:
        compared = tuple(each for each in captured if _is_strange(each, exchanges, edition)) or captured
    replayed = Replay(finding_id, tuple(e.request for e in exchanges), captured, compared, items, None)
    return replace(replayed, recorded=replayed.shown_by(answers, [each.value for each in compared]))


def _is_strange(captured: Captured, exchanges: Sequence[Exchange], edition: Edition) -> bool:
    """Whether it is the id of what must not stand in the list at the end: made elsewhere, or deleted."""
    if captured.is_made_up:
        return False
    made, last = exchanges[captured.step], exchanges[-1]
    role, of = (edition.role_of(each.operation) if each.operation else None for each in (made, last))
    if role is None or of is None or role[1] != "create" or role[0] != of[0]:
        return False
    is_deleted = any(e.request.method == "DELETE" and captured.value in e.request.path for e in exchanges)
    return is_deleted or made.request.path != last.request.path


def _made_up(exchanges: Sequence[Exchange], edition: Edition) -> Iterator[Captured]:
    """What must be another for each thing, where anything may stand behind it."""
    seen: set[str] = set()
    for exchange in exchanges:
        role = edition.role_of(exchange.operation) if exchange.operation else None
        pointers = role[0].unique if role is not None and role[1] == "create" else ()
        body = _json((0, {}, exchange.request.body or b"")) if pointers else None
        for pointer in pointers:
            text = member(body, unescaped(pointer))
            if isinstance(text, str) and _OPEN_ENDED.fullmatch(text) and text not in seen:
                seen.add(text)
                yield Captured(-1, (), text)


def _captured(
    exchanges: Sequence[Exchange], answers: Sequence[Answer], edition: Edition, known: Collection[str]
) -> Iterator[Captured]:
    """What later requests take from each answer: the id of what it made, and what else stands in both."""
    seen = set(known)
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
                yield Captured(number, place, text)


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
