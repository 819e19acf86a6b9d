"""The load's part of this edition."""

from functools import cache

from flowgauge.edition import Edition
from flowgauge.editions.run_load import part_of_runs
from flowgauge.editions.v2.edition import edition
from flowgauge.editions.v2.load.journeys import (
    RUNS,
    event_run_path,
    mixed,
    read_heavy,
    run_path,
    waiting_run_path,
)
from flowgauge.load.edition_part import LoadPart

__all__ = ["load_part", "part_for"]

# By the names that stand in the results, the same for each edition.
_OPERATIONS = {
    "create": "v2CreateWorkflow",
    "run": "v2RunWorkflow",
    "run_wait": "v2RunWorkflow",
    "poll": "v2GetInstance",
    "event": "v2SendEvent",
    "get_flow": "v2GetWorkflow",
    "get_run": "v2GetInstance",
    "list_flows": "v2ListWorkflows",
    "list_runs": "v2ListInstances",
    "info": "v2GetServerInfo",
}


@cache
def load_part() -> LoadPart:
    """The part; made once."""
    return part_for(edition())


def part_for(an_edition: Edition) -> LoadPart:
    """The part of an edition that has these operations, by whichever names."""
    journeys = (run_path, waiting_run_path, event_run_path, read_heavy, mixed)
    return part_of_runs(an_edition, _OPERATIONS, RUNS, {each.__name__: each for each in journeys})
