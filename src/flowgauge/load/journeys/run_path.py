"""The main journey of any edition with runs: make a workflow, run it, poll until the run is over.

What differs between editions, `Runs` says: how answers are read, and what a run is asked for by.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from flowgauge.load.engine.iteration import CallResult, Journey
from flowgauge.load.engine.steps import Step, until
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.context import JourneyContext
from flowgauge.load.transport.failures import UNREADABLE
from flowgauge.load.transport.wire import WireCall
from flowgauge.results.measures import (
    POLLS_PER_RUN,
    RUN_SERVER_TIME,
    RUN_TO_TERMINAL,
    RUN_TO_TERMINAL_FLOOR,
    RUNS_CENSORED,
    RUNS_ENDED,
    RUNS_FAILED,
    RUNS_STARTED,
)

__all__ = ["PATIENCE", "AcknowledgedRun", "Runs", "SeenRun", "counters"]

# A poll that fails this often in a row loses sight of its run.
PATIENCE = 5
# What is sent to a run before it waits for that may be lost: it is sent again after so many polls.
SENT_AGAIN = 20
_NOTHING = b"{}"
W = TypeVar("W")


class SeenRun(Protocol):
    """A run as an answer shows it."""

    @property
    def id(self) -> str:
        """Its own id."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""

    @property
    def has_failed(self) -> bool:
        """Whether it went wrong."""

    @property
    def gap(self) -> str | None:
        """What is missing of one that is over."""

    @property
    def server_time(self) -> float | None:
        """The seconds that it took by the server's own clock, None where it does not say."""


