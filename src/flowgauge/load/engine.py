"""The open-loop engine: journeys begin when they are due, whatever the server does.

One engine per process, on gevent's hub: watchers and one absolute timer, no greenlet per request.

    latency        answer minus due: arrival, moment of waking, or the answer before it
    service time   answer minus sent, connecting included
    schedule lag   sent minus due of arrivals and wakings: the generator's own lateness
"""

import heapq
import random
import time
from collections.abc import Callable, Iterator
from itertools import count

import gevent
from gevent.event import Event

from flowgauge.load import failures
from flowgauge.load.buckets import bucket_of
from flowgauge.load.channel import NEVER, Address, Channel
from flowgauge.load.failures import failure_of, status_failure
from flowgauge.load.pool import Pool
from flowgauge.load.tally import CONNECT, Tally
from flowgauge.load.timer import absolute_timer
from flowgauge.load.trip import Answer, Journey, Limits, Trip, Witness
from flowgauge.load.wire import Call

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
    ) -> None:
        self.response_timeout = limits.response_timeout
        self._loop = gevent.get_hub().loop
        self.crash: BaseException | None = None
        self._limits = limits
        self._witness = witness
        self._sample_ratio = sample_ratio if witness else 0.0
        self._dice = random.Random(1)
        self._until_sample = self._next_sample()
        self._trips: set[Trip] = set()
        self._wakes: list[tuple[float, int, Trip]] = []
        self._order = count()
        self._dues: Iterator[float] = iter(())
        self._next_due = self._armed = NEVER
        self._launch: Callable[[float], tuple[Journey, Tally]]
        self._dropped: Callable[[float], None]
        self._quiet = Event()
        self._quiet.set()
        self._timer = absolute_timer(self._expired)
        self._pool = Pool(self, addresses, limits, channel)

    @property
    def connections(self) -> int:
        """Connections open now."""
        return len(self._pool)

    @property
    def has_departures(self) -> bool:
        """Whether the plan has more arrivals."""
        return self._next_due != NEVER

    # What the owner calls

    def depart(self, journey: Journey, tally: Tally, *, then: Callable[[], None] | None = None) -> None:
        """Begin a journey now; `then` is called in the hub after its end."""
        now = time.monotonic()
        trip = Trip(journey, tally, now, then)
        self._set_out(trip)
        self._advance(trip, None, now)

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
        return bool(self._quiet.wait(timeout))

    def abandon(self) -> int:
        """Close the journeys still under way; how many there were."""
        left, self._trips = self._trips, set()
        self._wakes.clear()
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
        if not self._until_sample:
            self._until_sample = self._next_sample()
            if self._witness:
                self._witness.saw(trip, channel.head, status, body, now)
        channel.head = b""
        channel.rested_since = now
        channel.is_reused = True
        go_on = trip.go_on
        try:
            step = go_on(Answer(status, body, trip.due, trip.sent, now, failure))
        except StopIteration:
            self._rest(channel, keep)
            self._trips.discard(trip)
            # At once, unlike after a failure: its next journey waits for an answer of its own.
            self._go_on(trip.then)
            return
        except BaseException as error:
            self._crashed(trip, error)
            raise
        trip.due = now
        if keep and type(step) is Call:
            if step is not trip.call:
                trip.call = step
                trip.operation = trip.tally.operations[step.name]
            trip.sent = now
            channel.ask(trip, step.wire, now)
        else:
            self._rest(channel, keep)
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

    def _rest(self, channel: Channel, keep: bool) -> None:
        channel.errand = None
        channel.deadline = NEVER
        if keep:
            self._pool.give_back(channel)

    def _advance(self, trip: Trip, answer: Answer | None, now: float) -> None:
        try:
            step = trip.go_on(answer)
        except StopIteration:
            self._arrive(trip)
        except BaseException as error:
            self._crashed(trip, error)
            raise
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

    def _set_out(self, trip: Trip) -> None:
        if not self._trips:
            self._quiet.clear()
        self._trips.add(trip)

    def _arrive(self, trip: Trip) -> None:
        self._trips.discard(trip)
        # Not at once: a journey after it that fails at once, and one after that, would recurse without end.
        self._loop.run_callback(self._go_on, trip.then)

    def _go_on(self, then: Callable[[], None] | None) -> None:
        if then is not None:
            then()
        if not self._trips:
            self._quiet.set()

    def _crashed(self, trip: Trip, error: BaseException) -> None:
        """A fault in a journey is ours, not the server's: it ends the run, and the hub prints it."""
        self.crash = error
        self._arrive(trip)
        self.stop_departures()

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
                self._set_out(trip)
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

    def _next_sample(self) -> int:
        if not self._sample_ratio:
            return -1
        return max(1, round(self._dice.expovariate(self._sample_ratio)))
