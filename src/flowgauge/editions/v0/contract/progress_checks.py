"""Checks of a run's statuses by themselves, and against how they were last seen."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from flowgauge.contract.date_times import is_same_moment, moment
from flowgauge.contract.findings.sighting import Sighting, sighting
from flowgauge.contract.judging.knowledge import Record
from flowgauge.json_diff import first_difference
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["seen_progress", "seen_shape"]

Statuses = list[dict[str, Any]]


def seen_shape(view: Json, record: Record, stages: Sequence[object]) -> Iterator[Sighting]:
    """One status per stage begun, in order, with times in order."""
    statuses, subject, before = view["statuses"], record.subject, record.creators
    numbers = [status["stage"] for status in statuses]
    too_many = f"{len(numbers)} statuses for {len(stages)} stages" if len(numbers) > len(stages) else None
    yield sighting("FG-404", too_many, *before, about=subject, is_stale=True)
    if too_many:
        return
    wrong_order = None if numbers == list(range(len(numbers))) else f"the stages are numbered {numbers}"
    yield sighting("FG-405", wrong_order, *before, about=subject, is_stale=True)
    yield sighting("FG-301", _disorder(view), *before, about=subject)
    # In the field `error` is often there and empty where nothing failed.
    failed = [k for k, status in enumerate(statuses) if status.get("error")]
    goes_on = bool(failed) and failed[0] < len(statuses) - 1
    beyond = f"stage {failed[0]} failed and stage {failed[0] + 1} began" if goes_on else None
    # What should not be there must not be missed by the next look either.
    yield sighting("FG-404", beyond, *before, about=subject, is_stale=True)
    unfinished = [k for k, status in enumerate(statuses[:-1]) if "terminatedAt" not in status]
    detail = f"stage {unfinished[0] + 1} began before stage {unfinished[0]} ended" if unfinished else None
    yield sighting("FG-411", detail, *before, about=subject)


def seen_progress(view: Json, record: Record, exchange: Exchange) -> Iterator[Sighting]:
    """Statuses grow and never shrink; what is finished stays as it is."""
    if exchange.sent_at < record.seen.received_at:
        return
    old, new = record.view["statuses"], view["statuses"]
    before = tuple(dict.fromkeys((*record.creators, record.seen)))
    backwards = _regression(old, new)
    yield sighting("FG-403", backwards, *before, about=record.subject, is_stale=True)
    if backwards is None:
        yield sighting("FG-302", _changed_start(old, new), *before)


def _regression(old: Statuses, new: Statuses) -> str | None:
    if len(new) < len(old):
        return f"there were {len(old)} statuses and are now {len(new)}"
    for index, (then, now) in enumerate(zip(old, new, strict=False)):
        for name in ("terminatedAt", "error"):
            if name in then and name not in now:
                return f"stage {index} had {name} and has none now"
            if (
                name in then
                and first_difference(then[name], now[name])
                and not is_same_moment(then[name], now[name])
            ):
                return f"{name} of the finished stage {index} changed from {then[name]!r} to {now[name]!r}"
        if then["occurrenceID"] != now["occurrenceID"]:
            return f"occurrenceID of stage {index} changed"
        if "terminatedAt" in then and now.get("error") and not then.get("error"):
            return f"stage {index} had succeeded and has failed now"
    return None


def _changed_start(old: Statuses, new: Statuses) -> str | None:
    for index, (then, now) in enumerate(zip(old, new, strict=False)):
        if not is_same_moment(then["startedAt"], now["startedAt"]):
            return f"startedAt of stage {index} was {then['startedAt']} and is now {now['startedAt']}"
    return None


def _disorder(view: Json) -> str | None:
    """The first pair of times that stand in the wrong order."""
    steps = [("createdAt", moment(view["createdAt"]))]
    for index, status in enumerate(view["statuses"]):
        steps.append((f"startedAt of stage {index}", moment(status["startedAt"])))
        if "terminatedAt" in status:
            steps.append((f"terminatedAt of stage {index}", moment(status["terminatedAt"])))
    known = [(name, at) for name, at in steps if at is not None]
    for (earlier, one), (later, other) in pairwise(known):
        if other < one:
            return f"{later} is before {earlier}"
    return None
