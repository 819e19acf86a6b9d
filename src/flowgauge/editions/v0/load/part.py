"""The load's part of this edition."""

from functools import cache

from flowgauge.editions.run_load import part_of_runs
from flowgauge.editions.v0.edition import edition
from flowgauge.editions.v0.load.journeys import RUNS, mixed, read_heavy, run_path, waiting_run_path
from flowgauge.load.edition_part import LoadPart

__all__ = ["load_part"]

_OPERATIONS = {
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


@cache
def load_part() -> LoadPart:
    """The part; made once."""
    journeys = (run_path, waiting_run_path, read_heavy, mixed)
    return part_of_runs(edition(), _OPERATIONS, RUNS, {each.__name__: each for each in journeys})
