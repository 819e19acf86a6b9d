"""The journeys of a user: plain generators that yield calls and moments.

Each is a function of a `JourneyContext` (the target's requests, the settings, what was acknowledged) and the
tally to count in. `run_path` is the main one: create a workflow, run it, poll until the run is over.
"""

from urllib.parse import quote

from flowgauge.editions.v0.load.views import SeenWorkflow, listed_runs, run_in, workflow_in
from flowgauge.load.engine.iteration import Journey
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.context import JourneyContext
from flowgauge.load.journeys.run_path import Runs
from flowgauge.load.transport.wire import WireCall

__all__ = ["RUNS", "mixed", "read_heavy", "run_path", "waiting_run_path"]


def _listing(context: JourneyContext, workflow: SeenWorkflow, cursor: str | None) -> WireCall:
    query = "" if cursor is None else f"cursor={quote(cursor, safe='')}"
    return context.templates["list_runs"].call(workflow.id, query=query)


RUNS: Runs[SeenWorkflow] = Runs(
    made=workflow_in,
    seen=run_in,
    listed=listed_runs,
    workflow_id=lambda workflow: workflow.id,
    ids=lambda workflow, run: (workflow.id, run.id),
    listing=_listing,
)


def run_path(context: JourneyContext, tally: Tally) -> Journey:
    """Create a workflow (or take one made beforehand), run it, poll until the run is over."""
    yield from RUNS.path(context, tally)


def waiting_run_path(context: JourneyContext, tally: Tally) -> Journey:
    """The same, with a run that the server answers only when it is over (`wait=true`)."""
    yield from RUNS.path(context, tally, waits=True)


def read_heavy(context: JourneyContext, tally: Tally) -> Journey:
    """Nine readings for each run: list and get, of workflows made beforehand."""
    yield from RUNS.reading(context, tally)


def mixed(context: JourneyContext, tally: Tally) -> Journey:
    """What a day brings: six in ten walk the run path, three read, one waits."""
    draw = context.rng.random()
    kind = run_path if draw < 0.6 else read_heavy if draw < 0.9 else waiting_run_path
    yield from kind(context, tally)
