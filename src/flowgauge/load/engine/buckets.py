"""The bucket layout of an HDR histogram, for recording at full rate.

A duration in whole microseconds falls into one of a few thousand buckets, each at most 0.1 % wide:
below 2,048 us every microseconds has its own, above that every power of two is cut into 1,024. A
recording is one increment in a dictionary keyed by bucket: small, mergeable by addition, cheap to swap
for an empty one every second. The `hdrhistogram` package, which has the same layout, makes the standard
encoded form of it off the hot path.

Source of the layout: HdrHistogram, Gil Tene (1 us to 1 hour, 3 significant digits).
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from hdrh.histogram import HdrHistogram

from flowgauge.results import Histogram
from flowgauge.results.histogram import HIGHEST_US, LOWEST_US, SIGNIFICANT_DIGITS, rank_of

__all__ = [
    "HIGHEST_BUCKET",
    "BucketCounts",
    "Counts",
    "DenseCounts",
    "bucket_of",
    "highest_of",
    "histogram_of",
]

Counts = defaultdict[int, int]
"""Bucket -> how many durations fell into it."""

_HALF = 10  # log2 of the buckets of one power of two


def bucket_of(microseconds: int) -> int:
    """The bucket of a duration. Durations outside the histogram's range go to its first or last bucket."""
    if microseconds < LOWEST_US:
        return LOWEST_US
    if microseconds < 2048:
        return microseconds
    shift = min(microseconds, HIGHEST_US).bit_length() - 11
    return (shift << _HALF) + (min(microseconds, HIGHEST_US) >> shift)


def highest_of(bucket: int) -> int:
    """The longest duration in microseconds that falls into `bucket`."""
    if bucket < 2048:
        return bucket
    shift = (bucket >> _HALF) - 1
    return ((bucket - (shift << _HALF) + 1) << shift) - 1


def _lowest_of(bucket: int) -> int:
    """The shortest duration in microseconds that falls into `bucket`."""
    return highest_of(bucket - 1) + 1


class DenseCounts(MutableMapping[int, int]):
    """Bucket -> count, for what is added up over a whole run: its size is that of its longest duration.

    A dictionary takes ten times as much for each bucket, and a run meets new ones for hours.
    """

    __slots__ = ("_cells",)

    def __init__(self) -> None:
        self._cells = array("Q")

    def add(self, counts: Mapping[int, int]) -> None:
        """Add the counts of the same buckets."""
        if not counts:
            return
        self._reach(max(counts))
        cells = self._cells
        for bucket, count in counts.items():
            cells[bucket] += count

    def _reach(self, bucket: int) -> None:
        lacking = bucket + 1 - len(self._cells)
        if lacking > 0:
            # To the next power of two's end: each is asked for once.
            self._cells.frombytes(bytes(self._cells.itemsize * (lacking + -(bucket + 1) % (1 << _HALF))))

    def __getitem__(self, bucket: int) -> int:
        count = self._cells[bucket] if 0 <= bucket < len(self._cells) else 0
        if not count:
            raise KeyError(bucket)
        return count

    def __setitem__(self, bucket: int, count: int) -> None:
        self._reach(bucket)
        self._cells[bucket] = count

    def __delitem__(self, bucket: int) -> None:
        if bucket not in self:
            raise KeyError(bucket)
        self._cells[bucket] = 0

    def __iter__(self) -> Iterator[int]:
        return (bucket for bucket, count in enumerate(self._cells) if count)

    def __len__(self) -> int:
        return len(self._cells) - self._cells.count(0)


@dataclass(frozen=True, slots=True)
class BucketCounts:
    """Counts as a distribution, whose figures are those of the standard histogram. Seconds throughout."""

    counts: Mapping[int, int]

    @property
    def count(self) -> int:
        """How many durations there are."""
        return sum(self.counts.values())

    @property
    def mean(self) -> float | None:
        """Their mean, each taken for the middle of its bucket; None without data."""
        total = self.count
        if not total:
            return None
        weighed = sum(n * ((_lowest_of(b) + highest_of(b) + 1) // 2) for b, n in self.counts.items())
        return weighed / total / 1e6

    @property
    def minimum(self) -> float | None:
        """The shortest; None without data."""
        return _lowest_of(min(self.counts)) / 1e6 if self.counts else None

    @property
    def maximum(self) -> float | None:
        """The longest; None without data."""
        return highest_of(max(self.counts)) / 1e6 if self.counts else None

    def percentile(self, percent: float) -> float | None:
        """Seconds at or below which `percent` (0..100) of the durations lie; None without data."""
        if not self.counts:
            return None
        wanted = rank_of(percent, self.count)
        buckets = sorted(self.counts)
        seen = accumulate(self.counts[bucket] for bucket in buckets)
        return next(highest_of(b) / 1e6 for b, n in zip(buckets, seen, strict=True) if n >= wanted)


def histogram_of(counts: Mapping[int, int]) -> Histogram:
    """The same counts as a standard histogram, kept in its encoded form."""
    if not counts:
        return Histogram()
    hdr = _scratch()
    for bucket, count in counts.items():
        hdr.counts[bucket] = count
    hdr.set_internal_tacking_values(min(counts), max(counts), sum(counts.values()))
    encoded = bytes(hdr.encode()).decode("ascii")
    for bucket in counts:
        hdr.counts[bucket] = 0
    return Histogram.decode(encoded, longest=highest_of(max(counts)) / 1e6)


@cache
def _scratch() -> HdrHistogram:
    """One to encode with, always left empty.

    Each takes 200 kB and refers to itself, so that it stays until a garbage collection, which a run puts off:
    a new one for every second of every measure grew a process by a megabyte a second.
    """
    return HdrHistogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS)


HIGHEST_BUCKET = bucket_of(HIGHEST_US)
"""The last bucket: durations of an hour and more."""
