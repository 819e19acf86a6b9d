"""Expressions that nothing could fail, or nothing could meet: found by trying values, not by rules.

Between two neighbouring thresholds every value fares alike, so each measure needs only its thresholds, its
ends, and one value on either side of each.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from itertools import product
from typing import Literal

from flowgauge.expressions.expression import Comparison, Expression, comparisons
from flowgauge.results.measures import Unit

__all__ = ["vacuity"]

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
    return set(_possible(tried, measure.highest))


def _possible(tried: set[float], highest: float) -> Iterator[float]:
    return (value for value in tried if 0 <= value <= highest)


def _holds(expression: Expression, values: Mapping[Hashable, float]) -> bool:
    if isinstance(expression, Comparison):
        return expression.holds(values[_subject(expression)])
    parts = (_holds(part, values) for part in expression.parts)
    return all(parts) if expression.kind == "all" else any(parts)
