"""The journeys of a user of this edition: plain generators that yield calls and moments.

`run_path` is the main one: create a workflow, start an instance, poll until it is over. An instance says so
itself.
"""

from collections.abc import Generator
from dataclasses import dataclass

import msgspec

from flowgauge.editions.v2.load.views import SeenInstance, new_workflow_in, seen_instance_in
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
    "PATIENCE",
    "AcknowledgedInstance",
    "created_workflow",
    "event_run_path",
    "mixed",
    "read_heavy",
    "run_path",
    "waiting_run_path",
]

# A poll that fails this often in a row loses sight of its instance.
PATIENCE = 5
# An event that came before anybody waited for it may be lost: it is sent again after so many polls.
SENT_AGAIN = 20
_VARIABLES = b"{}"
_EVENT = msgspec.json.encode({"name": "flowgauge"})
_WAITING = msgspec.json.encode(
    {"stages": [{"noop": {}}, {"wait_event": {"event": "flowgauge"}}, {"noop": {}}]}
)


@dataclass(slots=True)
class AcknowledgedInstance:
    """An instance that the server acknowledged. `is_alone`: its workflow was made for it and has no other."""

    workflow_id: str
    id: str
    is_alone: bool
    is_over: bool = False

    @property
    def identity(self) -> str:
        """What tells it from all other instances."""
        return self.id


def run_path(context: JourneyContext, tally: Tally) -> Journey:
    """Create a workflow (or take one made beforehand), start an instance, poll until it is over."""
    yield from _path(context, tally, waits=False)


def waiting_run_path(context: JourneyContext, tally: Tally) -> Journey:
    """The same, with a start that the server answers only when the instance is over (`wait=true`)."""
    yield from _path(context, tally, waits=True)


def _path(context: JourneyContext, tally: Tally, *, waits: bool) -> Journey:
    is_alone = not context.reusable
    workflow = (
        (yield from created_workflow(context, tally)) if is_alone else context.rng.choice(context.reusable)
    )
    if workflow is not None:
        yield from _run(context, tally, workflow, is_alone=is_alone, waits=waits)


def event_run_path(context: JourneyContext, tally: Tally) -> Journey:
    """Start an instance that waits for an event, send it, and poll until the instance is over."""
    workflow = yield from created_workflow(context, tally, body=_WAITING)
    if workflow is not None:
        yield from _run(context, tally, workflow, is_alone=True, event=True)


def mixed(context: JourneyContext, tally: Tally) -> Journey:
    """What a day brings: five in ten walk the run path, three read, one waits, one sends an event."""
    draw = context.rng.random()
    kind = run_path if draw < 0.5 else read_heavy if draw < 0.8 else waiting_run_path
    yield from (kind if draw < 0.9 else event_run_path)(context, tally)


def read_heavy(context: JourneyContext, tally: Tally) -> Journey:
    """Nine readings for each start: list and get, of workflows made beforehand."""
    if not context.reusable:
        yield from run_path(context, tally)
        return
    workflow, draw = context.rng.choice(context.reusable), context.rng.random()
    if draw < 0.1:
        yield from _run(context, tally, workflow, is_alone=False)
    elif draw < 0.4:
        yield context.templates["get_flow"].call(workflow)
    elif draw < 0.6:
        yield context.templates["list_flows"].call()
    elif draw < 0.9:
        yield context.templates["list_runs"].call(query=f"workflowID={workflow}")
    else:
        yield context.templates["info"].call()


def created_workflow(
    context: JourneyContext, _tally: Tally, body: bytes | None = None
) -> Generator[Step, CallResult | None, str | None]:
    """Create a workflow; its id, or None where that failed."""
    answer = yield context.templates["create"].call(body=context.body if body is None else body)
    assert answer is not None
    if answer.failure:
        return None
    workflow = new_workflow_in(answer.body)
    if workflow is None:
        answer.reject(UNREADABLE)
    return workflow


def _run(
    context: JourneyContext,
    tally: Tally,
    workflow: str,
    *,
    is_alone: bool,
    waits: bool = False,
    event: bool = False,
) -> Journey:
    waits = waits or (not event and context.wait_ratio > 0 and context.rng.random() < context.wait_ratio)
    name = "run_wait" if waits else "run"
    answer = yield context.templates[name].call(workflow, body=_VARIABLES)
    assert answer is not None
    if answer.failure:
        if not 400 <= answer.status < 500:
            # It was not refused, so that it may have been made all the same.
            context.acknowledged.unanswered(workflow)
        return
    instance = seen_instance_in(answer.body)
    if instance is None:
        answer.reject(UNREADABLE)
        context.acknowledged.unanswered(workflow)
        return
    entry = AcknowledgedInstance(workflow, instance.id, is_alone)
    context.acknowledged.note(entry)
    tally.counters[RUNS_STARTED] += 1
    yield from _until_over(context, tally, entry, instance, answer, event=event)


def _until_over(
    context: JourneyContext,
    tally: Tally,
    entry: AcknowledgedInstance,
    instance: SeenInstance,
    asked: CallResult,
    *,
    event: bool,
) -> Journey:
    """Poll on a fixed grid; record the bracket (last poll sent that was not terminal, first that was]."""
    floor, seen_at, polls, failures = asked.due, asked.at, 0, 0
    wake = asked.at
    while not instance.terminated:
        # Late answers do not shift the grid into the past: one poll at a time.
        wake = max(wake + context.poll_interval, seen_at)
        yield until(wake)
        if event and polls % SENT_AGAIN == 0:
            yield context.templates["event"].call(entry.id, body=_EVENT)
        answer = yield context.templates["poll"].call(entry.id)
        assert answer is not None
        polls += 1
        seen_at = answer.at
        seen = None if answer.failure else seen_instance_in(answer.body)
        if seen is not None:
            failures = 0
            if not seen.terminated:
                floor = answer.sent
            instance = seen
            continue
        answer.reject(UNREADABLE)
        failures += 1
        if failures >= PATIENCE:
            return
    entry.is_over = True
    tally.counters[RUNS_ENDED] += 1
    # In the field an error may be empty where there is none.
    tally.counters[RUNS_FAILED] += bool(instance.error)
    tally.distributions[POLLS_PER_RUN][polls] += 1
    tally.took(RUN_TO_TERMINAL, seen_at - asked.due)
    tally.took(RUN_TO_TERMINAL_FLOOR, floor - asked.due)
    if instance.server_time is not None:
        tally.took(RUN_SERVER_TIME, instance.server_time)
