"""What a run has come to so far, as metrics for whoever watches it.

The percentiles are those of our histograms. Each is left out while too few durations are counted to tell it
from the maximum, which is the gates' rule.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import accumulate

import gevent

from flowgauge.expressions import statistic
from flowgauge.load.engine.buckets import BucketCounts, highest_of
from flowgauge.load.engine.tally import Interval
from flowgauge.load.journeys.findings import merged_findings
from flowgauge.load.runs.outcome import Progress
from flowgauge.results.histogram import rank_of
from flowgauge.results.metric_families import (
    ARRIVALS,
    COUNTED,
    DROPPED,
    DURATION,
    ENGINES,
    ERRORS,
    LIVE_FAMILIES,
    LOAD_FINDINGS,
    LOAD_SECONDS,
    RECENT_DURATION,
    REQUESTS,
    Family,
    Point,
    family_text,
)

__all__ = ["LiveMetrics"]

_QUANTILES = {f"{percent / 100:g}": statistic(f"p{percent:g}") for percent in (50, 90, 95, 99, 99.9)}
_RECENT = 10
"""Seconds, counted whole."""


class _Ranked(BucketCounts):
    """Counts of which several percentiles are wanted: sorted once."""

    @cached_property
    def _order(self) -> tuple[list[int], list[int]]:
        buckets = sorted(self.counts)
        return buckets, [*accumulate(self.counts[bucket] for bucket in buckets)]

    @property
    def count(self) -> int:
        return self._order[1][-1] if self.counts else 0

    def percentile(self, percent: float) -> float | None:
        if not self.counts:
            return None
        buckets, seen = self._order
        return highest_of(buckets[bisect_left(seen, rank_of(percent, self.count))]) / 1e6


class LiveMetrics:
    """The metrics of the run that goes on, or of the last one; none before the first."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._recent: dict[int, Interval] = {}
        self._read: dict[Family, Callable[[Progress], Iterable[Point]]] = {
            REQUESTS: _requests,
            ERRORS: _errors,
            DURATION: lambda progress: _durations(progress.intervals.whole.counts, is_summary=True),
            RECENT_DURATION: lambda _: _durations(self._recent_counts(), is_summary=False),
            ARRIVALS: lambda progress: [_figure(progress, "arrivals")],
            DROPPED: lambda progress: [_figure(progress, "dropped")],
            COUNTED: _counted,
            LOAD_SECONDS: lambda progress: [("", {}, progress.intervals.whole.length)],
            ENGINES: lambda progress: [("", {}, float(len(progress.sources) - len(progress.lost)))],
            LOAD_FINDINGS: _findings,
        }

    def take(self, progress: Progress, interval: Interval) -> None:
        """Look at a second of an engine; `progress` has it already."""
        if progress is not self._progress:
            self._progress, self._recent = progress, {}
        second = self._recent.setdefault(interval.number, Interval(interval.number, interval.start, 0.0))
        second.add(interval)
        newest = max(self._recent)
        for number in [number for number in self._recent if number <= newest - _RECENT]:
            del self._recent[number]

    def points(self, family: Family) -> Iterator[Point]:
        """The points of one of the live families."""
        if self._progress is not None:
            yield from self._read[family](self._progress)

    def text(self) -> str:
        """All of them, as OpenMetrics."""
        lines = [line for family in LIVE_FAMILIES for line in family_text(family, self.points(family))]
        return "\n".join([*lines, "# EOF"]) + "\n"

    def _recent_counts(self) -> Mapping[str, Mapping[int, int]]:
        together = Interval(0, 0.0, 0.0)
        for number in sorted(self._recent):
            together.add(self._recent[number])
        return together.counts


def _requests(progress: Progress) -> Iterator[Point]:
    for op in progress.figures.operations:
        yield "_total", {"operation": op.name}, float(op.requests)


def _errors(progress: Progress) -> Iterator[Point]:
    for op in progress.figures.operations:
        for kind, count in op.errors.items():
            yield "_total", {"operation": op.name, "kind": kind}, float(count)


def _counted(progress: Progress) -> Iterator[Point]:
    # Not what an edition makes of them: what is censored at the end is still under way here.
    for name, count in progress.intervals.whole.counters.items():
        yield "_total", {"counter": name}, float(count)


def _findings(progress: Progress) -> Iterator[Point]:
    told = progress.so_far | progress.reports
    yield "", {}, float(len(merged_findings(report.findings for report in told.values())))


def _figure(progress: Progress, name: str) -> Point:
    return "_total", {}, float(progress.intervals.whole.figures[name])


def _durations(counts: Mapping[str, Mapping[int, int]], *, is_summary: bool) -> Iterator[Point]:
    # Of the names as they are now: seconds go on coming in between.
    for measure in sorted(counts):
        seen = _Ranked(dict(counts[measure]))
        label = {"measure": measure}
        for quantile, figure in _QUANTILES.items():
            value = figure.of(seen).value if figure is not None else None
            if value is not None:
                yield "", label | {"quantile": quantile}, value
        if is_summary:
            yield "_count", label, float(seen.count)
            yield "_sum", label, (seen.mean or 0.0) * seen.count
        # Between two, whatever is due leaves.
        gevent.sleep(0)
