"""The open-loop engine: journeys begin when they are due, whatever the server does.

One engine per process, on gevent's hub: one set of sockets and one absolute timer, no greenlet per request.

    latency        answer minus due: arrival, moment of waking, or the answer before it
    service time   answer minus sent, connecting included
    schedule lag   sent minus due of arrivals and wakings: the generator's own lateness

An answer's moment is when the kernel had it.
"""

import time
from collections.abc import Callable, Iterator

import gevent
from gevent.event import Event

from flowgauge.errors import UsageError
from flowgauge.load.engine.agenda import Agenda
from flowgauge.load.engine.iteration import AnswerObserver, CallResult, EngineLimits, Iteration, Journey
from flowgauge.load.engine.steps import Step, moment_of
from flowgauge.load.engine.tally import Tally
from flowgauge.load.engine.turns import HOLD, Turns
from flowgauge.load.transport import failures
from flowgauge.load.transport.answer_reading import AnswerMemory
from flowgauge.load.transport.channel import Channel
from flowgauge.load.transport.dialing import Address
from flowgauge.load.transport.failures import failure_of, status_failure
from flowgauge.load.transport.pool import Pool
from flowgauge.load.transport.stamps import StampClock
from flowgauge.load.transport.wire import WireCall
from flowgauge.results.measures import CONNECT

__all__ = ["Engine"]

# Departures and wakings in one go, before answers get their turn.
_BURST = 64


