"""Checks of a run's statuses by themselves and against how they were last seen."""

from itertools import pairwise
from typing import Any

from flowgauge.contract.findings.defect import Subject
from flowgauge.contract.findings.sightings import Sightings
from flowgauge.contract.judging.date_times import is_same_moment, moment
from flowgauge.contract.judging.knowledge import FlowRecord, Knowledge, RunRecord
from flowgauge.contract.strict_json import first_difference
from flowgauge.results import Exchange

__all__ = ["check_progress", "check_shape"]


def check_shape(
    sightings: Sightings,
    view: dict[str, Any],
    flow: FlowRecord,
    knowledge: Knowledge,
    record: RunRecord,
) -> bool:
    """One status per stage begun, in order, with times in order. Returns whether the statuses can be used."""
    statuses = view["statuses"]
    before = tuple(e for e in (flow.created, record.started) if e is not sightings.exchange)
    subject = record.subject
    stages = [status["stage"] for status in statuses]
    count = len(flow.stages)
    too_many = f"{len(stages)} statuses for {count} stages" if len(stages) > count else None
    if not sightings.check("FG-404", too_many, *before, about=subject):
        return False
    wrong_order = None if stages == list(range(len(stages))) else f"the stages are numbered {stages}"
    is_sound = sightings.check("FG-405", wrong_order, *before, about=subject)
    sightings.check("FG-301", _disorder(view), *before, about=subject)
    failed = [k for k, status in enumerate(statuses) if "error" in status]
    beyond = (
        f"stage {failed[0]} failed and stage {failed[0] + 1} began"
        if failed and failed[0] < len(statuses) - 1
        else None
    )
    # What should not be there must not be missed by the next look either.
    is_sound &= sightings.check("FG-404", beyond, *before, about=subject)
    unfinished = [k for k, status in enumerate(statuses[:-1]) if "terminatedAt" not in status]
    sightings.check(
        "FG-411",
        f"stage {unfinished[0] + 1} began before stage {unfinished[0]} ended" if unfinished else None,
        *before,
        about=subject,
    )
    _check_occurrence_ids(sightings, view, knowledge, before, subject)
    return is_sound


def check_progress(sightings: Sightings, view: dict[str, Any], record: RunRecord, flow: FlowRecord) -> bool:
    """Statuses grow and never shrink; what is finished stays as it is; times change only with a status.

    Returns whether the run did not go backwards.
    """
    if sightings.exchange.sent_at < record.seen.received_at:
        return True
    earlier, before = record.view, (flow.created, *_once(record.started, record.seen))
    old, new = earlier["statuses"], view["statuses"]
    backwards = _regression(old, new)
    if not sightings.check("FG-403", backwards, *before):
        return False
    created = earlier["createdAt"], view["createdAt"]
    moved = f"createdAt was {created[0]} and is now {created[1]}" if not is_same_moment(*created) else None
    sightings.check("FG-302", moved or _changed_start(old, new), *before)
    updated = moment(earlier["updatedAt"]), moment(view["updatedAt"])
    if updated[0] is None or updated[1] is None:
        return True
    if updated[1] < updated[0]:
        sightings.check("FG-302", "updatedAt went back", *before)
    elif old == new:
        is_changed = not is_same_moment(earlier["updatedAt"], view["updatedAt"])
        changed = "updatedAt changed and no status did" if is_changed else None
        sightings.check("FG-302", changed, *before)
    return True


def _regression(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> str | None:
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
        if "terminatedAt" in then and "error" in now and "error" not in then:
            return f"stage {index} had succeeded and has failed now"
    return None


def _changed_start(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> str | None:
    for index, (then, now) in enumerate(zip(old, new, strict=False)):
        if not is_same_moment(then["startedAt"], now["startedAt"]):
            return f"startedAt of stage {index} was {then['startedAt']} and is now {now['startedAt']}"
    return None


def _disorder(view: dict[str, Any]) -> str | None:
    """The first pair of times that stand in the wrong order."""
    steps = [("createdAt", moment(view["createdAt"]))]
    for index, status in enumerate(view["statuses"]):
        steps.append((f"startedAt of stage {index}", moment(status["startedAt"])))
        if "terminatedAt" in status:
            steps.append((f"terminatedAt of stage {index}", moment(status["terminatedAt"])))
    steps.append(("updatedAt", moment(view["updatedAt"])))
    known = [(name, at) for name, at in steps if at is not None]
    for (earlier, one), (later, other) in pairwise(known):
        if other < one:
            return f"{later} is before {earlier}"
    return None


def _check_occurrence_ids(
    sightings: Sightings,
    view: dict[str, Any],
    knowledge: Knowledge,
    before: tuple[Exchange, ...],
    subject: Subject,
) -> None:
    ids = [status["occurrenceID"] for status in view["statuses"]]
    wrong = None
    if "" in ids:
        wrong = "an occurrenceID is empty"
    elif len(set(ids)) < len(ids):
        wrong = "two stages have the same occurrenceID"
    elif taken := next(
        (i for i in ids if knowledge.occurrences.setdefault(i, view["id"]) != view["id"]), None
    ):
        wrong = f"occurrenceID {taken} is that of another run"
    elif view["id"] in ids or view["workflowID"] in ids:
        wrong = "an occurrenceID is the id of the run or of the workflow"
    sightings.check("FG-409", wrong, *before, about=subject)


def _once(*exchanges: Exchange) -> tuple[Exchange, ...]:
    return tuple(dict.fromkeys(exchanges))
