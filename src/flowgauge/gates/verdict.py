"""Judging: gates and evidence in, verdicts and an exit code out.

A gate answers one of

    passed    it was measured, and holds
    failed    it was measured, and does not hold
    regressed it was compared with the baseline, and grew by more than it may and more than chance explains
    no data   it was not measured: a missing file, no request, too few samples, NaN
    invalid   it speaks about the server, but the generator was unfit to ask

and only `passed` is green. A gate on the generator's own health (schedule_lag, arrivals) that does not
hold is `invalid`, not `failed`: it says nothing about the server, but makes everything that the load
said about the server worthless, so those gates are invalid too.

The combinations are Kleene's: `all` fails as soon as one part fails, `any` passes as soon as one part
passes, and what cannot be told stays untold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from flowgauge.errors import ExitCode
from flowgauge.expressions import Comparison, Expression, Figure, comparisons
from flowgauge.gates.bootstrap import Effect
from flowgauge.gates.evidence import Evidence
from flowgauge.gates.gate_file import Gate
from flowgauge.gates.regression import Change, change_text, changes, differences
from flowgauge.gates.window import windows

__all__ = ["STATUSES", "Judgement", "Outcome", "Status", "Verdict", "judge", "judgement_values"]

Status = Literal["passed", "failed", "regressed", "no data", "invalid"]
STATUSES: tuple[Status, ...] = ("failed", "regressed", "invalid", "no data", "passed")
"""The worst first: a broken contract or threshold is certain whatever else could not be told."""

RED: frozenset[Status] = frozenset({"failed", "regressed"})

EXIT_CODES: dict[Status, ExitCode] = {
    "failed": ExitCode.FAILED,
    "regressed": ExitCode.REGRESSION,
    "invalid": ExitCode.INVALID,
    "no data": ExitCode.NO_DATA,
    "passed": ExitCode.PASSED,
}


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """One gate, judged, with the outcome of each of its comparisons."""

    gate: Gate
    status: Status
    outcomes: tuple[Outcome, ...]

    @property
    def is_decisive(self) -> bool:
        """Whether the exit code depends on it."""
        return self.gate.severity == "fail"

    @property
    def label(self) -> str:
        """The status as people read it: a gate that only warns does not say `failed`."""
        return "warning" if self.status in RED and not self.is_decisive else self.status

    @property
    def deciding(self) -> Outcome:
        """The comparison that explains the status: the first one of the same status."""
        return next((o for o in self.outcomes if o.status == self.status), self.outcomes[0])


@dataclass(frozen=True, slots=True)
class Judgement:
    """All verdicts of a run. `unfit` says what made the load generator unfit; `notes` what is missing."""

    verdicts: tuple[Verdict, ...]
    unfit: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """The worst status of a decisive gate; `no data` where no gate at all passed."""
        decisive = {verdict.status for verdict in self.verdicts if verdict.is_decisive}
        worst: Status = next((status for status in STATUSES if status in decisive), "passed")
        if worst == "passed" and not any(verdict.status == "passed" for verdict in self.verdicts):
            return "no data"
        return worst

    @property
    def exit_code(self) -> ExitCode:
        """What the command line answers."""
        return EXIT_CODES[self.status]

    def count(self, label: str) -> int:
        """How many verdicts read so."""
        return sum(1 for verdict in self.verdicts if verdict.label == label)


def judge(gates: Sequence[Gate], evidence: Evidence) -> Judgement:
    """The verdict of every gate on this evidence."""
    relative = [c.measure for gate in gates for c in comparisons(gate.expression) if c.is_relative]
    figures = [measure.figure for measure in relative if measure.figure]
    drift = changes(evidence.baseline, (evidence.load,), figures) if evidence.load else {}
    verdicts = tuple(_verdict(gate, evidence, drift) for gate in gates)
    broken = (
        f"{outcome.comparison} does not hold"
        for verdict in verdicts
        if verdict.is_decisive and verdict.status == "invalid"
        for outcome in verdict.outcomes
        if outcome.status == "invalid"
    )
    unfit = tuple(dict.fromkeys((*evidence.unfit, *broken)))
    if unfit:
        verdicts = tuple(_discounted(verdict) for verdict in verdicts)
    return Judgement(verdicts, unfit=unfit, notes=evidence.missing)


def _verdict(gate: Gate, evidence: Evidence, drift: Mapping[Figure, Change]) -> Verdict:
    outcomes = {
        each: _relative(each, evidence, drift) if each.is_relative else _outcome(each, evidence)
        for each in comparisons(gate.expression)
    }
    if gate.severity == "fail":
        outcomes = {
            each: _unfit(outcome)
            if outcome.status == "failed" and each.measure.subject == "generator"
            else outcome
            for each, outcome in outcomes.items()
        }
    return Verdict(gate, _combined(gate.expression, outcomes), tuple(outcomes.values()))


def _discounted(verdict: Verdict) -> Verdict:
    """The same verdict where nothing that the load said about the server can be trusted."""
    outcomes = {
        outcome.comparison: _unfit(outcome)
        if outcome.comparison.measure.subject == "server" and outcome.status != "no data"
        else outcome
        for outcome in verdict.outcomes
    }
    return Verdict(verdict.gate, _combined(verdict.gate.expression, outcomes), tuple(outcomes.values()))


def _unfit(outcome: Outcome) -> Outcome:
    return replace(outcome, status="invalid", note="the load generator was not fit")


def _outcome(comparison: Comparison, evidence: Evidence) -> Outcome:
    if comparison.window is not None:
        return _windowed(comparison, comparison.window, evidence)
    measured = comparison.measure.read(evidence)
    if measured.value is None:
        if measured.at_least is not None and not comparison.can_hold_from(measured.at_least):
            return Outcome(comparison, "failed", measured.at_least, f"at least so many: {measured.note}")
        return Outcome(comparison, "no data", None, measured.note)
    return Outcome(
        comparison, "passed" if comparison.holds(measured.value) else "failed", measured.value, measured.note
    )


def _relative(comparison: Comparison, evidence: Evidence, drift: Mapping[Figure, Change]) -> Outcome:
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
    return Outcome(comparison, status, effect.after, note, effect=effect)


def _windowed(comparison: Comparison, length: int, evidence: Evidence) -> Outcome:
    figure = comparison.measure.figure
    if evidence.load is None:
        return Outcome(comparison, "no data", None, "there is no load run")
    assert figure is not None, "the parser lets no other measure have a window"
    worst: Outcome | None = None
    untold: Outcome | None = None
    for start, measured in windows(evidence.load, figure, length=length):
        value, at = measured.value, float(start)
        if value is None:
            note = f"from second {start}: {measured.note}"
            untold = untold or Outcome(comparison, "no data", None, note, at)
        elif worst is None or comparison.is_worse(value, than=worst.value):
            status: Status = "passed" if comparison.holds(value) else "failed"
            worst = Outcome(comparison, status, value, f"worst from second {start}", at)
    if worst is not None and (worst.status == "failed" or untold is None):
        return worst
    return untold or Outcome(comparison, "no data", None, f"the run has no {length} whole seconds of it")


def _combined(expression: Expression, outcomes: Mapping[Comparison, Outcome]) -> Status:
    if isinstance(expression, Comparison):
        return outcomes[expression].status
    parts = {_combined(part, outcomes) for part in expression.parts}
    if expression.kind == "any":
        if "passed" in parts:
            return "passed"
        # Something that could not be told might have held: only when all parts failed has `any` failed.
        parts = parts - {"failed"} or parts
    return next(status for status in STATUSES if status in parts)


def judgement_values(judgement: Judgement) -> dict[str, Any]:
    """A judgement fit for JSON, as `verdicts.json` holds it.

    Durations are seconds, ratios 0..1; null is no data.
    """
    return {
        "status": judgement.status,
        "exit_code": int(judgement.exit_code),
        "gates": [_gate_values(verdict) for verdict in judgement.verdicts],
        "unfit": list(judgement.unfit),
        "missing": list(judgement.notes),
    }


def _gate_values(verdict: Verdict) -> dict[str, Any]:
    gate = verdict.gate
    return {
        "name": gate.name,
        "expect": gate.source,
        "severity": gate.severity,
        "reason": gate.reason,
        "status": verdict.status,
        "outcomes": [_outcome_values(outcome) for outcome in verdict.outcomes],
    }


def _outcome_values(outcome: Outcome) -> dict[str, Any]:
    comparison = outcome.comparison
    return {
        "measure": comparison.measure.name,
        "unit": comparison.measure.unit.name.lower(),
        "operator": comparison.operator,
        "threshold": comparison.threshold,
        "window": comparison.window,
        "relative": comparison.is_relative,
        "value": outcome.value,
        "status": outcome.status,
        "note": outcome.note,
        "at": outcome.at,
        "effect": asdict(outcome.effect) if outcome.effect else None,
    }
