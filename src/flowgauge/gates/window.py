"""A figure over windows: every stretch of so many seconds of a run, one after the other.

The stretches begin with the first second in which the measure has data. They end with the load: a server
that stopped answering half-way leaves stretches without data, and those must show. What is measured
after that (runs seen to end while the load drains) counts where the measure has it; seconds in which nothing
was asked for any more do not.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from flowgauge.expressions import Figure, MeasuredValue
from flowgauge.results import Histogram, LoadRun

__all__ = ["windows"]


def windows(run: LoadRun, figure: Figure, *, length: int) -> Iterator[tuple[int, MeasuredValue]]:
    """The second at which each window of `length` seconds begins, and the figure over it.

    None where the run is shorter than that.
    """
    seconds: dict[int, Counter[float]] = defaultdict(Counter)
    for piece in run.slices:
        if piece.measure == figure.histogram:
            seconds[piece.second].update(dict(piece.histogram.buckets()))
    measured = [second for second, counts in seconds.items() if counts]
    if not measured:
        return
    end = max(int(run.duration), max(measured) + 1)
    within: Counter[float] = Counter()
    for second in range(min(measured), end):
        # One second comes and one goes: merging each window anew would take minutes for a long run.
        within.update(seconds.get(second, {}))
        start = second - length + 1
        if start >= min(measured):
            yield start, figure.statistic.of(Histogram.of(within))
            within -= seconds.get(start, Counter())
