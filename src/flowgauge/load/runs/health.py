"""Whether the generator was fit: what makes a run invalid, which is not the same as slow."""

from collections.abc import Mapping

from flowgauge.load.engine.buckets import percentile_of
from flowgauge.load.runs.engine_report import EngineReport
from flowgauge.load.runs.merged_intervals import MergedIntervals
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.transport.failures import NO_DESCRIPTORS
from flowgauge.results.measures import SCHEDULE_LAG

__all__ = ["overflow", "unfitness"]

CLOCK_STEP = 0.5
SATURATED = 0.1


def unfitness(
    intervals: MergedIntervals, reports: Mapping[str, EngineReport], *, settings: LoadSettings
) -> tuple[str, ...]:
    """What made the generator unfit, one sentence each; empty where it was fit."""
    found = []
    lag = percentile_of(intervals.totals[SCHEDULE_LAG], 99)
    if lag is not None and lag > settings.max_schedule_lag:
        found.append(
            f"the schedule lag's p99 is {lag * 1e3:.1f} ms, above {settings.max_schedule_lag * 1e3:g} ms: "
            "requests left late"
        )
    found += overflow(intervals, settings=settings)
    for name, report in sorted(reports.items()):
        if report.saturated_ratio > SATURATED:
            found.append(
                f"the processor was saturated in {report.saturated_ratio:.0%} of the seconds ({name})"
            )
        if abs(report.clock_step) > CLOCK_STEP:
            found.append(f"the clock was set by {report.clock_step:+.1f} s during the run ({name})")
        if missing := intervals.missing(name):
            found.append(f"{missing} seconds of {name} never arrived")
    starved = sum(kinds.get(NO_DESCRIPTORS, 0) for kinds in intervals.errors.values())
    if starved:
        found.append(f"{starved} requests found no free file descriptor: raise `ulimit -n`")
    return tuple(found)


def overflow(intervals: MergedIntervals, *, settings: LoadSettings) -> tuple[str, ...]:
    """The sentence about arrivals that were dropped, if any were.

    Of all signs of an unfit generator this is the one that a slow server can give, too.
    """
    dropped = intervals.figures["dropped"]
    if not dropped:
        return ()
    return (f"{dropped} arrivals were dropped: {settings.max_in_flight} journeys were under way already",)
