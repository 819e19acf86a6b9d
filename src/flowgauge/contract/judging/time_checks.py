"""Checks of the times that things show: in order, at about now, and never changing without cause.

No document promises that a server's clock is right: a time is held against our clock and against the one by
which the server dates its answers (RFC 9110, section 6.6.1), and is wrong only if it is wrong by both.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

from flowgauge.contract.date_times import is_same_moment, moment, precision
from flowgauge.contract.findings.looking import Unseen, look, seen_member
from flowgauge.contract.findings.sighting import Sighting, blind, sighting
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.reading import Reading
from flowgauge.edition import Resource
from flowgauge.openapi import Json
from flowgauge.openapi.source import unescaped
from flowgauge.results import Exchange

__all__ = [
    "seen_creation_time",
    "seen_periods",
    "seen_time_changes",
    "seen_times",
    "server_ahead",
    "sighting_past",
]

_MISSING = object()
# Seconds: a Date is cut to the second, and may be of the moment before.
_DATE_STEP = 2.0
# Seconds: what is over for a year when it is made was never over; some write so what is not set.
_LONG_AGO = 365 * 86_400.0


def seen_times(resource: Resource, view: Json, record: Record) -> Iterator[Sighting]:
    """The last change is not before the creation."""
    names = resource.created_at, resource.updated_at

    def wrong() -> str | None:
        created, updated = (_moment(seen_member(view, name)) for name in names if name is not None)
        is_wrong = created is not None and updated is not None and updated < created
        return f"{resource.updated_at} is before {resource.created_at}" if is_wrong else None

    if None not in names:
        yield look("FG-301", wrong, *record.creators[:-1], about=record.subject)


def seen_periods(resource: Resource, view: Json, record: Record) -> Iterator[Sighting]:
    """What is over was not over before it began.

    What can begin once more may show its last end beside its new beginning; but it shows none from before the
    thing itself was made.
    """
    made = _moment(view.get(resource.created_at or ""))
    for over, begun in resource.periods.items() if made is not None else ():
        *above, name = unescaped(over)
        first = unescaped(begun)[-1]
        for each in _each(view, above):
            ends = [text for text in (each.get(name), each.get(first)) if isinstance(text, str)]
            end, beginning = (*map(moment, ends), None, None)[:2]
            if end is None or beginning is None:
                continue
            assert made is not None
            is_set = end > made - _LONG_AGO
            is_wrong = is_set and end + precision(ends[0]) < min(beginning, made)
            detail = f"{name} is before {first}, and before {resource.created_at}" if is_wrong else None
            yield sighting("FG-301", detail, *record.creators[:-1], about=record.subject, cause=over)


def _each(value: Json, place: Sequence[str]) -> Iterator[dict[str, Json]]:
    """Every object at a place, where `*` is each item of a list."""
    if not place:
        yield from (value,) if isinstance(value, dict) else ()
    elif place[0] == "*":
        for item in value if isinstance(value, list) else ():
            yield from _each(item, place[1:])
    elif isinstance(value, dict):
        yield from _each(value.get(place[0]), place[1:])


def seen_creation_time(
    resource: Resource, view: Json, reading: Reading, knowledge: Knowledge
) -> Iterator[Sighting]:
    """A creation time lies between the request and its answer, give or take the clocks."""
    name, exchange, clock = resource.created_at, reading.exchange, knowledge.tolerances.clock
    if name is None:
        return

    def wrong() -> str | None:
        off = _off(seen_member(view, name), exchange, clock)
        side = "before the request" if off < 0 else "after the answer"
        return f"{name} is {abs(off):.0f} s {side}" if off else None

    yield look("FG-303", wrong, cause=name)


def server_ahead(resource: Resource, record: Record, clock: float) -> float:
    """How far (seconds) the server's clock is ahead of ours, going by when it says that it made a thing.

    0 where that time tells nothing; `clock` is how far the clocks may be apart.
    """
    text, exchange = record.view.get(resource.created_at or ""), record.created
    at = _moment(text)
    if at is None or _off(text, exchange, clock):
        return 0.0
    least, most = at - exchange.received_at, at + precision(str(text)) - exchange.sent_at
    return max(least, min(0.0, most))


def _off(text: Json, exchange: Exchange, clock: float) -> float:
    """How many seconds a creation time is off its request by both clocks; less than 0 before it."""
    if (at := _moment(text)) is None:
        return 0.0
    inexact = precision(str(text))
    early = exchange.sent_at - clock - inexact - at
    if early > 0 and _ahead_of_date(exchange, at) < -(exchange.elapsed + inexact + 2 * _DATE_STEP):
        return -early
    late = at - exchange.received_at - clock
    return late if late > 0 and _ahead_of_date(exchange, at) > _DATE_STEP else 0.0


def sighting_past(name: str, view: Json, reading: Reading, knowledge: Knowledge) -> Sighting:
    """What has happened did not happen after the answer that tells of it, give or take the clocks."""
    exchange = reading.exchange

    def wrong() -> str | None:
        if (at := _moment(seen_member(view, name))) is None:
            return None
        ahead = at - exchange.received_at - knowledge.tolerances.clock
        is_ahead = ahead > 0 and _ahead_of_date(exchange, at) > _DATE_STEP
        return f"{name} is {ahead:.3f} s ahead of its answer" if is_ahead else None

    return look("FG-303", wrong, cause=name)


def _ahead_of_date(exchange: Exchange, at: float) -> float:
    """How far a moment is ahead of the answer by the server's own clock; without one, further than any."""
    text = exchange.response.header("Date") if exchange.response else None
    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return math.copysign(math.inf, at - exchange.received_at)
    return at - date.replace(tzinfo=date.tzinfo or UTC).timestamp()


def seen_time_changes(resource: Resource, view: Json, record: Record) -> Iterator[Sighting]:
    """The time of creation never changes, and that of the last change only with something else."""
    if record.is_touched:
        return
    before = tuple(dict.fromkeys((*record.creators, record.seen)))
    names = [name for name in (resource.created_at, resource.updated_at) if name is not None]
    try:
        changed = _changed_time(resource, names, view, record)
    except Unseen as reason:
        yield blind("FG-302", str(reason))
        return
    detail = f"{changed} was {record.view.get(changed)} and is now {view.get(changed)}" if changed else None
    yield sighting("FG-302", detail, *before, cause=f"{changed} changed")


def _changed_time(resource: Resource, names: list[str], view: Json, record: Record) -> str | None:
    for name in names:
        seen_member(record.view, name), seen_member(view, name)
    if resource.is_constant or len(names) < 2 or _is_alike(record.view, view, resource.updated_at):
        changed = next((name for name in names if not _is_same_time(record.view, view, name)), None)
    else:
        changed = next((name for name in names[:1] if not _is_same_time(record.view, view, name)), None)
        then, now = _moment(record.view.get(names[1])), _moment(view.get(names[1]))
        if changed is None and then is not None and now is not None and now < then:
            changed = names[1]
    return changed


def _is_alike(one: Json, other: Json, apart_from: str | None) -> bool:
    return all(
        one.get(name, _MISSING) == other.get(name, _MISSING)
        for name in one.keys() | other.keys()
        if name != apart_from
    )


def _is_same_time(one: Json, other: Json, name: str) -> bool:
    then, now = one.get(name), other.get(name)
    if isinstance(then, str) and isinstance(now, str):
        return is_same_moment(then, now)
    return bool(then == now)


def _moment(text: Json) -> float | None:
    return moment(text) if isinstance(text, str) else None
