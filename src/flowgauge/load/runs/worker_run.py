"""One engine's part of a run, from its first arrival to the last answer it waits for."""

import gc
import resource
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager

import gevent
from gevent.event import Event

from flowgauge.client.proxy import proxy_of
from flowgauge.errors import FlowgaugeError, HarnessError, UsageError
from flowgauge.load.edition_part import LoadPart
from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import EngineLimits, Journey
from flowgauge.load.engine.seconds import Seconds
from flowgauge.load.engine.steps import pause
from flowgauge.load.engine.tally import Interval, Tally
from flowgauge.load.journeys.context import JourneyMaker
from flowgauge.load.journeys.findings import CountedFindings
from flowgauge.load.journeys.reusable import ReusableThings
from flowgauge.load.journeys.sampling import Sampler
from flowgauge.load.journeys.shares import in_turn
from flowgauge.load.journeys.verification import Verification
from flowgauge.load.runs.outcome import EngineReport
from flowgauge.load.runs.settings import Assignment
from flowgauge.load.runs.target import addresses_of
from flowgauge.load.transport.dialing import find_alive
from flowgauge.load.transport.tunnels import channel_for
from flowgauge.load.transport.wire import Wire
from flowgauge.redaction import keep_secret

__all__ = ["WorkerRun"]

# The plan's last arrival may be this late and still leave.
_GRACE = 2.0
# What was begun is expected to be over this long after its own time.
_SLACK = 5.0
# No journey that asks for anything ends as soon as this.
_NO_TIME = 0.00001


