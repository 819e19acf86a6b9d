"""The questions at the end: whether everything acknowledged is there, once, over, and complete.

Asked when the load has drained, by journeys of the same engine that count nowhere. An edition knows the
questions; how they are asked is the same for all. What is asked about is a uniform sample, so a long run is
asked about as thoroughly as a short one.
"""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import CallResult, Journey
from flowgauge.load.engine.steps import Step, pause
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.context import JourneyContext
from flowgauge.load.journeys.findings import DOUBLED, CountedFindings, exchange_of
from flowgauge.load.transport.failures import UNANSWERED
from flowgauge.load.transport.wire import WireCall
from flowgauge.results import Exchange

__all__ = ["Asking", "Questions", "Verification", "is_not_there"]

_AT_A_TIME = 8
_ATTEMPTS = 3
_PAUSE = 0.1
Asking = Generator[Step, "CallResult | None", tuple[CallResult, Exchange]]


@dataclass(slots=True)
class Verification:
    """Reads acknowledged things back. `must_be_over`: all that was begun has had time enough to end.

    `asked` counts the things that were read back, or were not there; `unreadable` the questions that brought
    no answer to judge by, and those for which no time was left: these are no findings, since nobody knows.
    """

    context: JourneyContext
    found: CountedFindings
    must_be_over: bool
    asked: int = 0
    unreadable: int = 0

    def carry_out(
        self, questions: "Questions", engine: Engine, tally: Tally, *, most: int, timeout: float
    ) -> None:
        """Ask about at most `most` things within `timeout` seconds; blocks this greenlet."""
        journeys = questions(self, most)

        def next_one() -> None:
            if time.monotonic() >= latest:
                return
            journey = next(journeys, None)
            if journey is not None:
                engine.depart(journey, tally, then=next_one)

        latest = time.monotonic() + timeout
        for _ in range(_AT_A_TIME):
            next_one()
        engine.wait_quiet(timeout)
        # Those that were cut off, and those that were never begun.
        self.unreadable += engine.abandon() + sum(1 for _ in journeys)

    def ask(self, call: WireCall) -> Asking:
        """The answer to a call, after a few attempts where there is none or the server is at fault."""
        for attempt in range(_ATTEMPTS):
            if attempt:
                yield pause(_PAUSE)
            answer = yield call
            assert answer is not None
            if answer.status and answer.status < 500 and answer.status != 429:
                break
        assert answer is not None
        shown = (answer.status, b"", answer.body) if answer.status else None
        operation = self.context.templates[call.name].operation_id
        exchange = exchange_of(call, operation, shown, sent=answer.sent, at=answer.at, error=answer.failure)
        return answer, exchange

    def show_doubled(self, call: WireCall, detail: str, times: int) -> Journey:
        """Show a thing that was given out twice by what the call answers.

        That it was is known whatever the answer, and whether there is time for it.
        """
        operation = self.context.templates[call.name].operation_id
        now = time.monotonic()
        exchange = exchange_of(call, operation, None, sent=now, at=now, error=UNANSWERED)
        try:
            _, exchange = yield from self.ask(call)
        finally:
            self.found.add(DOUBLED, exchange, detail, times)


def is_not_there(answer: CallResult) -> bool:
    """Whether the answer says that what was asked for does not exist (RFC 9110, 15.5.5 and 15.5.11).

    Any other failure leaves open what became of it.
    """
    return answer.status in {404, 410}


Questions = Callable[[Verification, int], Iterator[Journey]]
"""An edition's questions, one journey each, about at most so many things."""
