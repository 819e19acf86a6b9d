"""One comparison, judged: by the run as a whole, second by second, or beside a baseline."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cmp_to_key
from typing import Literal

from flowgauge.expressions import Comparison, Figure
from flowgauge.gates.bootstrap import Effect
from flowgauge.gates.evidence import Evidence
from flowgauge.gates.lateness import Lateness
from flowgauge.gates.regression import Change, change_text, differences
from flowgauge.gates.window import windows

__all__ = ["RED", "Outcome", "Status", "outcome_of", "relative_outcome_of"]

Status = Literal["passed", "failed", "regressed", "no data", "invalid"]
RED: frozenset[Status] = frozenset({"failed", "regressed"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One comparison, judged.

    `value` has the measure's unit and is None where there was none; `at` is where the worst window
    began, in seconds from the start of the run; `effect` is the change from the baseline.
    """

    comparison: Comparison
    status: Status
    value: float | None
    note: str = ""
    at: float | None = None
    effect: Effect | None = None


def outcome_of(comparison: Comparison, evidence: Evidence) -> Outcome:
    """What a comparison with a threshold comes to."""
    if comparison.window is not None:
        return _windowed(comparison, comparison.window, evidence)
    measured = comparison.measure.read(evidence)
    if measured.value is None:
        if measured.at_least is not None and not comparison.can_hold_from(measured.at_least):
            return Outcome(comparison, "failed", measured.at_least, f"at least so many: {measured.note}")
        return Outcome(comparison, "no data", None, measured.note)
    status: Status = "passed" if comparison.holds(measured.value) else "failed"
    return _cleared(Outcome(comparison, status, measured.value, measured.note), evidence)


def _cleared(outcome: Outcome, evidence: Evidence, *, limit: float | None = None) -> Outcome:
    """The same outcome, invalid where the server fails by nothing but the generator's lateness."""
    comparison = outcome.comparison
    figure = comparison.measure.figure
    lateness = _lateness(comparison, evidence) if outcome.status in RED else None
    limit = comparison.threshold if limit is None else limit
    if figure is None or lateness is None or not lateness.explains(figure.statistic.percent, limit):
        return outcome
    return _late(outcome)


def _lateness(comparison: Comparison, evidence: Evidence) -> Lateness | None:
    """What the generator's lateness may have done to the comparison; None where it can have done nothing."""
    figure, operator = comparison.measure.figure, comparison.operator
    is_upper = operator in {"<", "<="} and comparison.measure.subject == "server"
    return Lateness(evidence.load, figure.histogram) if evidence.load and figure and is_upper else None


def _late(outcome: Outcome) -> Outcome:
    note = "; ".join(filter(None, (outcome.note, "the generator was late by as much in the same seconds")))
    return replace(outcome, status="invalid", note=note)


def relative_outcome_of(
    comparison: Comparison, evidence: Evidence, drift: Mapping[Figure, Change]
) -> Outcome:
    """What a comparison with the baseline comes to, by how much its figure changed."""
    figure = comparison.measure.figure
    assert figure is not None, "the parser lets no other measure be compared with a baseline"
    effect = drift.get(figure, "there is no load run")
    if not evidence.baseline and evidence.load:
        effect = f"there is no baseline for {evidence.load.scenario}"
    if isinstance(effect, str):
        return Outcome(comparison, "no data", None, effect)
    status: Status = "regressed" if effect.is_regression(comparison.threshold) else "passed"
    others = differences(evidence.baseline, [evidence.load] if evidence.load else [])
    note = "; ".join([change_text(effect), *others])
    outcome = Outcome(comparison, status, effect.after, note, effect=effect)
    return _cleared(outcome, evidence, limit=effect.before * (1 + comparison.threshold))


def _windowed(comparison: Comparison, length: int, evidence: Evidence) -> Outcome:
    figure = comparison.measure.figure
    if evidence.load is None:
        return Outcome(comparison, "no data", None, "there is no load run")
    assert figure is not None, "the parser lets no other measure have a window"
    untold: Outcome | None = None
    met: list[Outcome] = []
    for start, measured in windows(evidence.load, figure, length=length):
        value, at = measured.value, float(start)
        if value is None:
            note = f"from second {start}: {measured.note}"
            untold = untold or Outcome(comparison, "no data", None, note, at)
        else:
            status: Status = "passed" if comparison.holds(value) else "failed"
            met.append(Outcome(comparison, status, value, f"worst from second {start}", at))
    met.sort(key=cmp_to_key(lambda a, b: _worse_first(comparison, a, b)))
    lateness = _lateness(comparison, evidence)
    late: Outcome | None = None
    for outcome in met:
        if outcome.status != "failed":
            break
        seconds = range(int(outcome.at or 0), int(outcome.at or 0) + length)
        if lateness is None or not lateness.explains(
            figure.statistic.percent, comparison.threshold, seconds=seconds
        ):
            # One window that the server made outweighs all that the generator did.
            return outcome
        late = late or _late(outcome)
    worst = late or untold or (met[0] if met else None)
    return worst or Outcome(comparison, "no data", None, f"the run has no {length} whole seconds of it")


def _worse_first(comparison: Comparison, one: Outcome, other: Outcome) -> int:
    assert one.value is not None
    assert other.value is not None
    if comparison.is_worse(one.value, than=other.value):
        return -1
    return 1 if comparison.is_worse(other.value, than=one.value) else 0
