"""The journeys of a user: plain generators that yield calls and moments.

Each is a function of a `Route` (the target's requests, the settings, the books) and the tally to count
in. `run_path` is the main one: create a workflow, run it, poll until the run is over.
"""

import random
from collections.abc import Generator
from dataclasses import dataclass, field

from flowgauge.load.engine.tally import FLOOR, SERVER_TIME, TERMINAL, Tally
from flowgauge.load.engine.trip import Answer, Journey
from flowgauge.load.journeys.logbook import Acknowledged, Logbook
from flowgauge.load.journeys.runs import Flow, Run, flow_in, is_over, run_in, server_time
from flowgauge.load.transport.failures import UNREADABLE
from flowgauge.load.transport.wire import Call, Template, Wire

__all__ = [
    "OPERATIONS",
    "Journey",
    "Route",
    "created_flow",
    "mixed",
    "read_heavy",
    "run_path",
    "waiting_run_path",
]

OPERATIONS = {
    "create": "createWorkflow",
    "run": "runWorkflow",
    "run_wait": "runWorkflow",
    "poll": "getWorkflowOccurrence",
    "get_flow": "getFlow",
    "get_run": "getWorkflowOccurrence",
    "list_flows": "listFlows",
    "list_runs": "listRuns",
    "info": "orchestrationgetServerInfo",
}
"""Short name in the results -> operation."""

# A poll that fails this often in a row loses sight of its run.
PATIENCE = 5
_WAITING = {"run_wait": "wait=true"}


@dataclass(slots=True)
class Route:
    """What the journeys share. `flows` are workflows made beforehand, to be used again and again."""

    wire: Wire
    create_body: bytes
    run_body: bytes = b"{}"
    poll_interval: float = 0.025
    wait_ratio: float = 0.0
    flows: list[Flow] = field(default_factory=list)
    logbook: Logbook = field(default_factory=Logbook)
    dice: random.Random = field(default_factory=lambda: random.Random(1))
    templates: dict[str, Template] = field(init=False)

    def __post_init__(self) -> None:
        self.templates = {
            name: self.wire.template(name, operation_id, query=_WAITING.get(name, ""))
            for name, operation_id in OPERATIONS.items()
        }

    def tally(self) -> Tally:
        """An empty tally of every operation that a journey may call."""
        return Tally((t.name, t.success) for t in self.templates.values())


def run_path(route: Route, tally: Tally) -> Journey:
    """Create a workflow (or take one made beforehand), run it, poll until the run is over."""
    if route.flows:
        yield from _run(route, tally, route.dice.choice(route.flows), is_alone=False)
        return
    flow = yield from created_flow(route, tally)
    if flow is not None:
        yield from _run(route, tally, flow, is_alone=True)


def waiting_run_path(route: Route, tally: Tally) -> Journey:
    """The same, with a run that the server answers only when it is over (`wait=true`)."""
    if route.flows:
        yield from _run(route, tally, route.dice.choice(route.flows), is_alone=False, waits=True)
        return
    flow = yield from created_flow(route, tally)
    if flow is not None:
        yield from _run(route, tally, flow, is_alone=True, waits=True)


def mixed(route: Route, tally: Tally) -> Journey:
    """What a day brings: six in ten walk the run path, three read, one waits."""
    draw = route.dice.random()
    kind = run_path if draw < 0.6 else read_heavy if draw < 0.9 else waiting_run_path
    yield from kind(route, tally)


def read_heavy(route: Route, tally: Tally) -> Journey:
    """Nine readings for each run: list and get, of workflows made beforehand."""
    if not route.flows:
        yield from run_path(route, tally)
        return
    flow = route.dice.choice(route.flows)
    draw = route.dice.random()
    if draw < 0.1:
        yield from _run(route, tally, flow, is_alone=False)
    elif draw < 0.4:
        yield route.templates["get_flow"].call(flow.id)
    elif draw < 0.6:
        yield route.templates["list_flows"].call()
    elif draw < 0.9:
        yield route.templates["list_runs"].call(flow.id)
    else:
        yield route.templates["info"].call()


def created_flow(route: Route, tally: Tally) -> Generator[Call | float, Answer | None, Flow | None]:
    """Create a workflow; None where that failed."""
    answer = yield route.templates["create"].call(body=route.create_body)
    assert answer is not None
    if answer.failure:
        return None
    flow = flow_in(answer.body)
    if flow is None:
        tally.operations["create"].spoiled(UNREADABLE)
    return flow


def _run(route: Route, tally: Tally, flow: Flow, *, is_alone: bool, waits: bool = False) -> Journey:
    waits = waits or (route.wait_ratio > 0 and route.dice.random() < route.wait_ratio)
    name = "run_wait" if waits else "run"
    answer = yield route.templates[name].call(flow.id, body=route.run_body)
    assert answer is not None
    if answer.failure:
        if not answer.status:
            route.logbook.unanswered(flow.id)
        return
    run = run_in(answer.body)
    if run is None:
        tally.operations[name].spoiled(UNREADABLE)
        route.logbook.unanswered(flow.id)
        return
    entry = Acknowledged(flow.id, run.id, flow.stage_count, is_alone)
    route.logbook.enter(entry)
    tally.runs["started"] += 1
    yield from _until_over(route, tally, entry, run, answer)


def _until_over(route: Route, tally: Tally, entry: Acknowledged, run: Run, asked: Answer) -> Journey:
    """Poll on a fixed grid; record the bracket (last poll sent that was not terminal, first that was]."""
    floor, seen_at, polls, failures = asked.due, asked.at, 0, 0
    wake = asked.at
    poll, head = route.templates["poll"], route.wire.head
    call = poll.call(entry.flow_id, entry.run_id)
    while not is_over(run.statuses, entry.stage_count):
        # Late answers do not shift the grid into the past: one poll at a time.
        wake = max(wake + route.poll_interval, seen_at)
        yield wake
        if route.wire.head is not head:
            # A new token since the last poll.
            head, call = route.wire.head, poll.call(entry.flow_id, entry.run_id)
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
        if not answer.failure:
            tally.operations["poll"].spoiled(UNREADABLE)
        failures += 1
        if failures >= PATIENCE:
            return
    entry.is_over = True
    tally.runs["ended"] += 1
    tally.runs["failed"] += any(status.error is not None for status in run.statuses)
    tally.polls[polls] += 1
    tally.took(TERMINAL, seen_at - asked.due)
    tally.took(FLOOR, floor - asked.due)
    own = server_time(run)
    if own is not None:
        tally.took(SERVER_TIME, own)
