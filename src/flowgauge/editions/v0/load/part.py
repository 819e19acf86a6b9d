"""The load's part of this edition."""

from collections.abc import Mapping
from functools import cache

import msgspec

from flowgauge.editions.stage_list import parsed_stages, stage_time
from flowgauge.editions.v0.edition import edition
from flowgauge.editions.v0.load.journeys import (
    created_workflow,
    mixed,
    read_heavy,
    run_path,
    waiting_run_path,
)
from flowgauge.editions.v0.load.verification import questions
from flowgauge.load.edition_part import LoadPart, ThingsMade
from flowgauge.results.measures import RUNS_CENSORED, RUNS_ENDED, RUNS_FAILED, RUNS_STARTED

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
    return LoadPart(
        edition=edition(),
        operations=_OPERATIONS,
        journeys={
            "run_path": run_path,
            "waiting_run_path": waiting_run_path,
            "read_heavy": read_heavy,
            "mixed": mixed,
        },
        things=ThingsMade(
            body=lambda text: msgspec.json.encode({"stages": parsed_stages(text)}),
            own_time=lambda text: stage_time(parsed_stages(text)),
            reusable=created_workflow,
        ),
        questions=questions,
        counters=_counters,
        queries={"run_wait": "wait=true"},
        defaults={"stages": "noop, delay:50ms"},
    )


def _counters(counted: Mapping[str, int]) -> dict[str, int]:
    """Every run that the server acknowledged has ended, or is censored: it still went on at the end."""
    started, ended = counted.get(RUNS_STARTED, 0), counted.get(RUNS_ENDED, 0)
    return {
        RUNS_STARTED: started,
        RUNS_ENDED: ended,
        RUNS_FAILED: counted.get(RUNS_FAILED, 0),
        RUNS_CENSORED: started - ended,
    }
