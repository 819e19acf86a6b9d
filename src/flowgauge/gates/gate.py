"""A gate: an expression that must hold, how grave it is where it does not, and why it is there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from flowgauge.expressions import Expression, comparisons

__all__ = ["Gate", "GateSeverity", "asks_for_baseline"]

GateSeverity = Literal["fail", "warn"]


@dataclass(frozen=True, slots=True)
class Gate:
    """One row of a gates file. `source` is the expression as it was written."""

    name: str
    source: str
    expression: Expression
    severity: GateSeverity = "fail"
    reason: str = ""


def asks_for_baseline(gates: Iterable[Gate]) -> bool:
    """Whether any of them compares with the baseline."""
    return any(comparison.is_relative for gate in gates for comparison in comparisons(gate.expression))
