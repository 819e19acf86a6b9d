"""An iteration: one journey under way, and what passes between journeys, the engine and who looks on."""

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import msgspec

from flowgauge.errors import UsageError
from flowgauge.load.engine.buckets import bucket_of
from flowgauge.load.engine.steps import Step
from flowgauge.load.engine.tally import OperationTally, Tally
from flowgauge.load.transport.failures import UNANSWERED
from flowgauge.load.transport.wire import WireCall

__all__ = ["AnswerObserver", "CallResult", "EngineLimits", "Iteration", "Journey"]

# RFC 9110, section 9.2.2.
_IDEMPOTENT = (b"GET ", b"HEAD ", b"PUT ", b"DELETE ", b"OPTIONS ")
_NO_CALL = WireCall("", b"")


class CallResult(msgspec.Struct, gc=False):
    """What came of a call. `failure` names what went wrong, if anything did; `status` is 0 without an answer.

    `due`, `sent` and `at` (received) are seconds, monotonic. `operation` is where the call is counted.
    """

    status: int
    body: bytes
    due: float
    sent: float
    at: float
    failure: str | None
    operation: OperationTally

    def reject(self, kind: str) -> None:
        """Call an answer that was counted as expected a failure after all, under that name.

        A call fails once: one that has failed already keeps the name it has.
        """
        if self.failure is None:
            self.failure = kind
            self.operation.errors[kind] += 1


Journey = Generator[Step, "CallResult | None", None]
"""Yields calls, pauses and moments (see `steps`); runs in the hub, so it never blocks."""


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """Seconds, and how many journeys may be under way at a time."""

    connect_timeout: float = 5.0
    response_timeout: float = 10.0
    in_flight: int = 10_000


class Iteration:
    """One journey under way, and the call it waits for.

    `operation` is where that call is counted; `due` and `sent` are seconds, monotonic. `is_timed` where it is
    due by the clock, so that how late it leaves is the generator's lag.
    """

    __slots__ = ("call", "due", "go_on", "is_timed", "journey", "operation", "sent", "tally", "then")

    operation: OperationTally

    def __init__(self, journey: Journey, tally: Tally, due: float, then: Callable[[], None] | None) -> None:
        self.journey = journey
        self.go_on = journey.send
        self.tally = tally
        self.then = then
        self.due = self.sent = due
        self.is_timed = False
        self.call = _NO_CALL

    def asks(self, call: WireCall) -> None:
        """Note the journey's next call. Raises UsageError where it belongs to no operation of the run."""
        if call is not self.call:
            operation = self.tally.operations.get(call.name)
            if operation is None:
                there_are = ", ".join(self.tally.operations)
                raise UsageError(f"there is no call {call.name!r}", hint=f"there are {there_are}")
            self.call, self.operation = call, operation

    def goes_on(self, now: float) -> None:
        """Count how late it goes on by the clock; what goes on before its time counts from now."""
        self.is_timed = False
        us = int((now - self.due) * 1e6)
        self.tally.lag[us if 0 < us < 2048 else bucket_of(us)] += 1
        self.due = min(self.due, now)

    @property
    def may_be_repeated(self) -> bool:
        """Whether sending the call twice does no more than sending it once.

        Then it is repeated where the server closed a kept connection under it, as it may at any time (RFC
        9112, section 9.5).
        """
        return self.call.wire.startswith(_IDEMPOTENT)

    def went_unanswered(self, now: float) -> None:
        """Count the call that it waits for, if it had come so far, as a failure."""
        if self.call is not _NO_CALL:
            self.operation.went_wrong(UNANSWERED, self.due, self.sent, now)

    def give_up(self) -> None:
        """End the journey where it stands. What it yields on its way out is not done any more."""
        with suppress(GeneratorExit, StopIteration):
            self.journey.throw(GeneratorExit)


class AnswerObserver(Protocol):
    """Sees answers as they stood on the wire: a sample of all, and every failure.

    `gaps` says how many answers on the next one of the sample is, drawn anew each time.
    """

    gaps: Iterator[int]

    def saw(self, iteration: Iteration, head: bytes, status: int, body: bytes, at: float) -> None:
        """An answer that was drawn for the sample."""

    def failed(self, kind: str, iteration: Iteration, head: bytes, status: int, at: float) -> None:
        """A call that went wrong."""
