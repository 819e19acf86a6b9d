"""Whoever carries out a run: this process alone, or others by messages from and to a master."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import gevent
import msgspec
from gevent.event import Event

from flowgauge.durations import duration_text
from flowgauge.errors import ExitCode, FlowgaugeError, HarnessError, TargetUnreachable, UsageError
from flowgauge.load.edition_part import LoadPart
from flowgauge.load.engine.tally import Interval
from flowgauge.load.journeys.context import JourneyMaker
from flowgauge.load.runs.clocks import ClockDistance
from flowgauge.load.runs.outcome import EngineReport, Progress
from flowgauge.load.runs.worker_engine import (
    AUTHORIZE,
    BROKEN,
    CLOCK,
    GO,
    HALT,
    INTERVALS,
    PREPARE,
    PREPARING,
    READY,
    REPORT,
    Send,
)
from flowgauge.load.runs.worker_run import WorkerRun

__all__ = ["LocalWorker", "RemoteWorkers"]

LOG = logging.getLogger(__name__)
LOCAL = "local"
# Of all that is done to get ready nothing takes so long without a word, but for one request.
READY_WITHIN = 60.0
# When everybody is told to stop, workers may be gone before the master has heard of it.
_STOP_COMES = 1.0
# Before the first arrival: garbage is collected, which holds the hub up; an order to go reaches every worker.
_LOCAL_RUN_UP, _REMOTE_RUN_UP = 0.25, 0.5

Taken = Callable[[str, Interval], None]
# What a worker's error is to its master.
_ERRORS: dict[int, type[FlowgaugeError]] = {
    ExitCode.USAGE: UsageError,
    ExitCode.UNREACHABLE: TargetUnreachable,
}
_INTERVALS = msgspec.json.Decoder(tuple[list[Interval], EngineReport])
_REPORTS = msgspec.json.Decoder(EngineReport)


@dataclass(slots=True)
class LocalWorker:
    """The only worker: the process that we are in."""

    part: LoadPart
    makers: Mapping[str, JourneyMaker]
    _run: WorkerRun | None = None

    def authorize(self, bearer: str) -> None:
        """Send another token from now on."""
        if self._run is not None:
            self._run.authorize(bearer)

    def carry_out(self, progress: Progress, taken: Taken, stop: Event) -> None:
        """Carry out the whole plan on an engine of this process, until it is over or `stop` is set."""
        progress.sources = (LOCAL,)

        def emit(interval: Interval) -> None:
            progress.so_far[LOCAL] = run.so_far()
            taken(LOCAL, interval)

        run = WorkerRun(progress.assignment(), self.part, self.makers, emit)
        self._run = run

        def halt(_: Event) -> None:
            run.stop()

        stop.rawlink(halt)
        try:
            if not run.prepare():
                progress.halted = True
                return
            progress.started_at = time.time() + _LOCAL_RUN_UP
            progress.reports[LOCAL] = run.run(at=time.monotonic() + _LOCAL_RUN_UP)
        finally:
            stop.unlink(halt)
            self._run = None


class RemoteWorkers:
    """The workers of a Locust master. `alive` gives the ids of those that Locust hears from.

    `handlers` are for the workers' messages.
    """

    def __init__(self, send: Send, alive: Callable[[], list[str]]) -> None:
        self._send = send
        self._alive = alive
        self._names: dict[str, str] = {}
        self._clocks: dict[str, ClockDistance] = {}
        self._asked_from = self._heard_at = 0.0
        self._broken: FlowgaugeError | None = None
        self._progress: Progress | None = None
        self._taken: Taken
        self.handlers: dict[str, Callable[..., None]] = {
            PREPARING: self._on_preparing,
            READY: self._on_ready,
            CLOCK: self._on_clock,
            BROKEN: self._on_broken,
            INTERVALS: self._on_intervals,
            REPORT: self._on_report,
        }

    def authorize(self, bearer: str) -> None:
        """Give every worker another token."""
        self._tell(self._names, AUTHORIZE, bearer)

    def carry_out(self, progress: Progress, taken: Taken, stop: Event) -> None:
        """Share the plan out among the workers, and put together what they report."""
        workers = self._alive()
        if not workers:
            raise HarnessError("no worker is connected")
        self._progress, self._taken = progress, taken
        self._names = {worker: f"worker {index}" for index, worker in enumerate(workers)}
        self._clocks = {worker: ClockDistance() for worker in workers}
        self._asked_from, self._broken = time.monotonic(), None
        progress.sources = tuple(self._names.values())
        for index, worker in enumerate(workers):
            self._send(PREPARE, msgspec.json.encode(progress.assignment(index, len(workers))), worker)
        try:
            self._await_ready(workers, stop)
            if stop.is_set():
                # Who is not ready yet breaks off.
                progress.halted = True
                self._tell(workers, HALT, None)
                return
            self._tell_to_go(progress)
            self._await_reports(workers, progress, stop)
        except FlowgaugeError:
            self._tell(workers, HALT, None)
            raise
        finally:
            # What a worker tells later on belongs to no run.
            self._progress = None

    def _tell_to_go(self, progress: Progress) -> None:
        run_up = _REMOTE_RUN_UP + max(clock.round_trip for clock in self._clocks.values())
        at, progress.started_at = time.monotonic() + run_up, time.time() + run_up
        for worker, clock in self._clocks.items():
            if clock.is_far:
                far = duration_text(round(abs(clock.wall)))
                way = "ahead of" if clock.wall > 0 else "behind"
                text = "the clock of %s's host is %s %s ours: set it; the load begins in time all the same"
                LOG.warning(text, self._names[worker], far, way)
            self._send(GO, at + clock.monotonic, worker)

    def _tell(self, workers: Iterable[str], kind: str, data: object) -> None:
        for worker in workers:
            self._send(kind, data, worker)

    def _await_ready(self, workers: list[str], stop: Event) -> None:
        assert self._progress is not None
        settings = self._progress.settings
        patience = READY_WITHIN + settings.connect_timeout + settings.response_timeout
        self._heard_at = time.monotonic()
        while not stop.is_set():
            self._check()
            unready = [worker for worker in workers if not self._clocks[worker].is_known]
            if not unready:
                return
            gone = set(workers) - set(self._alive())
            if gone and not stop.wait(_STOP_COMES):
                raise HarnessError(f"{len(gone)} of {len(workers)} workers died before they were ready")
            if time.monotonic() > self._heard_at + patience:
                who = ", ".join(self._names[worker] for worker in unready)
                raise HarnessError(f"not a word for {patience:g} s from {who}: not ready, and not broken")
            gevent.sleep(0.02)

    def _await_reports(self, workers: list[str], progress: Progress, stop: Event) -> None:
        halted = False
        waiting = set(workers)
        while waiting:
            if stop.is_set() and not halted:
                halted = True
                # Those too that are lost by now: their network may heal.
                self._tell(workers, HALT, None)
            gevent.sleep(0.05)
            waiting -= {worker for worker in waiting if self._names[worker] in progress.reports}
            alive = set(self._alive())
            for worker in waiting - alive:
                waiting.discard(worker)
                name = self._names[worker]
                progress.lost[name] = workers.index(worker)
                LOG.warning("%s died; its part of the plan is lost", name)
            for worker in [each for each in workers if each in alive and self._names[each] in progress.lost]:
                # The network was cut, and has healed: what was measured in the meantime comes after all.
                waiting.add(worker)
                del progress.lost[self._names[worker]]
                LOG.warning("%s is heard from again", self._names[worker])
                if halted:
                    self._tell([worker], HALT, None)
            self._check()

    def _check(self) -> None:
        if self._broken is not None:
            raise self._broken

    def _on_preparing(self, **_: Any) -> None:
        self._heard_at = time.monotonic()

    def _on_ready(self, msg: Any, **_: Any) -> None:
        self._heard_at = time.monotonic()
        # One that was ready for the run before does not answer until it is for this one.
        self._send(CLOCK, time.monotonic(), msg.node_id)

    def _on_clock(self, msg: Any, **_: Any) -> None:
        asked, *told = msg.data
        clock = self._clocks.get(msg.node_id)
        if clock is None or asked < self._asked_from or clock.is_known:
            return
        clock.learn(asked=asked, heard=time.monotonic(), wall=time.time(), told=(told[0], told[1]))
        if not clock.is_known:
            self._send(CLOCK, time.monotonic(), msg.node_id)

    def _on_broken(self, msg: Any, **_: Any) -> None:
        code, message = msg.data
        kind = _ERRORS.get(code, HarnessError)
        self._broken = self._broken or kind(str(message))

    def _on_intervals(self, msg: Any, **_: Any) -> None:
        if self._progress is None or msg.node_id not in self._names:
            self._send(HALT, None, msg.node_id)
        elif self._clocks[msg.node_id].is_known:
            name = self._names[msg.node_id]
            intervals, self._progress.so_far[name] = _INTERVALS.decode(msg.data)
            for interval in intervals:
                self._taken(name, interval)

    def _on_report(self, msg: Any, **_: Any) -> None:
        clock = self._clocks.get(msg.node_id)
        if self._progress is not None and clock is not None and clock.is_known:
            self._progress.reports[self._names[msg.node_id]] = _REPORTS.decode(msg.data)
