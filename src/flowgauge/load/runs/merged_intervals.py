"""All engines' intervals, put together second by second.

Each worker repeats its last intervals in every report, so that a report that is lost or comes twice does
no harm: an interval is taken once, and what never came is known by its number.
"""

from collections import defaultdict
from collections.abc import Iterable

from flowgauge.load.engine.buckets import Counts, add_counts, histogram_of
from flowgauge.load.engine.tally import Interval
from flowgauge.results import Histogram, Slice

__all__ = ["MergedIntervals"]

# Reports older than this no longer come: the second is complete and kept in its small form. Conditions on
# the last seconds reach no further back.
_SETTLED = 90


class MergedIntervals:
    """Merged intervals and running totals. Integers only, so merging is exact in any order."""

    def __init__(self) -> None:
        self.figures: dict[str, int] = defaultdict(int)
        self.errors: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.totals: dict[str, Counts] = defaultdict(lambda: defaultdict(int))
        self.figures_by_source: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._open: dict[int, Interval] = {}
        self._settled: list[Slice] = []
        self._length = 0.0
        self._numbers: dict[str, set[int]] = defaultdict(set)
        self._highest: dict[str, int] = defaultdict(lambda: -1)

    def take(self, source: str, interval: Interval) -> bool:
        """Add an interval of that engine; False where it was there already."""
        if interval.number in self._numbers[source]:
            return False
        self._numbers[source].add(interval.number)
        self._highest[source] = max(self._highest[source], interval.number)
        merged = self._open.get(interval.number)
        if merged is None:
            merged = self._open[interval.number] = Interval(interval.number, interval.start, 0.0)
        self._length += max(interval.length - merged.length, 0.0)
        merged.add(interval)
        for name, number in interval.figures.items():
            self.figures[name] += number
            self.figures_by_source[source][name] += number
        for name, kinds in interval.errors.items():
            for kind, number in kinds.items():
                self.errors[name][kind] += number
        for measure, counts in interval.counts.items():
            add_counts(self.totals[measure], counts)
        self._settle(max(self._highest.values()) - _SETTLED)
        return True

    def missing(self, source: str) -> int:
        """How many of the engine's intervals never came, as far as its last one tells."""
        return self._highest[source] + 1 - len(self._numbers[source])

    def latest(self, seconds: int, sources: Iterable[str]) -> list[Interval]:
        """The last so many seconds that each of the `sources` has reported; at most those not yet settled."""
        until = min((self._highest[source] for source in sources), default=-1)
        return [self._open[number] for number in sorted(self._open) if number <= until][-seconds:]

    def whole(self) -> Interval:
        """The whole run as one interval."""
        errors = {name: dict(kinds) for name, kinds in self.errors.items()}
        counts: dict[str, dict[int, int]] = {name: dict(seen) for name, seen in self.totals.items()}
        return Interval(0, 0.0, self._length, counts, dict(self.figures), errors)

    def slices(self) -> tuple[Slice, ...]:
        """Every second of every measure, in order."""
        self._settle(max(self._open, default=-1))
        return tuple(sorted(self._settled, key=lambda piece: (piece.start, piece.measure)))

    def histograms(self) -> dict[str, Histogram]:
        """Each measure over the whole run."""
        return {measure: histogram_of(counts) for measure, counts in sorted(self.totals.items())}

    def _settle(self, until: int) -> None:
        for number in sorted(n for n in self._open if n <= until):
            interval = self._open.pop(number)
            self._settled += [
                Slice(measure, round(interval.start, 3), round(interval.length, 3), histogram_of(counts))
                for measure, counts in interval.counts.items()
            ]
