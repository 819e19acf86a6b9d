"""Whoever carries out a run: this process alone, or (see `workers`) a master's workers."""

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from gevent.event import Event

from flowgauge.load.engine.tally import Interval
from flowgauge.load.runs.campaign import Campaign, JourneyMaker
from flowgauge.load.runs.outcome import Progress
from flowgauge.load.runs.settings import Assignment

__all__ = ["LOCAL", "Fleet", "LocalFleet"]

LOCAL = "local"
# Before the first arrival: garbage is collected, and that holds the hub up.
_RUN_UP = 0.25


class Fleet(Protocol):
    """Whoever carries out a run for a coordinator."""

    def carry_out(self, progress: Progress, taken: Callable[[str, Interval], None], stop: Event) -> None:
        """Carry out the run until its plan is over or `stop` is set; fill in its shares and losses."""

    def authorize(self, bearer: str) -> None:
        """Send another token from now on."""


class LocalFleet:
    """A fleet of one: the process that we are in."""

    def __init__(self, makers: Mapping[str, JourneyMaker]) -> None:
        self._makers = makers
        self._campaign: Campaign | None = None

    def authorize(self, bearer: str) -> None:
        """Send another token from now on."""
        if self._campaign is not None:
            self._campaign.authorize(bearer)

    def carry_out(self, progress: Progress, taken: Callable[[str, Interval], None], stop: Event) -> None:
        """Carry out the whole plan on an engine of this process."""
        target = progress.target
        progress.sources = (LOCAL,)
        assignment = Assignment(target.connection.url, target.bearer, progress.scenarios, progress.settings)
        campaign = self._campaign = Campaign(
            assignment, self._makers, lambda interval: taken(LOCAL, interval)
        )

        def halt(_: Event) -> None:
            campaign.stop()

        stop.rawlink(halt)
        try:
            campaign.prepare()
            progress.started_at = time.time() + _RUN_UP
            progress.shares[LOCAL] = campaign.run(at=time.monotonic() + _RUN_UP)
        finally:
            stop.unlink(halt)
            self._campaign = None
