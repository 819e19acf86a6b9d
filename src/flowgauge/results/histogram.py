"""An HDR histogram of durations in microseconds.

A thin face on the `hdrhistogram` package: it fixes the range and precision, so that all of the
project's histograms merge exactly, and answers None where there is no data (the package answers 0,
which a threshold would take for a very fast server).
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from weakref import proxy

from hdrh.histogram import HdrHistogram

__all__ = ["HIGHEST_US", "Histogram", "rank_of"]

LOWEST_US = 1
HIGHEST_US = 3_600_000_000
SIGNIFICANT_DIGITS = 3


class Histogram:
    """Counts of durations from 1 us to 1 hour, each to 3 significant digits.

    Values outside are clamped: a recorded duration is never lost. A decoded histogram keeps its encoded
    form, about a kilobyte, and unpacks its 200 kB of counts only while they are looked at: ten minutes of
    ten measures are 6,000 of them.
    """

    __slots__ = ("_encoded", "_longest", "_unpacked")

    def __init__(self, encoded: str | None = None, longest: float | None = None) -> None:
        self._encoded, self._longest = encoded, longest
        self._unpacked: HdrHistogram | None = _empty() if encoded is None else None

    @property
    def _hdr(self) -> HdrHistogram:
        if self._unpacked is not None:
            return self._unpacked
        hdr = _empty()
        hdr.add(_untangled(HdrHistogram.decode(str(self._encoded).encode("ascii"))))
        return hdr

    def _writable(self) -> HdrHistogram:
        self._unpacked, self._encoded, self._longest = self._hdr, None, None
        return self._unpacked

    def record(self, seconds: float) -> None:
        """Count one duration."""
        microseconds = round(seconds * 1e6)
        self._writable().record_value(min(max(microseconds, LOWEST_US), HIGHEST_US))

    @classmethod
    def of(cls, counts: Mapping[float, int]) -> "Histogram":
        """The histogram of these buckets, as `buckets` gives them: durations in seconds, and how many."""
        histogram = cls()
        hdr = histogram._writable()
        for seconds, count in counts.items():
            hdr.record_value(min(round(seconds * 1e6), HIGHEST_US), count)
        return histogram

    def add(self, other: "Histogram") -> None:
        """Add the counts of `other`."""
        counts = other._hdr  # noqa: SLF001 - its own kind
        # The package refuses to read the bounds of an empty histogram.
        if counts.get_total_count():
            self._writable().add(counts)

    @staticmethod
    def highest() -> float:
        """The greatest duration in seconds that any histogram can answer with: a little over an hour."""
        return float(_empty().get_highest_equivalent_value(HIGHEST_US)) / 1e6

    @property
    def count(self) -> int:
        """How many durations were recorded."""
        return int(self._hdr.get_total_count())

    def percentile(self, percent: float) -> float | None:
        """Seconds at or below which `percent` (0..100) of the counts lie; None without data."""
        return self.percentiles((percent,))[0]

    def percentiles(self, percents: Sequence[float]) -> list[float | None]:
        """Several percentiles at once, which costs little more than one."""
        hdr = self._hdr
        total = hdr.get_total_count()
        if not total:
            return [None] * len(percents)
        first, counts = _recorded(hdr)
        rising = list(accumulate(counts))
        values: list[float | None] = []
        for percent in percents:
            index = first + bisect_left(rising, rank_of(percent, total))
            values.append(hdr.get_highest_equivalent_value(hdr.get_value_from_index(index)) / 1e6)
        return values

    @property
    def mean(self) -> float | None:
        """Mean in seconds, or None without data."""
        hdr = self._hdr
        total = hdr.get_total_count()
        if not total:
            return None
        first, counts = _recorded(hdr)
        weighed = 0
        for index, count in enumerate(counts, start=first):
            if count:
                value = hdr.get_value_from_index(index)
                low, high = hdr.get_lowest_equivalent_value(value), hdr.get_highest_equivalent_value(value)
                weighed += count * (low + ((high - low + 1) >> 1))
        return float(weighed / total / 1e6)

    @property
    def maximum(self) -> float | None:
        """The longest duration in seconds, or None without data."""
        if self._longest is not None:
            return self._longest
        return float(self._hdr.get_max_value()) / 1e6 if self.count else None

    @property
    def minimum(self) -> float | None:
        """The shortest duration in seconds, or None without data."""
        return float(self._hdr.get_min_value()) / 1e6 if self.count else None

    def buckets(self) -> Iterator[tuple[float, int]]:
        """Each non-empty bucket: its highest duration in seconds, its count; shortest first."""
        hdr = self._hdr
        if not hdr.get_total_count():
            return
        first, counts = _recorded(hdr)
        for index, count in enumerate(counts, start=first):
            if count:
                yield hdr.get_highest_equivalent_value(hdr.get_value_from_index(index)) / 1e6, count

    def encode(self) -> str:
        """The standard V2 compressed form, base64."""
        return self._encoded or bytes(self._hdr.encode()).decode("ascii")

    @classmethod
    def decode(cls, text: str, *, longest: float | None = None) -> "Histogram":
        """The inverse of `encode`. A damaged text raises what the package raises, when first looked at.

        `longest` is its maximum, from whoever knows it without unpacking.
        """
        return cls(text, longest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and list(self.buckets()) == list(other.buckets())

    __hash__ = None  # type: ignore[assignment]  # mutable


def rank_of(percent: float, total: int) -> int:
    """Which of `total` values in order, from 1, is the percentile: at least `percent` of them lie up to it.

    The ceiling. To the nearest, as the package has it, too few values may lie up to the answer: of 16 the p95
    would be the 15th, with 93.75 %. The digits cut off are those that a product of floats makes up.

    >>> rank_of(95, 16), rank_of(50, 16), rank_of(0, 16), rank_of(99.9, 1000)
    (16, 8, 1, 999)
    """
    return max(1, math.ceil(round(min(percent, 100.0) * total / 100, 6)))


def _recorded(hdr: HdrHistogram) -> tuple[int, list[int]]:
    """The counts from the first that is not 0 to the last, and the index of the first.

    The package's own iterators and percentiles make a dozen calls for every bucket there could be, which
    is 60 ms a histogram against 2 ms.
    """
    first = hdr.get_counts_array_index(int(hdr.get_min_value()))
    last = hdr.get_counts_array_index(int(hdr.get_max_value()))
    return first, hdr.counts[first : last + 1]


def _empty() -> HdrHistogram:
    return _untangled(HdrHistogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS))


def _untangled(hdr: HdrHistogram) -> HdrHistogram:
    """The package's histogram and its encoder hold each other: 200 kB to collect as garbage."""
    hdr.encoder.histogram = proxy(hdr)
    return hdr
