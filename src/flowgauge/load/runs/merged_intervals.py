"""All engines' intervals, put together second by second.

Each worker repeats its last intervals in every report, so that a report that is lost or comes twice does
no harm: an interval is taken once, and what never came is known by its number.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from flowgauge.load.engine.buckets import histogram_of
from flowgauge.load.engine.tally import Interval
from flowgauge.results import Histogram, Slice

__all__ = ["MergedIntervals"]

# Reports older than this no longer come: the second is complete and kept in its small form. Conditions on
# the last seconds reach no further back.
_SETTLED = 90


class MergedIntervals:
    """The seconds of a run. `whole` is all of it as one interval, `arrivals` are those of each engine.

    Integers only, so merging is exact in any order.
    """

    def __init__(self) -> None:
        self.whole = Interval(0, 0.0, 0.0, figures=Counter())
        self.arrivals: Counter[str] = Counter()
        self._open: dict[int, Interval] = {}
        self._settled: list[Slice] = []
        self._numbers: dict[str, set[int]] = defaultdict(set)
        self._highest: dict[str, int] = defaultdict(lambda: -1)

    def take(self, source: str, interval: Interval) -> bool:
        """Add an interval of that engine; False where it was there already."""
        if interval.number in self._numbers[source]:
            return False
        self._numbers[source].add(interval.number)
        self._highest[source] = max(self._highest[source], interval.number)
        second = self._open.setdefault(interval.number, Interval(interval.number, interval.start, 0.0))
        length = self.whole.length + max(interval.length - second.length, 0.0)
        second.add(interval)
        self.whole.add(interval)
        self.whole.length = length
        self.arrivals[source] += interval.figures.get("arrivals", 0)
        self._settle(max(self._highest.values()) - _SETTLED)
        return True

    def missing(self, source: str) -> int:
        """How many of the engine's intervals never came, as far as its last one tells."""
        return self._highest[source] + 1 - len(self._numbers[source])

    def latest(self, seconds: int, sources: Iterable[str]) -> list[Interval]:
        """The last so many seconds that each of the `sources` has reported; at most those not yet settled."""
        until = min((self._highest[source] for source in sources), default=-1)
        return [self._open[number] for number in sorted(self._open) if number <= until][-seconds:]

    def slices(self) -> tuple[Slice, ...]:
        """Every second of every measure, in order."""
        self._settle(max(self._open, default=-1))
        return tuple(sorted(self._settled, key=lambda piece: (piece.start, piece.measure)))

    def histograms(self) -> dict[str, Histogram]:
        """Each measure over the whole run."""
        return {measure: histogram_of(counts) for measure, counts in sorted(self.whole.counts.items())}

    def _settle(self, until: int) -> None:
        for number in sorted(n for n in self._open if n <= until):
            interval = self._open.pop(number)
            self._settled += [
                Slice(measure, round(interval.start, 3), round(interval.length, 3), histogram_of(counts))
                for measure, counts in interval.counts.items()
            ]
