"""Checks of a run's statuses by themselves, and against how they were last seen."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from flowgauge.contract.date_times import is_same_moment, moment
from flowgauge.contract.findings.looking import look, seen_member
from flowgauge.contract.findings.sighting import Sighting
from flowgauge.contract.judging.knowledge import Record
from flowgauge.json_diff import first_difference
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["is_over", "seen_progress", "seen_shape"]


def is_over(statuses: Sequence[Json], stage_count: int) -> bool:
    """Whether a run is over: a stage has failed, or all have terminated.

    An empty error is a failure that says nothing, or what some servers write on success.
    """
    if any(status.get("error") for status in statuses):
        return True
    ended = [seen_member(status, "terminatedAt") is not None for status in statuses]
    return sum(ended) >= stage_count or (bool(ended) and ended[-1] and "error" in statuses[-1])


def seen_shape(view: Json, record: Record, stages: Sequence[object]) -> Iterator[Sighting]:
    """One status per stage begun, in order, with times in order."""
    subject, before = record.subject, record.creators
    too_many = look("FG-404", lambda: _too_many(view, stages), *before, about=subject, is_stale=True)
    yield too_many
    if too_many.wrong:
        return
    yield look("FG-405", lambda: _wrong_order(view), *before, about=subject, is_stale=True)
    yield look("FG-301", lambda: _disorder(view), *before, about=subject)
    # What should not be there must not be missed by the next look either.
    yield look("FG-404", lambda: _beyond_a_failure(view), *before, about=subject, is_stale=True)
    yield look("FG-411", lambda: _overlap(view), *before, about=subject)


def _too_many(view: Json, stages: Sequence[object]) -> str | None:
    count = len(view["statuses"])
    return f"{count} statuses for {len(stages)} stages" if count > len(stages) else None


def _wrong_order(view: Json) -> str | None:
    numbers = [status["stage"] for status in view["statuses"]]
    return None if numbers == list(range(len(numbers))) else f"the stages are numbered {numbers}"


def _beyond_a_failure(view: Json) -> str | None:
    # In the field `error` is empty on success: only what it says can be held against a server.
    failed = [k for k, status in enumerate(view["statuses"]) if status.get("error")]
    goes_on = bool(failed) and failed[0] < len(view["statuses"]) - 1
    return f"stage {failed[0]} failed and stage {failed[0] + 1} began" if goes_on else None


def _overlap(view: Json) -> str | None:
    ended = [seen_member(status, "terminatedAt") for status in view["statuses"][:-1]]
    unfinished = [k for k, at in enumerate(ended) if at is None]
    return f"stage {unfinished[0] + 1} began before stage {unfinished[0]} ended" if unfinished else None


def seen_progress(view: Json, record: Record, exchange: Exchange) -> Iterator[Sighting]:
    """Statuses grow and never shrink; what is finished stays as it is."""
    if exchange.sent_at < record.seen.received_at:
        return
    before = tuple(dict.fromkeys((*record.creators, record.seen)))
    backwards = look(
        "FG-403", lambda: _regression(record.view, view), *before, about=record.subject, is_stale=True
    )
    yield backwards
    if backwards.wrong is None:
        yield look("FG-302", lambda: _changed_start(record.view, view), *before)


def _regression(then_shown: Json, now_shown: Json) -> str | None:
    old, new = then_shown["statuses"], now_shown["statuses"]
    if len(new) < len(old):
        return f"there were {len(old)} statuses and are now {len(new)}"
    for index, (then, now) in enumerate(zip(old, new, strict=False)):
        for name in ("terminatedAt", "error"):
            if then.get(name) and seen_member(now, name) is None:
                return f"stage {index} had {name} and has none now"
            if (
                then.get(name)
                and first_difference(then[name], now[name])
                and not is_same_moment(then[name], now[name])
            ):
                return f"{name} of the finished stage {index} changed from {then[name]!r} to {now[name]!r}"
        if then["occurrenceID"] != now["occurrenceID"]:
            return f"occurrenceID of stage {index} changed"
        if "terminatedAt" in then and now.get("error") and not seen_member(then, "error"):
            return f"stage {index} had succeeded and has failed now"
    return None


def _changed_start(then_shown: Json, now_shown: Json) -> str | None:
    pairs = zip(then_shown["statuses"], now_shown["statuses"], strict=False)
    for index, (then, now) in enumerate(pairs):
        if not is_same_moment(then["startedAt"], now["startedAt"]):
            return f"startedAt of stage {index} was {then['startedAt']} and is now {now['startedAt']}"
    return None


def _disorder(view: Json) -> str | None:
    """The first pair of times that stand in the wrong order."""
    steps = [("createdAt", moment(view["createdAt"]))]
    for index, status in enumerate(view["statuses"]):
        steps.append((f"startedAt of stage {index}", moment(status["startedAt"])))
        if (ended := seen_member(status, "terminatedAt")) is not None:
            steps.append((f"terminatedAt of stage {index}", moment(ended)))
    known = [(name, at) for name, at in steps if at is not None]
    for (earlier, one), (later, other) in pairwise(known):
        if other < one:
            return f"{later} is before {earlier}"
    return None
