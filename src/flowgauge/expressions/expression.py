"""What an expression says: comparisons, and their combinations, as values. `parser` reads them from text."""

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from flowgauge.expressions.measure import Measure

__all__ = ["OPERATORS", "Combination", "Comparison", "Expression", "comparisons"]

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """`measure` `operator` `threshold`, over the whole run or over each `window` of whole seconds.

    `threshold` is in seconds, a ratio 0..1, a count or a rate, as the measure's unit says; `text` is how
    it was written. Where `is_relative`, it is the growth over the baseline still allowed, 0.1 for 10 %.
    """

    measure: Measure
    operator: str
    threshold: float
    text: str
    window: int | None = None
    is_relative: bool = False

    def holds(self, value: float) -> bool:
        """Whether `value` stands on the right side of the threshold. NaN stands on no side."""
        return not math.isnan(value) and OPERATORS[self.operator](value, self.threshold)

    def can_hold_from(self, lowest: float) -> bool:
        """Whether any value from `lowest` upwards would hold."""
        reachable = self.operator == "==" and self.threshold > lowest
        return reachable or self.holds(lowest) or self.holds(math.inf)

    def is_worse(self, value: float, *, than: float | None) -> bool:
        """Whether `value` is further on the wrong side of the threshold than the other one."""
        if than is None:
            return True
        if self.operator in ("<", "<="):
            return value > than
        if self.operator in (">", ">="):
            return value < than
        # Equality has no side: the distance counts, and what does not hold is worse than what does.
        mine = (not self.holds(value), abs(value - self.threshold))
        return mine > (not self.holds(than), abs(than - self.threshold))

    @property
    def limit(self) -> str:
        """What is expected of the measure: `< 250ms for 10s`."""
        window = f" for {self.window}s" if self.window else ""
        return f"{self.operator} {self.text}{window}"

    def __str__(self) -> str:
        return f"{self.measure.name} {self.limit}"


@dataclass(frozen=True, slots=True)
class Combination:
    """Several expressions in one: each must hold (`all`), or one is enough (`any`)."""

    kind: Literal["all", "any"]
    parts: tuple["Expression", ...]

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(map(str, self.parts))})"


Expression = Comparison | Combination


def comparisons(expression: Expression) -> Iterator[Comparison]:
    """Every comparison in the expression, from left to right."""
    if isinstance(expression, Comparison):
        yield expression
    else:
        for part in expression.parts:
            yield from comparisons(part)
