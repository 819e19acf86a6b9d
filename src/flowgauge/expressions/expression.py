"""What an expression says: comparisons, and their combinations, as values. `parser` reads them from text.

One that nothing could fail, or nothing could meet, is found by trying values, not by rules: between two
neighbouring thresholds every value fares alike, so each measure needs only its thresholds, its ends, and one
value on either side of each.
"""

import math
import operator
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

from flowgauge.expressions.measure import Measure
from flowgauge.results.measures import Unit

__all__ = ["OPERATORS", "Combination", "Comparison", "Expression", "comparisons", "vacuity"]

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


MOST_TRIED = 20_000
"""Combinations of values; expressions so large are not tried to the end, and taken for sound."""


def vacuity(expression: Expression) -> Literal["always", "never"] | None:
    """Whether the expression holds `always` or `never`, whatever is measured; None for a sound one.

    A comparison with the baseline, or over windows, is taken for a measure of its own.
    """
    by_subject: dict[Hashable, list[Comparison]] = defaultdict(list)
    for each in comparisons(expression):
        by_subject[_subject(each)].append(each)
    values = [sorted(_values(group)) for group in by_subject.values()]
    if math.prod(map(len, values)) > MOST_TRIED:
        return None
    seen = {_holds(expression, dict(zip(by_subject, chosen, strict=True))) for chosen in product(*values)}
    if len(seen) == 2:
        return None
    return "always" if True in seen else "never"


def _subject(comparison: Comparison) -> Hashable:
    # The worst window differs from operator to operator, so that two of them need not agree.
    apart = comparison.is_relative or comparison.window is not None
    return (comparison.measure.name, str(comparison) if apart else "")


def _values(group: list[Comparison]) -> set[float]:
    measure = group[0].measure
    tried = {0.0, measure.highest}
    for threshold in (comparison.threshold for comparison in group):
        if measure.unit is Unit.COUNT:
            whole = {math.floor(threshold), math.ceil(threshold)}
            tried |= {float(number + step) for number in whole for step in (-1, 0, 1)}
        else:
            tried |= {threshold, math.nextafter(threshold, 0), math.nextafter(threshold, math.inf)}
    return {value for value in tried if 0 <= value <= measure.highest}


def _holds(expression: Expression, values: Mapping[Hashable, float]) -> bool:
    if isinstance(expression, Comparison):
        return expression.holds(values[_subject(expression)])
    parts = (_holds(part, values) for part in expression.parts)
    return all(parts) if expression.kind == "all" else any(parts)