class Engine:
    """Sends journeys to one server, found at `addresses`; `channel` opens one of its `connections`."""

    def __init__(
        self,
        addresses: list[Address],
        *,
        limits: EngineLimits,
        channel: Callable[..., Channel] = Channel,
        observer: AnswerObserver | None = None,
        on_crash: Callable[[BaseException], object] = lambda error: None,  # noqa: ARG005 - as it is called
    ) -> None:
        self.response_timeout = limits.response_timeout
        self.memory = AnswerMemory()
        self._loop = gevent.get_hub().loop
        self._on_crash = on_crash
        self._limits = limits
        self._observer = observer
        self._until_sample = next(observer.gaps) if observer else -1
        self._iterations: set[Iteration] = set()
        self._agenda = Agenda()
        # Who asks next, and on which connection; without one, on whichever is free.
        self._outbox: list[tuple[Channel | None, Iteration]] = []
        self._launch: Callable[[float], tuple[Journey, Tally]]
        self._dropped: Callable[[float], None]
        self._quiet = Event()
        self._clock = StampClock()
        self._turns = Turns(self._agenda, self._begin_due, self._flush, self._broke)
        self.sockets = self._turns.sockets
        self.connections = Pool(self, addresses, channel, limits.connect_timeout)

    @property
    def has_departures(self) -> bool:
        """Whether the plan has more arrivals."""
        return self._agenda.has_arrivals

    def depart(self, journey: Journey, tally: Tally, *, then: Callable[[], None] | None = None) -> None:
        """Begin a journey in the hub's next round; `then` is called in the hub after its end."""
        iteration = Iteration(journey, tally, time.monotonic(), then)
        self._iterations.add(iteration)
        self._loop.run_callback(self._set_out, iteration)

    def follow(
        self,
        dues: Iterator[float],
        launch: Callable[[float], tuple[Journey, Tally]],
        dropped: Callable[[float], None],
    ) -> None:
        """Begin a journey at each moment of `dues` (seconds, monotonic, in order).

        What the cap on journeys under way refuses goes to `dropped`.
        """
        self._launch, self._dropped = launch, dropped
        self._agenda.follow(dues)
        self._turns.no_later_than(self._agenda.next_due)

    def stop_departures(self) -> None:
        """Begin no more journeys of the plan."""
        self._agenda.stop()

    def wait_quiet(self, timeout: float | None) -> bool:
        """Wait until no journey is under way; False where that takes longer. Not to be called in the hub."""
        if not self._iterations:
            return True
        self._quiet.clear()
        return bool(self._quiet.wait(timeout))

    def abandon(self) -> int:
        """Close the journeys still under way; how many there were. Calls without an answer have failed."""
        left, self._iterations = self._iterations, set()
        for iteration in left - self._agenda.clear():
            iteration.went_unanswered(time.monotonic())
        self._outbox = []
        self.connections.close_all()
        for iteration in left:
            iteration.give_up()
        self._quiet.set()
        return len(left)

    def close(self) -> None:
        """Abandon everything and give back what the hub holds."""
        self.stop_departures()
        self.abandon()
        self.connections.close()
        self._turns.close()

    def connected(self, channel: Channel, seconds: float) -> None:
        """Count the time to connect."""
        if channel.pending is not None:
            channel.pending.tally.took(CONNECT, seconds)

    def answered(self, channel: Channel, status: int, body: bytes, keep: bool, flaw: str = "") -> None:
        """Count an answer and let its journey go on, on the same connection where it asks at once."""
        now = time.monotonic()
        iteration: Iteration = channel.pending
        operation = iteration.operation
        came = self._clock.moment_of(channel.stamp, iteration.sent, now)
        failure = None
        if status in operation.successes and not flaw:
            operation.answered(iteration.due, iteration.sent, came, len(body))
        else:
            # One name for one request: a wrong status says more than how its answer was sent.
            failure = flaw if status in operation.successes else status_failure(status)
            operation.went_wrong(failure, iteration.due, iteration.sent, came)
            if self._observer:
                self._observer.failed(failure, iteration, channel.head, status, came)
        self._until_sample -= not flaw  # A body that could not be read breaks no schema.
        if not self._until_sample and self._observer:
            self._until_sample = next(self._observer.gaps)
            self._observer.saw(iteration, channel.head, status, body, came)
        channel.head, channel.pending, channel.is_reused = b"", None, True
        go_on = iteration.go_on
        try:
            step = go_on(CallResult(status, body, iteration.due, iteration.sent, came, failure, operation))
        except StopIteration:
            if keep:
                self.connections.rest(channel, now)
            self._arrive(iteration)
            return
        except BaseException as error:  # noqa: BLE001 - handed on to the hub
            self._crashed(iteration, error)
            return
        iteration.due = now
        if keep and type(step) is not WireCall:
            self.connections.rest(channel, now)
        self._take(iteration, step, now, channel)

    def failed(self, channel: Channel, kind: str) -> None:
        """Count a failure and let its journey go on."""
        iteration: Iteration = channel.pending
        if kind in failures.ENDED and channel.is_reused and not channel.head and iteration.may_be_repeated:
            self.unsent(channel)
            return
        channel.pending = None
        self._went_wrong(iteration, kind, channel.head, time.monotonic())

    def unsent(self, channel: Channel) -> None:
        """Nothing was done, so another connection may carry the call without doing anything twice."""
        iteration: Iteration = channel.pending
        channel.pending = None
        iteration.tally.retried += 1
        self._carry(iteration, time.monotonic())

    def closed(self, channel: Channel) -> None:
        """Forget a connection."""
        self.connections.forget(channel)

    def _post(self, channel: Channel | None, iteration: Iteration) -> None:
        """Let a request leave once the answers that lie ready have been read.

        No answer's moment waits for a sending before it, and the server is woken once for the whole batch.
        """
        outbox = self._outbox
        if not outbox and not self._turns.is_on:
            self._turns.soon()
        outbox.append((channel, iteration))

    def _flush(self) -> None:
        outbox, self._outbox = self._outbox, []
        for channel, iteration in outbox:
            iteration.sent = now = time.monotonic()
            if iteration.is_timed:
                iteration.goes_on(now)
            if channel is not None and channel.is_open:
                channel.ask(iteration, iteration.call.wire, now)
            else:
                self._carry(iteration, now)
        if self._outbox:
            # What failed at once and tries again waits for the others' answers.
            self._turns.soon()

    def _set_out(self, iteration: Iteration) -> None:
        if iteration in self._iterations:
            self._advance(iteration, None, time.monotonic())

    def _advance(self, iteration: Iteration, answer: CallResult | None, now: float) -> None:
        try:
            step = iteration.go_on(answer)
        except StopIteration:
            self._arrive(iteration)
        except BaseException as error:  # noqa: BLE001 - handed on to the hub
            self._crashed(iteration, error)
        else:
            self._take(iteration, step, now)

    def _take(self, iteration: Iteration, step: Step, now: float, channel: Channel | None = None) -> None:
        """Do what the journey wants next, by `channel` where that still stands."""
        try:
            if type(step) is WireCall:
                iteration.asks(step)
                self._post(channel, iteration)
                return
            moment = moment_of(step, now)
        except UsageError as error:
            self._crashed(iteration, error)
            return
        if iteration.is_timed:
            iteration.goes_on(now)
        self._agenda.pause(iteration, moment)
        self._turns.no_later_than(moment)

    def _carry(self, iteration: Iteration, now: float) -> None:
        try:
            channel = self.connections.take(now)
        except OSError as error:
            self._went_wrong(iteration, failure_of(error), b"", now)
            return
        channel.ask(iteration, iteration.call.wire, now)

    def _went_wrong(self, iteration: Iteration, kind: str, head: bytes, now: float) -> None:
        if iteration not in self._iterations:
            return
        iteration.operation.went_wrong(kind, iteration.due, iteration.sent, now)
        if self._observer:
            self._observer.failed(kind, iteration, head, 0, now)
        answer = CallResult(0, b"", iteration.due, iteration.sent, now, kind, iteration.operation)
        iteration.due = now
        self._advance(iteration, answer, now)

    def _arrive(self, iteration: Iteration) -> None:
        self._iterations.discard(iteration)
        if iteration.then is not None:
            iteration.then()
        if not self._iterations:
            self._quiet.set()

    def _crashed(self, iteration: Iteration, error: BaseException) -> None:
        self._broke(error)
        self._arrive(iteration)

    def _broke(self, error: BaseException) -> None:
        """A fault in a journey is ours, not the server's: `on_crash` is told, and the hub prints a defect."""
        self.stop_departures()
        if not isinstance(error, UsageError):
            gevent.get_hub().handle_error(self, type(error), error, error.__traceback__)
        self._on_crash(error)

    def _begin_due(self) -> bool:
        """Begin what is due, wake what wants to be woken; whether there was any."""
        for begun in range(_BURST):
            now = time.monotonic()
            taken = self._agenda.take(now, HOLD)
            if taken is None:
                return begun > 0
            due, iteration = taken
            if iteration is not None:
                iteration.due = due
            elif len(self._iterations) >= self._limits.in_flight:
                self._dropped(due)
                continue
            else:
                try:
                    iteration = Iteration(*self._launch(due), due, None)
                except BaseException as error:  # noqa: BLE001 - handed on to the hub
                    self._broke(error)
                    continue
                iteration.tally.arrivals += 1
                self._iterations.add(iteration)
            iteration.is_timed = True
            self._advance(iteration, None, now)
        return True
