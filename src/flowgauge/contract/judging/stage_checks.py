"""Checks of a run's statuses against what its stages were told to do."""

from typing import Any

from flowgauge.contract.findings.sightings import Sightings
from flowgauge.contract.judging.date_times import moment, precision
from flowgauge.contract.judging.knowledge import FlowRecord, Knowledge, RunRecord
from flowgauge.contract.judging.prediction import ANY_ERROR, Outcome, Prediction, predicted
from flowgauge.contract.judging.tolerances import Tolerances

__all__ = ["check_stages"]


def check_stages(
    sightings: Sightings,
    record: RunRecord,
    flow: FlowRecord,
    knowledge: Knowledge,
    tolerances: Tolerances,
) -> float | None:
    """Each finished stage ended as it had to, after its time and not before that time has come.

    Judges `record.view`. Returns how many seconds the whole run takes, or None where that cannot be told.
    """
    if not knowledge.executes_stages:
        return None
    prediction = predicted(flow.stages, record.variables, start=moment(record.view["createdAt"]))
    before = tuple(dict.fromkeys((flow.created, record.started, record.seen)))
    before = tuple(exchange for exchange in before if exchange is not sightings.exchange)
    statuses = record.view["statuses"]
    _check_begun(sightings, record, prediction, tolerances, before)
    earliest_end = 0.0
    for index, (status, outcome) in enumerate(zip(statuses, prediction.outcomes, strict=False)):
        if outcome is None:
            return None
        if "terminatedAt" not in status:
            break
        wrong_error = _wrong_error(index, status, outcome)
        sightings.check(
            "FG-407" if outcome.error is None else "FG-406", wrong_error, *before, about=record.subject
        )
        earliest_end += outcome.seconds
        elapsed = record.seen.received_at - record.started.sent_at
        too_soon = elapsed < earliest_end - tolerances.early - precision(record.view["createdAt"])
        wrong_time = (
            f"stage {index} is over {earliest_end - elapsed:.3f} s before its time" if too_soon else None
        )
        sightings.check("FG-410", wrong_time or _wrong_duration(index, status, outcome, tolerances), *before)
    if not prediction.is_certain:
        return None
    _check_terminal(sightings, record, flow, prediction.seconds, tolerances, before)
    return prediction.seconds


def _check_begun(
    sightings: Sightings,
    record: RunRecord,
    prediction: Prediction,
    tolerances: Tolerances,
    before: tuple[Any, ...],
) -> None:
    """Every stage whose time has come has a status, also while it runs."""
    age = record.seen.sent_at - record.started.received_at - tolerances.lateness
    begins, due = precision(record.view["createdAt"]), 0
    for outcome in prediction.outcomes:
        if record.seen is record.started or begins > age:
            break
        due += 1
        if outcome is None:
            break
        begins += outcome.seconds
    shown = len(record.view["statuses"])
    wrong = f"stage {shown} must have begun and has no status" if shown < due else None
    sightings.check("FG-408", wrong, *before)


def _check_terminal(
    sightings: Sightings,
    record: RunRecord,
    flow: FlowRecord,
    seconds: float,
    tolerances: Tolerances,
    before: tuple[Any, ...],
) -> None:
    age = record.seen.sent_at - record.started.received_at
    blur = precision(record.view["createdAt"])
    if record.seen is record.started or age < seconds + tolerances.lateness + blur:
        return
    statuses = record.view["statuses"]
    is_over = any("error" in s for s in statuses) or sum("terminatedAt" in s for s in statuses) >= len(
        flow.stages
    )
    detail = f"not over {age:.3f} s after its start, its stages take {seconds:.3f} s"
    sightings.check("FG-408", None if is_over else detail, *before)


def _wrong_error(index: int, status: dict[str, Any], outcome: Outcome) -> str | None:
    error = status.get("error")
    if outcome.error is None:
        return None if error is None else f"stage {index} must succeed and has the error {error!r}"
    if error is None:
        return f"stage {index} must fail and has no error"
    if outcome.error not in {ANY_ERROR, error}:
        return f"stage {index} must fail with {outcome.error!r} and has the error {error!r}"
    return None


def _wrong_duration(
    index: int, status: dict[str, Any], outcome: Outcome, tolerances: Tolerances
) -> str | None:
    started, terminated = moment(status["startedAt"]), moment(status["terminatedAt"])
    if started is None or terminated is None or terminated < started:
        # The wrong order is a finding of its own.
        return None
    took = terminated - started
    blur = max(precision(status["startedAt"]), precision(status["terminatedAt"]))
    shortest, longest = (
        outcome.seconds - tolerances.early - blur,
        outcome.seconds + tolerances.lateness + blur,
    )
    if not shortest <= took <= longest:
        return f"stage {index} took {took:.3f} s where {outcome.seconds:.3f} s were asked for"
    return None
