"""The open-loop engine: journeys begin when they are due, whatever the server does.

One engine per process, on gevent's hub: watchers and one absolute timer, no greenlet per request.

    latency        answer minus due: arrival, moment of waking, or the answer before it
    service time   answer minus sent, connecting included
    schedule lag   sent minus due of arrivals and wakings: the generator's own lateness
"""

import heapq
import time
from collections.abc import Callable, Iterator
from itertools import count

import gevent
from gevent.event import Event

from flowgauge.load.engine.buckets import bucket_of
from flowgauge.load.engine.tally import CONNECT, Tally
from flowgauge.load.engine.trip import Answer, Journey, Limits, Trip, Witness
from flowgauge.load.journeys.sampling import sample_gaps
from flowgauge.load.transport import failures
from flowgauge.load.transport.channel import NEVER, Address, Channel
from flowgauge.load.transport.failures import failure_of, status_failure
from flowgauge.load.transport.pool import Pool
from flowgauge.load.transport.timer import absolute_timer
from flowgauge.load.transport.wire import Call

__all__ = ["Engine"]

# Departures and wakings in one go, before answers get their turn.
_BURST = 64


class Engine:
    """Sends journeys to one server, found at `addresses`; `channel` opens a connection to one of them."""

    def __init__(
        self,
        addresses: list[Address],
        *,
        limits: Limits,
        channel: Callable[..., Channel] = Channel,
        witness: Witness | None = None,
        sample_ratio: float = 0.0,
        on_crash: Callable[[BaseException], object] = lambda error: None,  # noqa: ARG005 - as it is called
    ) -> None:
        self.response_timeout = limits.response_timeout
        self._loop = gevent.get_hub().loop
        self._on_crash = on_crash
        self._limits = limits
        self._witness = witness
        self._gaps = sample_gaps(sample_ratio if witness else 0.0)
        self._until_sample = next(self._gaps)
        self._trips: set[Trip] = set()
        self._wakes: list[tuple[float, int, Trip]] = []
        self._order = count()
        # Who asks next, and on which connection; without one, the journey is still to begin.
        self._outbox: list[tuple[Channel | None, Trip]] = []
        self._dues: Iterator[float] = iter(())
        self._next_due = self._armed = NEVER
        self._launch: Callable[[float], tuple[Journey, Tally]]
        self._dropped: Callable[[float], None]
        self._quiet = Event()
        self._timer = absolute_timer(self._expired)
        self._pool = Pool(self, addresses, limits, channel)

    @property
    def has_departures(self) -> bool:
        """Whether the plan has more arrivals."""
        return self._next_due != NEVER

    # What the owner calls

    def depart(self, journey: Journey, tally: Tally, *, then: Callable[[], None] | None = None) -> None:
        """Begin a journey in the hub's next round; `then` is called in the hub after its end."""
        trip = Trip(journey, tally, time.monotonic(), then)
        self._trips.add(trip)
        self._post(None, trip)

    def follow(
        self,
        dues: Iterator[float],
        launch: Callable[[float], tuple[Journey, Tally]],
        dropped: Callable[[float], None],
    ) -> None:
        """Begin a journey at each moment of `dues` (seconds, monotonic, in order).

        What the cap on journeys under way refuses goes to `dropped`.
        """
        self._dues, self._launch, self._dropped = dues, launch, dropped
        self._next_due = next(dues, NEVER)
        self._arm()

    def stop_departures(self) -> None:
        """Begin no more journeys of the plan."""
        self._dues, self._next_due = iter(()), NEVER

    def wait_quiet(self, timeout: float | None) -> bool:
        """Wait until no journey is under way; False where that takes longer. Not to be called in the hub."""
        if not self._trips:
            return True
        self._quiet.clear()
        return bool(self._quiet.wait(timeout))

    def abandon(self) -> int:
        """Close the journeys still under way; how many there were."""
        left, self._trips = self._trips, set()
        self._wakes.clear()
        self._outbox.clear()
        self._pool.close_all()
        for trip in left:
            trip.journey.close()
        self._quiet.set()
        return len(left)

    def close(self) -> None:
        """Abandon everything and give back what the hub holds."""
        self.stop_departures()
        self.abandon()
        self._pool.close()
        self._timer.close()

    # What channels call

    def connected(self, channel: Channel, seconds: float) -> None:
        """Count the time to connect."""
        if channel.errand is not None:
            channel.errand.tally.took(CONNECT, seconds)

    def answered(self, channel: Channel, status: int, body: bytes, keep: bool) -> None:
        """Count an answer and let its journey go on, on the same connection where it asks at once."""
        now = time.monotonic()
        trip: Trip = channel.errand
        operation = trip.operation
        failure = None
        if status == operation.success:
            operation.answered(trip.due, trip.sent, now, len(body))
        else:
            failure = status_failure(status)
            operation.went_wrong(failure, trip.due, trip.sent, now)
            if self._witness:
                self._witness.failed(failure, trip, channel.head, status, now)
        self._until_sample -= 1
        if not self._until_sample and self._witness:
            self._until_sample = next(self._gaps)
            self._witness.saw(trip, channel.head, status, body, now)
        channel.head = b""
        channel.errand = None
        channel.deadline = NEVER
        channel.rested_since = now
        channel.is_reused = True
        go_on = trip.go_on
        try:
            step = go_on(Answer(status, body, trip.due, trip.sent, now, failure))
        except StopIteration:
            if keep:
                self._pool.give_back(channel)
            self._arrive(trip)
            return
        except BaseException as error:  # noqa: BLE001 - handed on to the hub
            self._crashed(trip, error)
            return
        trip.due = now
        if keep and type(step) is Call:
            if step is not trip.call:
                trip.call = step
                trip.operation = trip.tally.operations[step.name]
            self._post(channel, trip)
            return
        if keep:
            self._pool.give_back(channel)
        self._take(trip, step, now)

    def failed(self, channel: Channel, kind: str) -> None:
        """Count a failure and let its journey go on."""
        trip: Trip = channel.errand
        channel.errand = None
        if not channel.is_connected:
            self._pool.turn()
        self._went_wrong(trip, kind, channel.head, time.monotonic())

    def unsent(self, channel: Channel) -> None:
        """Nothing was sent, so another connection may carry the call without doing anything twice."""
        trip: Trip = channel.errand
        channel.errand = None
        trip.tally.retried += 1
        self._carry(trip, time.monotonic())

    def closed(self, channel: Channel, surplus: bool) -> None:
        """Forget a connection."""
        self._pool.forget(channel)
        if surplus and channel.errand is not None:
            channel.errand.operation.spoiled(failures.SURPLUS)

    # The inner works

    def _post(self, channel: Channel | None, trip: Trip) -> None:
        """Let a request leave once the answers that lie ready have been read.

        No answer's moment waits for a sending before it, and the server is woken once for the whole batch.
        """
        outbox = self._outbox
        if not outbox:
            self._loop.run_callback(self._flush)
        outbox.append((channel, trip))

    def _flush(self) -> None:
        outbox, self._outbox = self._outbox, []
        for channel, trip in outbox:
            trip.sent = now = time.monotonic()
            if channel is None:
                self._advance(trip, None, now)
            elif channel.is_open:
                channel.ask(trip, trip.call.wire, now)
            else:
                self._carry(trip, now)

    def _advance(self, trip: Trip, answer: Answer | None, now: float) -> None:
        try:
            step = trip.go_on(answer)
        except StopIteration:
            self._arrive(trip)
        except BaseException as error:  # noqa: BLE001 - handed on to the hub
            self._crashed(trip, error)
        else:
            self._take(trip, step, now)

    def _take(self, trip: Trip, step: Call | float, now: float) -> None:
        """Do what the journey wants next."""
        if isinstance(step, Call):
            trip.call = step
            trip.operation = trip.tally.operations[step.name]
            trip.sent = now
            self._carry(trip, now)
            return
        heapq.heappush(self._wakes, (step, next(self._order), trip))
        if step < self._armed:
            self._armed = step
            self._timer.at(step)

    def _carry(self, trip: Trip, now: float) -> None:
        try:
            channel = self._pool.take(now)
        except OSError as error:
            # In the hub's next round, lest a journey that tries again at once recurse without end.
            self._loop.run_callback(self._went_wrong, trip, failure_of(error), b"", now)
            return
        channel.ask(trip, trip.call.wire, now)

    def _went_wrong(self, trip: Trip, kind: str, head: bytes, now: float) -> None:
        if trip not in self._trips:
            return
        trip.operation.went_wrong(kind, trip.due, trip.sent, now)
        if self._witness:
            self._witness.failed(kind, trip, head, 0, now)
        answer = Answer(0, b"", trip.due, trip.sent, now, kind)
        trip.due = now
        self._advance(trip, answer, now)

    def _arrive(self, trip: Trip) -> None:
        self._trips.discard(trip)
        if trip.then is not None:
            trip.then()
        if not self._trips:
            self._quiet.set()

    def _crashed(self, trip: Trip, error: BaseException) -> None:
        """A fault in a journey is ours, not the server's: `on_crash` is told, and the hub prints it."""
        self.stop_departures()
        gevent.get_hub().handle_error(self, type(error), error, error.__traceback__)
        self._on_crash(error)
        self._arrive(trip)

    def _expired(self) -> None:
        """The timer: begin what is due, wake what wants to be woken."""
        for _ in range(_BURST):
            now = time.monotonic()
            if self._next_due <= now:
                due, self._next_due = self._next_due, next(self._dues, NEVER)
                if len(self._trips) >= self._limits.in_flight:
                    self._dropped(due)
                    continue
                journey, tally = self._launch(due)
                tally.arrivals += 1
                trip = Trip(journey, tally, due, None)
                self._trips.add(trip)
            elif self._wakes and self._wakes[0][0] <= now:
                due, _, trip = heapq.heappop(self._wakes)
                trip.due = due
            else:
                break
            us = int((now - due) * 1e6)
            trip.tally.lag[us if 0 < us < 2048 else bucket_of(us)] += 1
            self._advance(trip, None, now)
        self._arm()

    def _arm(self) -> None:
        self._armed = min(self._next_due, self._wakes[0][0] if self._wakes else NEVER)
        self._timer.at(self._armed)
