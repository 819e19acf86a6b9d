"""All engines' intervals, put together second by second.

Each worker repeats its last intervals in every report, so that a report that is lost or comes twice does
no harm: an interval is taken once, and what never came is known by its number.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from flowgauge.load.engine.buckets import DenseCounts, histogram_of
from flowgauge.load.engine.tally import Interval
from flowgauge.load.runs.conditions import LONGEST_WINDOW
from flowgauge.results import Histogram, Slice

__all__ = ["MergedIntervals"]

# Reports older than this no longer come.
_SETTLED = 90


class _Source:
    """Which intervals of one engine have come: all below `floor`, and the numbers in `recent`."""

    def __init__(self) -> None:
        self.highest = -1
        self.count = self.floor = 0
        self.recent: set[int] = set()

    def is_new(self, number: int) -> bool:
        if number < self.floor or number in self.recent:
            return False
        self.recent.add(number)
        self.count += 1
        self.highest = max(self.highest, number)
        if len(self.recent) > 2 * _SETTLED:
            self.floor = self.highest - _SETTLED
            self.recent = {number for number in self.recent if number >= self.floor}
        return True


class MergedIntervals:
    """The seconds of a run. `whole` is all of it as one interval, `arrivals` are those of each engine.

    Integers only, so merging is exact in any order. The last `kept` seconds can be looked at.
    """

    def __init__(self, *, kept: int = LONGEST_WINDOW) -> None:
        self._kept = kept
        self.whole = Interval(0, 0.0, 0.0, figures=Counter())
        self.arrivals: Counter[str] = Counter()
        # The last seconds, for conditions; those that nobody was given yet, and slices of older ones.
        self._open: dict[int, Interval] = {}
        self._waiting: dict[int, Interval] = {}
        self._settled: list[Slice] = []
        self._sources: dict[str, _Source] = defaultdict(_Source)

    def take(self, source: str, interval: Interval) -> bool:
        """Add an interval of that engine; False where it was there already."""
        if not self._sources[source].is_new(interval.number):
            return False
        known = self._open.get(interval.number)
        length = self.whole.length + max(interval.length - (known.length if known else 0.0), 0.0)
        second = _together(known, interval)
        waiting = self._waiting.get(interval.number)
        self._waiting[interval.number] = second if waiting is known else _together(waiting, interval)
        self._open[interval.number] = second
        for measure in interval.counts:
            self.whole.counts.setdefault(measure, DenseCounts())
        self.whole.add(interval)
        self.whole.length = length
        self.arrivals[source] += interval.figures.get("arrivals", 0)
        newest = max(each.highest for each in self._sources.values())
        # One more than is looked at: another engine may be a second behind.
        for number in [number for number in self._open if number < newest - self._kept]:
            del self._open[number]
        self._settled += self._slices(newest - _SETTLED)
        return True

    def missing(self, source: str) -> int:
        """How many of the engine's intervals never came, as far as its last one tells."""
        return self._sources[source].highest + 1 - self._sources[source].count

    def seconds(self, source: str) -> int:
        """How many seconds the engine went on, as far as its last interval tells."""
        return self._sources[source].highest + 1

    def latest(self, seconds: int, sources: Iterable[str]) -> list[Interval]:
        """The last so many seconds that each of the `sources` has reported; at most those that are kept."""
        until = min((self._sources[source].highest for source in sources), default=-1)
        return [self._open[number] for number in sorted(self._open) if number <= until][-seconds:]

    def complete(self, sources: Iterable[str]) -> Iterator[Slice]:
        """The seconds that each of the `sources` has reported, or one of them a second ago; each once.

        What an engine reports later than that comes by itself.
        """
        highest = [self._sources[source].highest for source in sources]
        return self._slices(max(min(highest), max(highest) - 1) if highest else -1)

    def slices(self) -> tuple[Slice, ...]:
        """Every second of every measure, in order, that `complete` did not hand out."""
        self._settled += self._slices(max(self._waiting, default=-1))
        return tuple(sorted(self._settled, key=lambda piece: (piece.start, piece.measure)))

    def histograms(self) -> dict[str, Histogram]:
        """Each measure over the whole run."""
        return {measure: histogram_of(counts) for measure, counts in sorted(self.whole.counts.items())}

    def _slices(self, until: int) -> Iterator[Slice]:
        # One by one: encoding all of a second at once would hold arrivals up.
        for number in sorted(n for n in self._waiting if n <= until):
            interval = self._waiting.pop(number)
            start, length = round(interval.start, 3), round(interval.length, 3)
            for measure, counts in interval.counts.items():
                yield Slice(measure, start, length, histogram_of(counts))


def _together(known: Interval | None, interval: Interval) -> Interval:
    """Both as one. Most often there is one engine, whose interval need not be copied to be kept."""
    if known is None:
        return interval
    both = Interval(interval.number, interval.start, 0.0)
    both.add(known)
    both.add(interval)
    return both