@dataclass(slots=True)
class AcknowledgedRun(Generic[W]):
    """A run that the server acknowledged. `is_alone`: its workflow was made for it and has no other run."""

    workflow: W
    ids: tuple[str, ...]
    is_alone: bool
    is_over: bool = False

    @property
    def kind(self) -> str:
        """What it is one of."""
        return "run"

    @property
    def id(self) -> str:
        """Its own id."""
        return self.ids[-1]

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it from all other runs."""
        return self.ids


@dataclass(frozen=True, slots=True)
class Runs(Generic[W]):
    """The journeys of an edition's runs.

    `made` reads the workflow in the answer to a create, `seen` a run of a workflow, and `listed` the runs of
    one on a page with the cursor of the next; each is None where the body is no such thing. `workflow_id` is
    a workflow's id, `ids` are those in the path of a run, and `listing` asks for the runs of a workflow: at a
    cursor, where there is one.
    """

    made: Callable[[bytes], W | None]
    seen: Callable[[bytes, W], SeenRun | None]
    listed: Callable[[bytes, W], tuple[list[str], str | None] | None]
    workflow_id: Callable[[W], str]
    ids: Callable[[W, SeenRun], tuple[str, ...]]
    listing: Callable[[JourneyContext, W, str | None], WireCall]

    def path(
        self,
        context: JourneyContext,
        tally: Tally,
        *,
        body: bytes | None = None,
        waits: bool = False,
        sent: Callable[[AcknowledgedRun[W]], WireCall] | None = None,
    ) -> Journey:
        """Create a workflow of that body (or take one made beforehand), run it, poll until it is over."""
        is_alone = body is not None or not context.reusable
        if is_alone:
            workflow = yield from self.created(context, tally, body)
        else:
            workflow = context.rng.choice(context.reusable)
        if workflow is not None:
            yield from self.run(context, tally, workflow, is_alone=is_alone, waits=waits, sent=sent)

    def reading(self, context: JourneyContext, tally: Tally) -> Journey:
        """Nine readings for each run: list and get, of workflows made beforehand."""
        if not context.reusable:
            yield from self.path(context, tally)
            return
        workflow, draw = context.rng.choice(context.reusable), context.rng.random()
        if draw < 0.1:
            yield from self.run(context, tally, workflow, is_alone=False)
        elif draw < 0.4:
            yield context.templates["get_flow"].call(self.workflow_id(workflow))
        elif draw < 0.6:
            yield context.templates["list_flows"].call()
        elif draw < 0.9:
            yield self.listing(context, workflow, None)
        else:
            yield context.templates["info"].call()

    def created(
        self, context: JourneyContext, _tally: Tally, body: bytes | None = None
    ) -> Generator[Step, CallResult | None, W | None]:
        """Create a workflow; None where that failed."""
        answer = yield context.templates["create"].call(body=context.body if body is None else body)
        assert answer is not None
        if answer.failure:
            return None
        workflow = self.made(answer.body)
        if workflow is None:
            answer.reject(UNREADABLE)
        return workflow

    def run(
        self,
        context: JourneyContext,
        tally: Tally,
        workflow: W,
        *,
        is_alone: bool,
        waits: bool = False,
        sent: Callable[[AcknowledgedRun[W]], WireCall] | None = None,
    ) -> Journey:
        """Run a workflow and poll until it is over; what is `sent` to the run goes out before a poll."""
        if sent is None and not waits:
            waits = context.wait_ratio > 0 and context.rng.random() < context.wait_ratio
        workflow_id = self.workflow_id(workflow)
        try:
            answer = yield context.templates["run_wait" if waits else "run"].call(workflow_id, body=_NOTHING)
        except GeneratorExit:
            # Cut off at the end: it may be made all the same, and later.
            context.acknowledged.unanswered(workflow_id)
            raise
        assert answer is not None
        if answer.failure:
            if not 400 <= answer.status < 500:
                # It was not refused, so that it may have been made all the same.
                context.acknowledged.unanswered(workflow_id)
            return
        run = self.seen(answer.body, workflow)
        # A run may go on for hours, and ten thousand at a time: none holds an answer that was read.
        answer.body = b""
        if run is None:
            answer.reject(UNREADABLE)
            context.acknowledged.unanswered(workflow_id)
            return
        entry = AcknowledgedRun(workflow, self.ids(workflow, run), is_alone)
        context.acknowledged.note(entry)
        tally.counters[RUNS_STARTED] += 1
        yield from self._until_over(context, tally, entry, run, answer, sent)

    def _until_over(
        self,
        context: JourneyContext,
        tally: Tally,
        entry: AcknowledgedRun[W],
        run: SeenRun,
        asked: CallResult,
        sent: Callable[[AcknowledgedRun[W]], WireCall] | None,
    ) -> Journey:
        """Poll on a fixed grid; record the bracket (last poll sent that was not terminal, first that was]."""
        floor, seen_at, polls, failures = asked.due, asked.at, 0, 0
        wake = asked.at
        poll, head = context.templates["poll"], context.wire.head
        call = poll.call(*entry.ids)
        while not run.is_over:
            # Late answers do not shift the grid into the past: one poll at a time.
            wake = max(wake + context.poll_interval, seen_at)
            yield until(wake)
            if sent is not None and polls % SENT_AGAIN == 0:
                yield sent(entry)
            if context.wire.head is not head:
                # A new token since the last poll.
                head, call = context.wire.head, poll.call(*entry.ids)
            answer = yield call
            assert answer is not None
            polls += 1
            seen_at = answer.at
            seen = None if answer.failure else self.seen(answer.body, entry.workflow)
            answer.body = b""
            if seen is not None:
                failures = 0
                if not seen.is_over:
                    floor = answer.sent
                run = seen
                continue
            answer.reject(UNREADABLE)
            failures += 1
            if failures >= PATIENCE:
                return
        entry.is_over = True
        tally.counters[RUNS_ENDED] += 1
        tally.counters[RUNS_FAILED] += run.has_failed
        tally.distributions[POLLS_PER_RUN][polls] += 1
        tally.took(RUN_TO_TERMINAL, seen_at - asked.due)
        tally.took(RUN_TO_TERMINAL_FLOOR, floor - asked.due)
        if run.server_time is not None:
            tally.took(RUN_SERVER_TIME, run.server_time)


def counters(counted: Mapping[str, int]) -> dict[str, int]:
    """Every run that the server acknowledged has ended, or is censored: it still went on at the end."""
    started, ended = counted.get(RUNS_STARTED, 0), counted.get(RUNS_ENDED, 0)
    return {
        RUNS_STARTED: started,
        RUNS_ENDED: ended,
        RUNS_FAILED: counted.get(RUNS_FAILED, 0),
        RUNS_CENSORED: started - ended,
    }
