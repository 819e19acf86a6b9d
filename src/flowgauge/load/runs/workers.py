"""Whoever carries out a run: this process alone, or others by messages from and to a master.

    master  -> prepare (assignment)   worker -> ready, or broken (exit code, message)
    master  -> go (moment)            worker -> intervals (its last ones, what it found so far), each second
    master  -> halt, authorize        worker -> engine report, at its end

A message repeats the worker's last intervals, so that one that is lost or comes twice does no harm. A
worker that Locust reports missing is counted as lost, with its part of the plan, unless it comes back.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import gevent
import msgspec
from gevent.event import Event

from flowgauge.errors import ExitCode, FlowgaugeError, HarnessError, TargetUnreachable, UsageError
from flowgauge.load.edition_part import LoadPart
from flowgauge.load.engine.tally import Interval
from flowgauge.load.journeys.context import JourneyMaker
from flowgauge.load.runs.outcome import EngineReport, Progress
from flowgauge.load.runs.settings import Assignment
from flowgauge.load.runs.worker_run import WorkerRun

__all__ = ["LocalWorker", "RemoteWorkers", "WorkerEngine"]

LOG = logging.getLogger(__name__)
LOCAL = "local"
PREPARE, READY, BROKEN = "flowgauge-prepare", "flowgauge-ready", "flowgauge-broken"
AUTHORIZE, GO, HALT = "flowgauge-authorize", "flowgauge-go", "flowgauge-halt"
INTERVALS, REPORT = "flowgauge-intervals", "flowgauge-report"
REPEATED = 10
READY_WITHIN = 60.0
# Before the first arrival: garbage is collected, which holds the hub up; an order to go reaches every worker.
_LOCAL_RUN_UP, _REMOTE_RUN_UP = 0.25, 0.5

Send = Callable[..., None]
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
            run.prepare()
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
        self._ready: set[str] = set()
        self._broken: FlowgaugeError | None = None
        self._progress: Progress | None = None
        self._taken: Taken
        self.handlers: dict[str, Callable[..., None]] = {
            READY: self._on_ready,
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
        self._ready, self._broken = set(), None
        progress.sources = tuple(self._names.values())
        for index, worker in enumerate(workers):
            self._send(PREPARE, msgspec.json.encode(progress.assignment(index, len(workers))), worker)
        self._await_ready(workers, stop)
        if stop.is_set():
            # Who is not ready yet would miss the order to halt.
            progress.halted = True
            return
        progress.started_at = time.time() + _REMOTE_RUN_UP
        self._tell(workers, GO, progress.started_at)
        try:
            self._await_reports(workers, progress, stop)
        except FlowgaugeError:
            self._tell(workers, HALT, None)
            raise
        finally:
            # What a worker tells later on belongs to no run.
            self._progress = None

    def _tell(self, workers: Iterable[str], kind: str, data: object) -> None:
        for worker in workers:
            self._send(kind, data, worker)

    def _await_ready(self, workers: list[str], stop: Event) -> None:
        latest = time.monotonic() + READY_WITHIN
        while len(self._ready) < len(workers) and not stop.is_set():
            self._check()
            gone = set(workers) - set(self._alive())
            if gone or time.monotonic() > latest:
                raise HarnessError(f"{len(gone) or 'some'} of {len(workers)} workers did not get ready")
            gevent.sleep(0.02)

    def _await_reports(self, workers: list[str], progress: Progress, stop: Event) -> None:
        halted = False
        waiting = set(workers)
        while waiting:
            if stop.is_set() and not halted:
                halted = True
                self._tell(waiting, HALT, None)
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

    def _on_ready(self, msg: Any, **_: Any) -> None:
        self._ready.add(msg.node_id)

    def _on_broken(self, msg: Any, **_: Any) -> None:
        code, message = msg.data
        kind = _ERRORS.get(code, HarnessError)
        self._broken = self._broken or kind(str(message))

    def _on_intervals(self, msg: Any, **_: Any) -> None:
        if self._progress is not None and msg.node_id in self._names:
            name = self._names[msg.node_id]
            intervals, self._progress.so_far[name] = _INTERVALS.decode(msg.data)
            for interval in intervals:
                self._taken(name, interval)

    def _on_report(self, msg: Any, **_: Any) -> None:
        if self._progress is not None and msg.node_id in self._names:
            self._progress.reports[self._names[msg.node_id]] = _REPORTS.decode(msg.data)


class WorkerEngine:
    """A worker's side: carries out the assignments that its master sends.

    `handlers` are for the master's messages; each may block its own greenlet.
    """

    def __init__(self, part: LoadPart, makers: Mapping[str, JourneyMaker], send: Send) -> None:
        self._part = part
        self._makers = makers
        self._send = send
        self._run: WorkerRun | None = None
        self._recent: deque[Interval] = deque(maxlen=REPEATED)
        self._idle = Event()
        self._idle.set()
        self.handlers: dict[str, Callable[..., None]] = {
            PREPARE: self._on_prepare,
            GO: self._on_go,
            HALT: self._on_halt,
            AUTHORIZE: self._on_authorize,
        }

    def finish(self) -> ExitCode:
        """End the run early, if one goes on, and wait until its report is sent; how the process is to end."""
        was_idle = self._idle.is_set()
        self._on_halt()
        self._idle.wait()
        return ExitCode.PASSED if was_idle else ExitCode.INVALID

    def _on_prepare(self, msg: Any, **_: Any) -> None:
        self._recent.clear()
        if self._run is not None:
            self._run.close()
            self._run = None
        try:
            assignment = msgspec.json.decode(msg.data, type=Assignment)
            self._run = WorkerRun(assignment, self._part, self._makers, self._emit)
            self._run.prepare()
        except Exception as error:  # noqa: BLE001 - the master waits for an answer, whatever happens here
            self._break(error)
            return
        self._send(READY, None)

    def _on_go(self, msg: Any, **_: Any) -> None:
        if self._run is None:
            return
        self._idle.clear()
        try:
            # Hosts share the wall clock, not the monotonic one.
            report = self._run.run(at=time.monotonic() + max(msg.data - time.time(), 0.0))
            self._send(REPORT, msgspec.json.encode(report))
        except Exception as error:  # noqa: BLE001 - as above
            self._break(error)
        finally:
            self._run = None
            self._idle.set()

    def _break(self, error: Exception) -> None:
        code, message = int(ExitCode.HARNESS), f"a worker broke: {error!r}"
        if isinstance(error, FlowgaugeError):
            code, message = int(error.exit_code), str(error)
        else:
            LOG.error("the worker broke", exc_info=error)
        self._send(BROKEN, [code, message])

    def _on_authorize(self, msg: Any, **_: Any) -> None:
        if self._run is not None:
            self._run.authorize(msg.data)

    def _on_halt(self, **_: Any) -> None:
        if self._run is not None:
            self._run.stop()

    def _emit(self, interval: Interval) -> None:
        self._recent.append(interval)
        so_far = self._run.so_far() if self._run is not None else EngineReport()
        self._send(INTERVALS, msgspec.json.encode((list(self._recent), so_far)))
