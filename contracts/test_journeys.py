"""What clients do: create, read, list, run, wait, walk the pages; in any order, checked at every step."""

from urllib.parse import quote

import pytest

from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.traffic.exploration import run_machine
from flowgauge.contract.traffic.journeys import journeys_of
from flowgauge.contract.traffic.page_walk import walk_pages

pytestmark = pytest.mark.writes


def test_journeys(probe: Probe, contract: ContractSession) -> None:
    """Many short journeys, each from an empty store where the target can give one."""
    run_machine(journeys_of(probe), examples=contract.settings.examples, steps=20)


def test_empty_store(probe: Probe) -> None:
    """Nothing is there: the list is an empty array, and a fresh workflow has no runs."""
    probe.reset()
    probe.call("listFlows")
    flow = probe.answered("createWorkflow", body={"stages": []})
    if flow:
        probe.call("listRuns", flowId=flow["id"])
        probe.call("listRuns", flowId=flow["id"], query="pageSize=1")


def test_run_from_start_to_end(probe: Probe) -> None:
    """A run is seen before, during and after each of its stages, by reading and by listing."""
    stages = [{"delay": {"duration": "60ms"}}, {"echo": {"message": "${a}"}}, {"delay": {"duration": "60ms"}}]
    started = []
    for ending in ({"noop": {}}, {"fail": {"message": "${a} broke"}}):
        flow = probe.answered("createWorkflow", body={"stages": [*stages, ending, {"noop": {}}]})
        run = probe.answered("runWorkflow", flowId=flow["id"], body={"a": "x"}) if flow else None
        started += [{"flowId": flow["id"], "runId": run["id"]}] if flow and run else []
    # The last look comes when every run must be over.
    for pause in (*[0.03] * 6, probe.observer.tolerances.lateness, 0.0):
        for ids in started:
            probe.call("getWorkflowOccurrence", **ids)
            probe.call("listRuns", flowId=ids["flowId"])
        probe.target.sleep(pause)


def test_stage_counts(probe: Probe) -> None:
    """Workflows of no, few and many stages, and of empty stage objects, come back whole and run."""
    for count in (*range(13), 65, 129):
        for stage in ({"noop": {}}, {}):
            body = {"stages": [dict(stage) for _ in range(count)]}
            flow = probe.answered("createWorkflow", body=body)
            if flow:
                probe.call("getFlow", flowId=flow["id"])
                probe.call("runWorkflow", flowId=flow["id"], query="wait=true")
                probe.call("listRuns", flowId=flow["id"])
    probe.call("listFlows")


def test_ids_of_other_things(probe: Probe) -> None:
    """Neither an occurrence's id nor a workflow's is a run's, and a cursor belongs to its workflow."""
    flows = [
        probe.answered("createWorkflow", body={"stages": [{"noop": {}}, {"noop": {}}]}) for _ in range(2)
    ]
    ids = [flow["id"] for flow in flows if flow]
    pages = []
    for flow_id in ids:
        for _ in range(3):
            run = probe.answered("runWorkflow", query="wait=true", flowId=flow_id)
            statuses = run.get("statuses") if run else None
            others = [s.get("occurrenceID") for s in statuses or () if isinstance(s, dict)]
            for other in [*others, *ids]:
                if isinstance(other, str):
                    probe.call("getWorkflowOccurrence", flowId=flow_id, runId=other)
        pages.append(probe.answered("listRuns", query="pageSize=1", flowId=flow_id))
    for flow_id, page in zip(ids, reversed(pages), strict=True):
        cursor = page.get("next") if isinstance(page, dict) else None
        if isinstance(cursor, str):
            probe.call("listRuns", query=f"cursor={quote(cursor, safe='')}", flowId=flow_id)


def test_pages_while_runs_are_added(probe: Probe) -> None:
    """A walk meets every run that was there at its start, however many start meanwhile."""
    flow = probe.answered("createWorkflow", body={"stages": [{"noop": {}}, {"fail": {"message": "no"}}]})
    if not flow:
        return
    for count in (0, 1, 2, 5, 16):
        for _ in range(count):
            probe.call("runWorkflow", flowId=flow["id"])
            # Each number of runs once: pages end before, at and after it.
            for size in (1, 4, 15):
                probe.call("listRuns", query=f"pageSize={size}", flowId=flow["id"])
        walk_pages(probe, flow["id"], size=3, between=lambda: probe.call("runWorkflow", flowId=flow["id"]))
        walk_pages(probe, flow["id"], size=1000)
