"""Conditions on a run that goes on: when to stop it, and what a rate must hold.

They are expressions of the gates' language, such as `any(latency.p99 > 2s for 10s, errors > 5% for 5s)`,
read from a second of the run, or from a whole step of a search. `latency`, `service`, `failed` and `shed` are
those of all operations together. A comparison `for 10s` holds when it held in each of the last ten seconds,
as Yandex Tank's autostop has it; a second without data holds nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flowgauge.errors import UsageError
from flowgauge.expressions import (
    Catalogue,
    Comparison,
    Expression,
    Measure,
    MeasuredValue,
    comparisons,
    operation_measures,
    parse,
    request_measures,
    statistic,
)
from flowgauge.load.engine.buckets import BucketCounts
from flowgauge.load.engine.tally import Interval
from flowgauge.results import OperationCounts
from flowgauge.results.measures import KINDS, USUAL, histogram_name

__all__ = ["LONGEST_WINDOW", "IntervalFigures", "holds", "longest_window", "parsed_condition"]

LONGEST_WINDOW = 60


@dataclass(frozen=True, slots=True)
class IntervalFigures:
    """An interval as what conditions are read from; `names` are operation ids by short names."""

    interval: Interval
    names: Mapping[str, str]

    @property
    def operations(self) -> tuple[OperationCounts, ...]:
        """The counts of each operation that was asked for.

        A call that a journey rejects after a pause fails in a later second than the one it was answered in:
        no operation has fewer requests than failures for that, and no ratio is above 1.
        """
        figures, errors = self.interval.figures, self.interval.errors
        found = []
        for name, operation in self.names.items():
            if requests := figures.get(f"{name}.requests"):
                kinds = errors.get(name, {})
                found.append(OperationCounts(name, operation, max(requests, sum(kinds.values())), kinds))
        return tuple(found)

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.interval.length

    @property
    def requests(self) -> int:
        """Requests over all operations."""
        return sum(op.requests for op in self.operations)

    @property
    def failed(self) -> int:
        """Failed requests over all operations."""
        return sum(op.failed for op in self.operations)

    def distribution(self, histogram: str) -> BucketCounts:
        """The counts of a histogram, or of its kind over all operations."""
        if histogram not in KINDS:
            return BucketCounts(self.interval.counts.get(histogram, {}))
        together: Counter[int] = Counter()
        for name in self.names:
            together.update(self.interval.counts.get(histogram_name(name, histogram), {}))
        return BucketCounts(together)


def parsed_condition(text: str, operations: Iterable[str], *, windows: bool = True) -> Expression | None:
    """The condition in `text`, None in an empty one. Raises ExpressionError that points at what is wrong.

    Without `windows` it is judged on one interval as a whole.
    """
    if not text.strip():
        return None
    expression = parse(text, _catalogue(tuple(operations), windows=windows), noun="condition")
    if longest_window(expression) > LONGEST_WINDOW:
        raise UsageError(f"{text.strip()!r}: a window is {LONGEST_WINDOW} s at the most")
    return expression


def longest_window(expression: Expression) -> int:
    """How many seconds back the expression looks."""
    return max(each.window or 1 for each in comparisons(expression))


def holds(expression: Expression, seconds: Sequence[IntervalFigures]) -> bool:
    """Whether the expression holds at the last of `seconds`; without data it does not."""
    if isinstance(expression, Comparison):
        window = expression.window or 1
        last = seconds[-window:]
        values = (expression.measure.read(second).value for second in last)
        return len(last) == window and all(v is not None and expression.holds(v) for v in values)
    parts = (holds(part, seconds) for part in expression.parts)
    return all(parts) if expression.kind == "all" else any(parts)


def _catalogue(operations: tuple[str, ...], *, windows: bool) -> Catalogue:
    fixed = [*request_measures(), *(m for op in operations for m in operation_measures(op))]
    by_operation = [histogram_name(op, kind) for op in operations for kind in KINDS]

    def figure(histogram: str, name: str) -> Measure | None:
        stat = statistic(name)
        if stat is None:
            return None

        def read(figures: IntervalFigures) -> MeasuredValue:
            # Without the gates' minimum of samples: the p99 of one second may well be its maximum.
            return MeasuredValue.of(stat.take(figures.distribution(histogram)))

        return Measure(f"{histogram}.{name}", stat.unit, "server", read, by_second=windows)

    return Catalogue(
        operations,
        (*by_operation, *USUAL.durations, *KINDS),
        {measure.name: replace(measure, by_second=windows) for measure in fixed},
        figure,
    )