class WorkerRun:
    """Carries out an assignment. `emit` gets each second's interval, in a greenlet of its own."""

    def __init__(
        self,
        assignment: Assignment,
        part: LoadPart,
        makers: Mapping[str, JourneyMaker],
        emit: Callable[[Interval], None],
    ) -> None:
        # In a worker's process, the assignment is all that knows it.
        keep_secret(assignment.bearer, "$FLOWGAUGE_TOKEN")
        self._assignment = assignment
        proxy = proxy_of(assignment.proxy)
        self._settings = settings = assignment.settings
        self._plan = settings.arrival_plan()
        self._part = part
        self._context = part.context(
            Wire(assignment.url, assignment.bearer, assignment.headers, proxy),
            body=part.things.body(settings.stages),
            poll_interval=settings.poll_interval,
            wait_ratio=settings.wait_ratio,
            index=assignment.index,
            of=assignment.of,
        )
        self._named_makers = {name: makers[name] for name in assignment.scenarios}
        self._makers = map(self._named_makers.__getitem__, in_turn(assignment.scenarios))
        self._tally, self._unmeasured = self._context.tally(), self._context.tally()
        self._seconds = Seconds(self._tally, self._unmeasured, emit)
        self._found = CountedFindings(assignment.url)
        self._sampler = Sampler(part.edition.document, part.operations, self._found, settings.check_ratio)
        self._stop = Event()
        self._crash: BaseException | None = None
        self._engine = Engine(
            addresses_of(assignment.url, proxy),
            limits=EngineLimits(settings.connect_timeout, settings.response_timeout, settings.max_in_flight),
            channel=channel_for(assignment.url, proxy),
            observer=self._sampler,
            on_crash=self._crashed,
        )
        self._begun = self._measured_from = self._ends = 0.0
        self._interrupted = False

    def authorize(self, bearer: str | None) -> None:
        """Send another token from now on."""
        keep_secret(bearer, "$FLOWGAUGE_TOKEN")
        self._context.wire.authorize(bearer)

    def stop(self) -> None:
        """Begin no more journeys; `run` then drains and returns."""
        self._stop.set()

    def close(self) -> None:
        """Give back what an assignment holds that is not carried out."""
        self._engine.close()

    def so_far(self) -> EngineReport:
        """What was looked at and found until now: all that is left of an engine that dies."""
        return EngineReport(
            checks=self._checks(), findings=self._found.findings(), examples=self._sampler.examples
        )

    def prepare(self, told: Callable[[int], None] = lambda _made: None) -> bool:
        """Do what would hold a run up: collect garbage, make the things that are to be reused.

        `told` hears now and then how many there are. False where `stop` has broken it off: there is nothing
        to run. Raises TargetUnreachable where the server makes too few of them.
        """
        try:
            gc.collect()
            self._check_makers()
            find_alive(self._engine.connections.addresses, self._settings.connect_timeout)
            things = ReusableThings(self._engine, self._unmeasured, self._stop)
            self._context.reusable = things.make(
                lambda: self._part.things.reusable(self._context, self._unmeasured),
                self._settings.reuse_flows,
                told,
            )
        except FlowgaugeError:
            self._engine.close()
            raise
        if self._stop.is_set():
            # As it is when a journey has crashed.
            self._engine.close()
        self._raise_crash("a thing to be reused was not made")
        self._unmeasured.take(0, 0.0, 0.0)
        return not self._stop.is_set()

    def _check_makers(self) -> None:
        """Refuse at the start what could never be carried out. Raises UsageError."""
        for name, maker in self._named_makers.items():
            journey: object = maker(self._context, self._unmeasured)
            if not isinstance(journey, Generator):
                raise UsageError(
                    f"{name}: its journey gave {journey!r} instead of steps",
                    hint="a journey is a generator: a function with a yield in it",
                )
            journey.close()

    def run(self, *, at: float) -> EngineReport:
        """Carry out the plan from `at` (seconds, monotonic) on; blocks this greenlet until all is drained."""
        self._begun, self._measured_from = at, at + self._settings.warm_up
        self._ends = at + self._plan.duration
        try:
            with _calm_collector():
                self._seconds.start(at)
                self._depart()
                elapsed = self._wait()
                cpu_ratio = self._seconds.cpu_ratio()
                self._engine.stop_departures()
                self._engine.wait_quiet(self._settings.drain_timeout)
                self._engine.abandon()
                self._seconds.stop()
            self._raise_crash("a journey broke")
            verification = self._verify()
            self._raise_crash("a question at the end broke")
        finally:
            self._engine.close()
        self._sampler.work_off()
        return self._engine_report(elapsed, cpu_ratio, verification)

    def _crashed(self, error: BaseException) -> None:
        self._crash = self._crash or error
        self._stop.set()

    def _raise_crash(self, what: str) -> None:
        """Raise what a journey broke with: `what` says so, where that is no sentence for people itself."""
        if isinstance(self._crash, FlowgaugeError):
            raise self._crash
        if self._crash is not None:
            raise HarnessError(f"{what}: {self._crash!r}") from self._crash

    def _depart(self) -> None:
        index, of = self._assignment.index, self._assignment.of
        if self._plan.closed:
            mine = len(range(index, self._plan.closed, of))
            gevent.spawn_later(max(self._begun - time.monotonic(), 0.0), self._start_closed, mine)
            return
        dues = self._plan.arrivals(index=index, of=of)
        self._engine.follow((self._begun + due for due in dues), self._launch, self._dropped)

    def _launch(self, due: float) -> tuple[Journey, Tally]:
        tally = self._tally_at(due)
        return next(self._makers)(self._context, tally), tally

    def _tally_at(self, moment: float) -> Tally:
        return self._tally if moment >= self._measured_from else self._unmeasured

    def _dropped(self, due: float) -> None:
        if due >= self._measured_from:
            self._tally.dropped += 1

    def _start_closed(self, journeys: int) -> None:
        for _ in range(journeys):
            self._next_closed()

    def _next_closed(self) -> None:
        """In a closed loop: journeys one after another, each begun when the one before it has ended."""
        if not self._is_over(now := time.monotonic()):
            tally = self._tally_at(now)
            self._engine.depart(self._in_a_row(tally), tally, then=self._next_closed)

    def _in_a_row(self, tally: Tally) -> Journey:
        """Journeys as one, as long as they count in `tally`: none is handed back and taken up again."""
        now = time.monotonic()
        while not self._is_over(now) and tally is self._tally_at(now):
            begun = now
            tally.arrivals += 1
            yield from next(self._makers)(self._context, tally)
            now = time.monotonic()
            if now - begun < _NO_TIME:
                # It asked for nothing; others want their turn all the same.
                yield pause(_NO_TIME)

    def _is_over(self, now: float) -> bool:
        return now >= self._ends or self._stop.is_set()

    def _wait(self) -> float:
        """Until the plan is over or `stop` is called; how many seconds of the plan were carried out."""
        ends = self._ends
        stopped = self._stop.wait(max(ends - time.monotonic(), 0.0))
        # A run time that equals the plan's must not cut its last arrivals off.
        self._interrupted = stopped and ends - time.monotonic() > _GRACE
        if not self._interrupted:
            gevent.sleep(max(ends - time.monotonic(), 0.0))
            while self._engine.has_departures and time.monotonic() < ends + _GRACE:
                gevent.sleep(0.005)
        return min(time.monotonic() - self._begun, self._plan.duration)

    def _verify(self) -> Verification:
        settings = self._settings
        expected = self._part.things.own_time(settings.stages)
        verification = Verification(
            self._context,
            self._found,
            must_be_over=expected is not None and settings.drain_timeout >= expected + _SLACK,
        )
        timeout = settings.connect_timeout + settings.response_timeout + settings.drain_timeout
        verification.carry_out(
            self._part.questions, self._engine, self._unmeasured, most=settings.verify_runs, timeout=timeout
        )
        return verification

    def _engine_report(self, elapsed: float, cpu_ratio: float, verification: Verification) -> EngineReport:
        unit = 1 if sys.platform == "darwin" else 1024
        return EngineReport(
            elapsed=elapsed,
            interrupted=self._interrupted,
            cpu_ratio=cpu_ratio,
            saturated_ratio=self._seconds.saturated_ratio,
            clock_step=self._seconds.clock_step,
            memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
            checks=self._checks() | {"verified": verification.asked, "unreadable": verification.unreadable},
            findings=self._found.findings(),
            examples=self._sampler.examples,
        )

    def _checks(self) -> dict[str, int]:
        acknowledged = self._context.acknowledged
        return {
            "validated": self._sampler.validated,
            "skipped": self._sampler.skipped,
            "acknowledged": acknowledged.acknowledged,
            "identified": acknowledged.identified,
        }


@contextmanager
def _calm_collector() -> Iterator[None]:
    """A full garbage collection of all that Locust has loaded would take longer than a request.

    A young one of 5,000 objects takes a fraction of a millisecond, and so little garbage is left between two:
    the histograms' encoder makes a class for every length of its buffer, with 2 kB each that hold themselves.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(5_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
