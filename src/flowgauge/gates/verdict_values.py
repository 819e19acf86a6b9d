"""A judgement as plain values, fit for JSON: what `verdicts.json` holds, and the report after it."""

from typing import Any

from flowgauge.gates.verdict import Judgement, Outcome, Verdict

__all__ = ["judgement_values"]


def judgement_values(judgement: Judgement) -> dict[str, Any]:
    """Status, exit code and every gate. Durations are seconds, ratios 0..1; null is no data."""
    return {
        "status": judgement.status,
        "exit_code": int(judgement.exit_code),
        "gates": [_gate(verdict) for verdict in judgement.verdicts],
        "unfit": list(judgement.unfit),
        "missing": list(judgement.notes),
    }


def _gate(verdict: Verdict) -> dict[str, Any]:
    gate = verdict.gate
    return {
        "name": gate.name,
        "expect": gate.source,
        "severity": gate.severity,
        "reason": gate.reason,
        "status": verdict.status,
        "outcomes": [_outcome(outcome) for outcome in verdict.outcomes],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
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
        "effect": None
        if outcome.effect is None
        else {
            "before": outcome.effect.before,
            "after": outcome.effect.after,
            "change": outcome.effect.change,
            "low": outcome.effect.low,
            "high": outcome.effect.high,
        },
    }
