"""A gate: an expression that must hold, how grave it is where it does not, and why it is there."""

from dataclasses import dataclass
from typing import Literal

from flowgauge.gates.expression import Expression

__all__ = ["Gate", "GateSeverity"]

GateSeverity = Literal["fail", "warn"]


@dataclass(frozen=True, slots=True)
class Gate:
    """One row of a gates file. `source` is the expression as it was written."""

    name: str
    source: str
    expression: Expression
    severity: GateSeverity = "fail"
    reason: str = ""
