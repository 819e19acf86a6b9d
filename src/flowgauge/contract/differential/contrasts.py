"""How two answers to the same request differ, by what is the same of all such answers."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from flowgauge.contract.judging.reading import Reading, Unreadable
from flowgauge.correspondence import Correspondence, is_time
from flowgauge.edition import Edition, Pages, member
from flowgauge.json_diff import JsonDifference, differences
from flowgauge.openapi import Json

__all__ = ["Cause", "CauseCounts", "Contrast", "Occurrences", "contrasts"]

_LONGEST = 80


class Cause(NamedTuple):
    """What is the same of all contrasts that are told as one.

    `place` is where they stand: a status, or the path of a member, with `*` for the items of a list. `kind`
    is how they differ. It is `free` where both answers keep the document and both may be meant: another
    refusal, a member that need not be there, words.
    """

    place: str
    kind: str
    free: bool


@dataclass(frozen=True, slots=True)
class Contrast:
    """One sighting of a cause: what stood at A and at B."""

    cause: Cause
    at_a: str
    at_b: str


@dataclass(slots=True)
class Occurrences:
    """All sightings of a cause: how many there were at each operation, and the first of them."""

    operations: Counter[str]
    request: str
    first: Contrast


@dataclass(slots=True)
class CauseCounts:
    """The causes that were seen so far."""

    seen: dict[Cause, Occurrences] = field(default_factory=dict)

    def add(self, read: Reading, found: Iterable[Contrast]) -> None:
        """Count the contrasts of one exchange."""
        request = read.exchange.request
        for contrast in found:
            self.note(read.exchange.operation or "", contrast, f"{request.method} {request.target}")

    def note(self, operation: str, contrast: Contrast, request: str) -> None:
        """Count one contrast, at an operation, and keep the request of the first."""
        seen = self.seen.setdefault(contrast.cause, Occurrences(Counter(), request, contrast))
        seen.operations[operation] += 1

    def told(self, *, free: bool) -> list[tuple[Cause, Occurrences]]:
        """Those that are free, or those that are not, the most frequent first."""
        found = [(cause, seen) for cause, seen in self.seen.items() if cause.free == free]
        return sorted(found, key=lambda pair: (-pair[1].operations.total(), pair[0]))


def contrasts(
    a: Reading, b: Reading, pairs: Correspondence, editions: tuple[Edition, Edition]
) -> list[Contrast]:
    """How the answers to one request differ; ids that meet here for the first time are paired."""
    one, other = a.exchange.response, b.exchange.response
    if one is None or other is None:
        if one is other:
            return []
        told = [str(answer.status) if answer is not None else "no answer" for answer in (one, other)]
        return [Contrast(Cause("answer", "one answers alone", False), *told)]
    _pair_made(a, b, pairs)
    if one.status != other.status:
        free = one.status in a.expected.statuses and other.status in b.expected.statuses
        cases = dict.fromkeys(problem.case.kind for problem in a.expected.problems)
        place = f"status of {', '.join(cases) or 'a valid request'}"
        kind = f"{one.status} at A, {other.status} at B"
        return [Contrast(Cause(place, kind, free), str(one.status), str(other.status))]
    if isinstance(a.raw, Unreadable) or isinstance(b.raw, Unreadable):
        return []
    if a.expected.operation is not None and a.expected.operation.id == editions[0].greeting:
        # What a server is called, and its version, are its own.
        return []
    return [*_bodies(a, b, pairs, editions)]


def _pair_made(a: Reading, b: Reading, pairs: Correspondence) -> None:
    """What was made or read there is, whatever else is wrong with it, what was made or read here."""
    if a.resource is None or b.resource is None or a.role not in {"create", "read"} or a.role != b.role:
        return
    for view, theirs in zip(a.views, b.views, strict=False):
        some_id, other = a.resource.id_in(view), b.resource.id_in(theirs)
        if some_id is not None and other is not None:
            pairs.pair(some_id, other)


def _bodies(
    a: Reading, b: Reading, pairs: Correspondence, editions: tuple[Edition, Edition]
) -> Iterator[Contrast]:
    # An error shows no thing, wherever things stand in a success.
    is_success = a.exchange.response is not None and a.exchange.response.status < 300
    resource = a.resource if is_success else None
    is_list = a.role == b.role == "list" and a.shows_items and b.shows_items
    if resource is None or a.role != b.role or not (is_list or (a.views and b.views)):
        if editions[0] is editions[1] or resource is None:
            messages = {"/" + "/".join(each.error_message) for each in editions if each.error_message}
            yield from _values(a.raw, b.raw, pairs, "", messages)
        return
    assert b.resource is not None
    names = {resource.id_in(view): view for view in a.views}
    theirs = {b.resource.id_in(view): view for view in b.views}
    place = resource.kind
    # A page leaves out what a list without pages shows.
    is_alike = (resource.pages is None) == (b.resource.pages is None)
    if is_list and resource.pages is not None and b.resource.pages is not None:
        yield from _frames(a.raw, b.raw, pairs, (resource.pages, b.resource.pages))
    for some_id, view in names.items():
        partner = pairs.partner(some_id or "")
        if partner in theirs:
            own = {f"/{name}" for name in (resource.id, resource.parent_id) if name}
            yield from _values(view, theirs[partner], pairs, place, own)
        elif partner is not None and is_alike:
            yield Contrast(Cause(f"list of {place}s", "A shows one that B does not", True), str(some_id), "")
    shown = {pairs.partner(some_id or "") for some_id in names}
    if is_alike and any(pairs.is_partner(some_id or "") and some_id not in shown for some_id in theirs):
        yield Contrast(Cause(f"list of {place}s", "B shows one that A does not", True), "", "")


def _frames(one: Json, other: Json, pairs: Correspondence, pages: tuple[Pages, Pages]) -> Iterator[Contrast]:
    """How the frames of two pages differ, which is up to them; what leads on from one is paired."""
    frames = member(one, pages[0].frame), member(other, pages[1].frame)
    for names in ((pages[0].next, pages[1].next), (pages[0].previous, pages[1].previous)):
        links = [
            frame.get(name) if isinstance(frame, dict) and name is not None else None
            for frame, name in zip(frames, names, strict=True)
        ]
        if isinstance(links[0], str) and isinstance(links[1], str):
            pairs.pair(links[0], links[1])
    for name in ("has_more", "page_size"):
        ours, theirs = (getattr(page, name) for page in pages)
        if ours is not None and theirs is not None:
            told = [_shown(member(frame, (key,))) for frame, key in zip(frames, (ours, theirs), strict=True)]
            if told[0] != told[1]:
                yield Contrast(Cause(f"pages/{ours}", "another value", True), told[0], told[1])


def _values(one: Json, other: Json, pairs: Correspondence, place: str, own: set[str]) -> Iterator[Contrast]:
    """How two values differ beyond what is each server's own: the members `own`, ids, times, spellings."""
    found = [d for d in differences(one, other) if d.pointer not in own and not _is_dress(d, pairs)]
    lengths = tuple(f"{d.pointer}/" for d in found if d.kind == "length")
    for each in found:
        steps = each.pointer.split("/")
        if each.kind in {"missing", "added"} and each.pointer.startswith(lengths) and steps[-1].isdigit():
            continue
        where = place + "/".join("*" if step.isdigit() else step for step in steps)
        match each.kind:
            case "missing":
                cause = Cause(where, "at A alone", True)
            case "added":
                cause = Cause(where, "at B alone", True)
            case "length":
                cause = Cause(where, "more items on one side", False)
            case _:
                is_text = isinstance(each.expected, str) and isinstance(each.actual, str)
                cause = Cause(where, "other words" if is_text else "another value", is_text)
        at_a = "nothing" if each.kind == "added" else _shown(each.expected)
        yield Contrast(cause, at_a, "nothing" if each.kind == "missing" else _shown(each.actual))


def _is_dress(found: JsonDifference, pairs: Correspondence) -> bool:
    if found.kind != "changed":
        # What is null is not there.
        return found.kind in {"missing", "added"} and found.expected is found.actual is None
    one, other = found.expected, found.actual
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    if is_time(one) and is_time(other):
        return True
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    return pairs.translated(one) == other or pairs.is_same(one, other, found.pointer.rpartition("/")[2])


def _shown(value: Json) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
