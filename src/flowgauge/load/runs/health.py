"""Whether the generator was fit: what makes a run invalid, which is not the same as slow."""

from collections.abc import Mapping

from flowgauge.load.engine.buckets import percentile_of
from flowgauge.load.engine.tally import LAG
from flowgauge.load.runs.ledger import Ledger
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.runs.share import Share
from flowgauge.load.transport.failures import NO_DESCRIPTORS

__all__ = ["overflow", "unfitness"]

CLOCK_STEP = 0.5
SATURATED = 0.1


def unfitness(ledger: Ledger, shares: Mapping[str, Share], *, settings: LoadSettings) -> tuple[str, ...]:
    """What made the generator unfit, one sentence each; empty where it was fit."""
    found = []
    lag = percentile_of(ledger.totals[LAG], 99)
    if lag is not None and lag > settings.max_schedule_lag:
        found.append(
            f"the schedule lag's p99 is {lag * 1e3:.1f} ms, above {settings.max_schedule_lag * 1e3:g} ms: "
            "requests left late"
        )
    found += overflow(ledger, settings=settings)
    for name, share in sorted(shares.items()):
        if share.saturated_ratio > SATURATED:
            found.append(
                f"the processor was saturated in {share.saturated_ratio:.0%} of the seconds ({name})"
            )
        if abs(share.clock_step) > CLOCK_STEP:
            found.append(f"the clock was set by {share.clock_step:+.1f} s during the run ({name})")
        if missing := ledger.missing(name):
            found.append(f"{missing} seconds of {name} never arrived")
    starved = sum(kinds.get(NO_DESCRIPTORS, 0) for kinds in ledger.errors.values())
    if starved:
        found.append(f"{starved} requests found no free file descriptor: raise `ulimit -n`")
    return tuple(found)


def overflow(ledger: Ledger, *, settings: LoadSettings) -> tuple[str, ...]:
    """The sentence about arrivals that were dropped, if any were.

    Of all signs of an unfit generator this is the one that a slow server can give, too.
    """
    dropped = ledger.figures["dropped"]
    if not dropped:
        return ()
    return (f"{dropped} arrivals were dropped: {settings.max_in_flight} journeys were under way already",)
