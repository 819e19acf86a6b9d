"""Whoever carries out a run: this process alone, or (see `remote_workers`) a master's workers."""

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from gevent.event import Event

from flowgauge.load.edition_part import LoadPart
from flowgauge.load.engine.tally import Interval
from flowgauge.load.journeys.context import JourneyMaker
from flowgauge.load.runs.outcome import Progress
from flowgauge.load.runs.settings import Assignment
from flowgauge.load.runs.worker_run import WorkerRun

__all__ = ["LOCAL", "LocalWorker", "Workers"]

LOCAL = "local"
# Before the first arrival: garbage is collected, and that holds the hub up.
_RUN_UP = 0.25


class Workers(Protocol):
    """Whoever carries out a run for a coordinator."""

    def carry_out(self, progress: Progress, taken: Callable[[str, Interval], None], stop: Event) -> None:
        """Carry out the run until its plan is over or `stop` is set; fill in its reports and losses."""

    def authorize(self, bearer: str) -> None:
        """Send another token from now on."""


class LocalWorker:
    """The only worker: the process that we are in."""

    def __init__(self, part: LoadPart, makers: Mapping[str, JourneyMaker]) -> None:
        self._part = part
        self._makers = makers
        self._run: WorkerRun | None = None

    def authorize(self, bearer: str) -> None:
        """Send another token from now on."""
        if self._run is not None:
            self._run.authorize(bearer)

    def carry_out(self, progress: Progress, taken: Callable[[str, Interval], None], stop: Event) -> None:
        """Carry out the whole plan on an engine of this process."""
        target = progress.target
        progress.sources = (LOCAL,)
        assignment = Assignment(target.connection.url, target.bearer, progress.scenarios, progress.settings)
        run = self._run = WorkerRun(
            assignment, self._part, self._makers, lambda interval: taken(LOCAL, interval)
        )

        def halt(_: Event) -> None:
            run.stop()

        stop.rawlink(halt)
        try:
            run.prepare()
            progress.started_at = time.time() + _RUN_UP
            progress.reports[LOCAL] = run.run(at=time.monotonic() + _RUN_UP)
        finally:
            stop.unlink(halt)
            self._run = None
