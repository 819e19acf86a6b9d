"""A figure over windows: every stretch of so many seconds of a run, one after the other.

The stretches begin with the first second in which the measure has data and end with the last second of
the run: a server that stopped answering half-way leaves stretches without data, and those must show.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from flowgauge.gates.measure import Figure, Reading
from flowgauge.results import Histogram, LoadRun

__all__ = ["WindowReading", "windows"]


@dataclass(frozen=True, slots=True)
class WindowReading:
    """A figure over one window. `start` is seconds from the beginning of the run."""

    start: int
    reading: Reading


def windows(run: LoadRun, figure: Figure, *, length: int) -> Iterator[WindowReading]:
    """The figure over each window of `length` seconds; none where the run is shorter than that."""
    seconds: dict[int, list[Histogram]] = defaultdict(list)
    last = -1
    for piece in run.slices:
        second = int(piece.start)
        if piece.histogram.count:
            last = max(last, second)
            if piece.measure == figure.histogram:
                seconds[second].append(piece.histogram)
    first = min(seconds, default=last + 1)
    for start in range(first, last - length + 2):
        merged = Histogram()
        for second in range(start, start + length):
            for piece_histogram in seconds.get(second, ()):
                merged.add(piece_histogram)
        yield WindowReading(start, figure.statistic.of(merged))
