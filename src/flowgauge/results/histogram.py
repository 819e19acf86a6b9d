"""An HDR histogram of durations in microseconds.

A thin face on the `hdrhistogram` package: it fixes the range and precision, so that all of the
project's histograms merge exactly, and answers None where there is no data (the package answers 0,
which a threshold would take for a very fast server).
"""

from collections.abc import Iterator

from hdrh.histogram import HdrHistogram

__all__ = ["HIGHEST_US", "Histogram"]

LOWEST_US = 1
HIGHEST_US = 3_600_000_000
SIGNIFICANT_DIGITS = 3


class Histogram:
    """Counts of durations from 1 us to 1 hour, each to 3 significant digits.

    Values outside are clamped: a recorded duration is never lost.
    """

    __slots__ = ("_hdr",)

    def __init__(self) -> None:
        self._hdr = HdrHistogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS)

    def record(self, seconds: float) -> None:
        """Count one duration."""
        microseconds = round(seconds * 1e6)
        self._hdr.record_value(min(max(microseconds, LOWEST_US), HIGHEST_US))

    def add(self, other: "Histogram") -> None:
        """Add the counts of `other`."""
        # The package refuses to read the bounds of an empty histogram.
        if other.count:
            self._hdr.add(other._hdr)  # noqa: SLF001 - its own kind

    @property
    def count(self) -> int:
        """How many durations were recorded."""
        return int(self._hdr.get_total_count())

    def percentile(self, percent: float) -> float | None:
        """The duration in seconds at or below which `percent` (0..100) of the counts lie; None without data."""
        if not self.count:
            return None
        return float(self._hdr.get_value_at_percentile(percent)) / 1e6

    @property
    def mean(self) -> float | None:
        """Mean in seconds, or None without data."""
        return float(self._hdr.get_mean_value()) / 1e6 if self.count else None

    @property
    def maximum(self) -> float | None:
        """The longest duration in seconds, or None without data."""
        return float(self._hdr.get_max_value()) / 1e6 if self.count else None

    @property
    def minimum(self) -> float | None:
        """The shortest duration in seconds, or None without data."""
        return float(self._hdr.get_min_value()) / 1e6 if self.count else None

    def buckets(self) -> Iterator[tuple[float, int]]:
        """Each non-empty bucket: its highest duration in seconds, its count; shortest first."""
        for item in self._hdr.get_recorded_iterator():
            yield item.value_iterated_to / 1e6, item.count_at_value_iterated_to

    def encode(self) -> str:
        """The standard V2 compressed form, base64."""
        return bytes(self._hdr.encode()).decode("ascii")

    @classmethod
    def decode(cls, text: str) -> "Histogram":
        """The inverse of `encode`."""
        histogram = cls()
        histogram._hdr.decode_and_add(text.encode("ascii"))
        return histogram

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and list(self.buckets()) == list(other.buckets())

    __hash__ = None  # type: ignore[assignment]  # mutable
