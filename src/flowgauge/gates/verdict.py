"""Judging: gates and evidence in, verdicts and an exit code out.

A gate answers one of

    passed    it was measured, and holds
    failed    it was measured, and does not hold
    regressed it was compared with the baseline, and grew by more than it may and more than chance explains
    no data   it was not measured: a missing file, no request, too few samples, NaN
    invalid   it speaks about the server, but the generator was unfit to ask, or late just there

and only `passed` is green. A gate on the generator's own health (schedule_lag, arrivals) that does not
hold is `invalid`, not `failed`: it says nothing about the server, but makes everything that the load
said about the server worthless, so those gates are invalid too.

The combinations are Kleene's: `all` fails as soon as one part fails, `any` passes as soon as one part
passes, and what cannot be told stays untold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from flowgauge.errors import ExitCode
from flowgauge.expressions import Comparison, Expression, Figure, comparisons
from flowgauge.gates.evidence import Evidence
from flowgauge.gates.gate_file import Gate
from flowgauge.gates.outcome import RED, Outcome, Status, outcome_of, relative_outcome_of
from flowgauge.gates.regression import Change, changes

__all__ = ["STATUSES", "Judgement", "Verdict", "judge", "judgement_values"]

STATUSES: tuple[Status, ...] = ("failed", "regressed", "invalid", "no data", "passed")
"""The worst first: a broken contract or threshold is certain whatever else could not be told."""

EXIT_CODES: dict[Status, ExitCode] = {
    "failed": ExitCode.FAILED,
    "regressed": ExitCode.REGRESSION,
    "invalid": ExitCode.INVALID,
    "no data": ExitCode.NO_DATA,
    "passed": ExitCode.PASSED,
}


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
    """All verdicts of a run.

    `unfit` says what made the load generator unfit, `notes` what is missing, `aside` what was not judged
    since nobody had asked for it.
    """

    verdicts: tuple[Verdict, ...]
    unfit: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()

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
        if outcome.status == "invalid" and outcome.comparison.measure.subject == "generator"
    )
    unfit = tuple(dict.fromkeys((*evidence.unfit, *broken)))
    if unfit:
        verdicts = tuple(_discounted(verdict) for verdict in verdicts)
    return Judgement(verdicts, unfit=unfit, notes=evidence.missing)


def _verdict(gate: Gate, evidence: Evidence, drift: Mapping[Figure, Change]) -> Verdict:
    outcomes = {
        each: relative_outcome_of(each, evidence, drift) if each.is_relative else outcome_of(each, evidence)
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
        "aside": list(judgement.aside),
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
