"""A worker's side of a run, and the messages between it and its master.

    master  -> prepare (assignment)   worker -> preparing (things made), then ready, or broken (code, message)
    master  -> clock (ours), 3 times  worker -> clock (ours, its own two)
    master  -> go (its own moment)    worker -> intervals (its last ones, what it found so far), each second
    master  -> halt, authorize        worker -> engine report, at its end

A message repeats the worker's last intervals, so that one that is lost or comes twice does no harm. A
worker that Locust reports missing is counted as lost, with its part of the plan, unless it comes back.
All begin at one moment, which each is told by its own clock. What a worker tells before it has told this
run's clock is of the run before; one that loads on when there is no run is told to halt.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from gevent.lock import BoundedSemaphore

from flowgauge.errors import ExitCode, FlowgaugeError
from flowgauge.load.edition_part import LoadPart
from flowgauge.load.engine.tally import Interval
from flowgauge.load.journeys.context import JourneyMaker
from flowgauge.load.runs.settings import Assignment
from flowgauge.load.runs.worker_run import WorkerRun

__all__ = [
    "AUTHORIZE",
    "BROKEN",
    "CLOCK",
    "GO",
    "HALT",
    "INTERVALS",
    "PREPARE",
    "PREPARING",
    "READY",
    "REPORT",
    "Send",
    "WorkerEngine",
]

LOG = logging.getLogger(__name__)
PREPARE, READY, BROKEN = "flowgauge-prepare", "flowgauge-ready", "flowgauge-broken"
PREPARING, CLOCK = "flowgauge-preparing", "flowgauge-clock"
AUTHORIZE, GO, HALT = "flowgauge-authorize", "flowgauge-go", "flowgauge-halt"
INTERVALS, REPORT = "flowgauge-intervals", "flowgauge-report"
REPEATED = 10
# While an earlier run is ending, the master hears that often that we are at it.
_TOLD_EVERY = 0.5

Send = Callable[..., None]
Clock = Callable[[], float]


class WorkerEngine:
    """A worker's side: carries out the assignments that its master sends.

    `handlers` are for the master's messages; each may block its own greenlet.
    """

    def __init__(
        self,
        part: LoadPart,
        makers: Mapping[str, JourneyMaker],
        send: Send,
        *,
        monotonic: Clock = time.monotonic,
        wall: Clock = time.time,
    ) -> None:
        self._part = part
        self._makers = makers
        self._send = send
        self._monotonic, self._wall = monotonic, wall
        # The master's last assignment: who works on another one tells no more of it.
        self._order: object = None
        self._run: WorkerRun | None = None
        # Held by who prepares a run or carries it out.
        self._work = BoundedSemaphore(1)
        self._recent: deque[Interval] = deque(maxlen=REPEATED)
        self.handlers: dict[str, Callable[..., None]] = {
            PREPARE: self._on_prepare,
            CLOCK: self._on_clock,
            GO: self._on_go,
            HALT: self._on_halt,
            AUTHORIZE: self._on_authorize,
        }

    def finish(self) -> ExitCode:
        """End the run early, if one goes on, and wait until its report is sent; how the process is to end."""
        was_idle = not self._work.locked()
        self._on_halt()
        with self._work:
            return ExitCode.PASSED if was_idle else ExitCode.INVALID

    def _on_prepare(self, msg: Any, **_: Any) -> None:
        self._order = msg
        # Who sends another assignment has given up the one before.
        self._on_halt()
        while not self._work.acquire(timeout=_TOLD_EVERY):
            self._send(PREPARING, 0)
        try:
            if self._order is msg:
                self._prepare(msg)
        except Exception as error:  # noqa: BLE001 - the master waits for an answer, whatever happens here
            self._run = None
            self._break(error, msg)
        finally:
            self._work.release()
        if self._run is not None and self._order is msg:
            self._send(READY, None)

    def _prepare(self, msg: Any) -> None:
        if self._run is not None:
            # It was ready, and never told to go.
            self._run.close()
        self._recent.clear()
        assignment = msgspec.json.decode(msg.data, type=Assignment)
        self._run = run = WorkerRun(assignment, self._part, self._makers, lambda i: self._emit(run, i, msg))
        if not run.prepare(lambda made: self._send(PREPARING, made)):
            self._run = None

    def _on_clock(self, msg: Any, **_: Any) -> None:
        if self._run is not None and not self._work.locked():
            self._send(CLOCK, [msg.data, self._monotonic(), self._wall()])

    def _on_go(self, msg: Any, **_: Any) -> None:
        run, order = self._run, self._order
        if run is None or self._work.locked():
            return
        with self._work:
            try:
                report = run.run(at=time.monotonic() + max(msg.data - self._monotonic(), 0.0))
                if self._order is order:
                    self._send(REPORT, msgspec.json.encode(report))
            except Exception as error:  # noqa: BLE001 - as above
                self._break(error, order)
            finally:
                self._run = None

    def _break(self, error: Exception, order: object) -> None:
        code, message = int(ExitCode.HARNESS), f"a worker broke: {error!r}"
        if isinstance(error, FlowgaugeError):
            code, message = int(error.exit_code), str(error)
        else:
            LOG.error("the worker broke", exc_info=error)
        if self._order is order:
            self._send(BROKEN, [code, message])

    def _on_authorize(self, msg: Any, **_: Any) -> None:
        if self._run is not None:
            self._run.authorize(msg.data)

    def _on_halt(self, **_: Any) -> None:
        if self._run is not None:
            self._run.stop()

    def _emit(self, run: WorkerRun, interval: Interval, order: object) -> None:
        if self._order is order:
            self._recent.append(interval)
            self._send(INTERVALS, msgspec.json.encode((list(self._recent), run.so_far())))
