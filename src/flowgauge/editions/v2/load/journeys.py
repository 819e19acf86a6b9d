"""The journeys of a user of this edition: plain generators that yield calls and moments.

`run_path` is the main one: create a workflow, start an instance, poll until it is over.
"""

from urllib.parse import quote

import msgspec

from flowgauge.editions.v2.load.views import listed_instances, new_workflow_in, seen_instance_in
from flowgauge.load.engine.iteration import Journey
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.context import JourneyContext
from flowgauge.load.journeys.run_path import Runs
from flowgauge.load.transport.wire import WireCall

__all__ = ["RUNS", "event_run_path", "mixed", "read_heavy", "run_path", "waiting_run_path"]

_EVENT = msgspec.json.encode({"name": "flowgauge"})
_WAITING = msgspec.json.encode(
    {"stages": [{"noop": {}}, {"wait_event": {"event": "flowgauge"}}, {"noop": {}}]}
)


def _listing(context: JourneyContext, workflow: str, cursor: str | None) -> WireCall:
    query = f"workflowID={quote(workflow, safe='')}" if cursor is None else f"cursor={quote(cursor, safe='')}"
    return context.templates["list_runs"].call(query=query)


RUNS: Runs[str] = Runs(
    made=new_workflow_in,
    seen=seen_instance_in,
    listed=listed_instances,
    workflow_id=lambda workflow: workflow,
    ids=lambda _, instance: (instance.id,),
    listing=_listing,
)


def run_path(context: JourneyContext, tally: Tally) -> Journey:
    """Create a workflow (or take one made beforehand), start an instance, poll until it is over."""
    yield from RUNS.path(context, tally)


def waiting_run_path(context: JourneyContext, tally: Tally) -> Journey:
    """The same, with a start that the server answers only when the instance is over (`wait=true`)."""
    yield from RUNS.path(context, tally, waits=True)


def event_run_path(context: JourneyContext, tally: Tally) -> Journey:
    """Start an instance that waits for an event, send it, and poll until the instance is over."""
    event = context.templates["event"]
    yield from RUNS.path(context, tally, body=_WAITING, sent=lambda entry: event.call(entry.id, body=_EVENT))


def read_heavy(context: JourneyContext, tally: Tally) -> Journey:
    """Nine readings for each start: list and get, of workflows made beforehand."""
    yield from RUNS.reading(context, tally)


def mixed(context: JourneyContext, tally: Tally) -> Journey:
    """What a day brings: five in ten walk the run path, three read, one waits, one sends an event."""
    draw = context.rng.random()
    kind = run_path if draw < 0.5 else read_heavy if draw < 0.8 else waiting_run_path
    yield from (kind if draw < 0.9 else event_run_path)(context, tally)
