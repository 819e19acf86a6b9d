"""The journeys of a user: plain generators that yield calls and moments.

Each is a function of a `JourneyContext` (the target's requests, the settings, what was acknowledged) and the
tally to count in. `run_path` is the main one: create a workflow, run it, poll until the run is over.
"""

from collections.abc import Generator
from dataclasses import dataclass

from flowgauge.editions.v0.load.views import SeenRun, SeenWorkflow, is_over, run_in, server_time, workflow_in
from flowgauge.load.engine.iteration import CallResult, Journey
from flowgauge.load.engine.steps import Step, until
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.context import JourneyContext
from flowgauge.load.transport.failures import UNREADABLE
from flowgauge.results.measures import (
    POLLS_PER_RUN,
    RUN_SERVER_TIME,
    RUN_TO_TERMINAL,
    RUN_TO_TERMINAL_FLOOR,
    RUNS_ENDED,
    RUNS_FAILED,
    RUNS_STARTED,
)

__all__ = [
    "AcknowledgedRun",
    "created_workflow",
    "mixed",
    "read_heavy",
    "run_path",
    "waiting_run_path",
]

# A poll that fails this often in a row loses sight of its run.
PATIENCE = 5
_RUN_BODY = b"{}"


@dataclass(slots=True)
class AcknowledgedRun:
    """A run that the server acknowledged. `is_alone`: its workflow was made for it and has no other run."""

    flow_id: str
    run_id: str
    stage_count: int
    is_alone: bool
    is_over: bool = False

    @property
    def identity(self) -> tuple[str, str]:
        """What tells it from all other runs."""
        return self.flow_id, self.run_id


def run_path(context: JourneyContext, tally: Tally) -> Journey:
    """Create a workflow (or take one made beforehand), run it, poll until the run is over."""
    if context.reusable:
        yield from _run(context, tally, context.rng.choice(context.reusable), is_alone=False)
        return
    flow = yield from created_workflow(context, tally)
    if flow is not None:
        yield from _run(context, tally, flow, is_alone=True)


def waiting_run_path(context: JourneyContext, tally: Tally) -> Journey:
    """The same, with a run that the server answers only when it is over (`wait=true`)."""
    if context.reusable:
        yield from _run(context, tally, context.rng.choice(context.reusable), is_alone=False, waits=True)
        return
    flow = yield from created_workflow(context, tally)
    if flow is not None:
        yield from _run(context, tally, flow, is_alone=True, waits=True)


def mixed(context: JourneyContext, tally: Tally) -> Journey:
    """What a day brings: six in ten walk the run path, three read, one waits."""
    draw = context.rng.random()
    kind = run_path if draw < 0.6 else read_heavy if draw < 0.9 else waiting_run_path
    yield from kind(context, tally)


def read_heavy(context: JourneyContext, tally: Tally) -> Journey:
    """Nine readings for each run: list and get, of workflows made beforehand."""
    if not context.reusable:
        yield from run_path(context, tally)
        return
    flow = context.rng.choice(context.reusable)
    draw = context.rng.random()
    if draw < 0.1:
        yield from _run(context, tally, flow, is_alone=False)
    elif draw < 0.4:
        yield context.templates["get_flow"].call(flow.id)
    elif draw < 0.6:
        yield context.templates["list_flows"].call()
    elif draw < 0.9:
        yield context.templates["list_runs"].call(flow.id)
    else:
        yield context.templates["info"].call()


def created_workflow(
    context: JourneyContext, _tally: Tally
) -> Generator[Step, CallResult | None, SeenWorkflow | None]:
    """Create a workflow; None where that failed."""
    answer = yield context.templates["create"].call(body=context.body)
    assert answer is not None
    if answer.failure:
        return None
    flow = workflow_in(answer.body)
    if flow is None:
        answer.reject(UNREADABLE)
    return flow


def _run(
    context: JourneyContext, tally: Tally, flow: SeenWorkflow, *, is_alone: bool, waits: bool = False
) -> Journey:
    waits = waits or (context.wait_ratio > 0 and context.rng.random() < context.wait_ratio)
    name = "run_wait" if waits else "run"
    answer = yield context.templates[name].call(flow.id, body=_RUN_BODY)
    assert answer is not None
    if answer.failure:
        if not 400 <= answer.status < 500:
            # It was not refused, so that it may have been made all the same.
            context.acknowledged.unanswered(flow.id)
        return
    run = run_in(answer.body)
    if run is None:
        answer.reject(UNREADABLE)
        context.acknowledged.unanswered(flow.id)
        return
    entry = AcknowledgedRun(flow.id, run.id, flow.stage_count, is_alone)
    context.acknowledged.note(entry)
    tally.counters[RUNS_STARTED] += 1
    yield from _until_over(context, tally, entry, run, answer)


def _until_over(
    context: JourneyContext, tally: Tally, entry: AcknowledgedRun, run: SeenRun, asked: CallResult
) -> Journey:
    """Poll on a fixed grid; record the bracket (last poll sent that was not terminal, first that was]."""
    floor, seen_at, polls, failures = asked.due, asked.at, 0, 0
    wake = asked.at
    poll, head = context.templates["poll"], context.wire.head
    call = poll.call(entry.flow_id, entry.run_id)
    while not is_over(run.statuses, entry.stage_count):
        # Late answers do not shift the grid into the past: one poll at a time.
        wake = max(wake + context.poll_interval, seen_at)
        yield until(wake)
        if context.wire.head is not head:
            # A new token since the last poll.
            head, call = context.wire.head, poll.call(entry.flow_id, entry.run_id)
        answer = yield call
        assert answer is not None
        polls += 1
        seen_at = answer.at
        seen = None if answer.failure else run_in(answer.body)
        if seen is not None:
            failures = 0
            if not is_over(seen.statuses, entry.stage_count):
                floor = answer.sent
            run = seen
            continue
        answer.reject(UNREADABLE)
        failures += 1
        if failures >= PATIENCE:
            return
    entry.is_over = True
    tally.counters[RUNS_ENDED] += 1
    tally.counters[RUNS_FAILED] += any(status.error is not None for status in run.statuses)
    tally.distributions[POLLS_PER_RUN][polls] += 1
    tally.took(RUN_TO_TERMINAL, seen_at - asked.due)
    tally.took(RUN_TO_TERMINAL_FLOOR, floor - asked.due)
    own = server_time(run)
    if own is not None:
        tally.took(RUN_SERVER_TIME, own)
