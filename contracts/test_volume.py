"""Passes that never reset: past the 256th create and the 256th run, and the 200th call of each operation."""

import pytest

from flowgauge.contract.probe import Probe, existing_ids
from flowgauge.contract.traffic.latency import check_growth, fastest_answers
from flowgauge.contract.traffic.page_walk import walk_pages
from flowgauge.contract.traffic.repetition import read_again

pytestmark = pytest.mark.writes

MANY = 260


def test_many_flows_and_runs(probe: Probe) -> None:
    """Every workflow and run is still there, once, whatever the page size; no operation has slowed down."""
    probe.reset()
    flow = probe.answered("createWorkflow", body={"stages": [{"noop": {}}]})
    run = probe.answered("runWorkflow", flowId=flow["id"]) if flow else None
    ids = {"flowId": flow["id"], "runId": run["id"]} if flow and run else {}
    early = fastest_answers(probe, ids)
    for number in range(MANY):
        probe.call("createWorkflow", body={"stages": [{"echo": {"message": f"number {number}"}}]})
        if flow:
            probe.call("runWorkflow", flowId=flow["id"])
    check_growth(probe, early, fastest_answers(probe, ids))
    probe.call("listFlows")
    for known in list(probe.knowledge.flows.values()):
        probe.call("getFlow", flowId=known.id)
    if flow:
        for size in (1000, 100, 15, 7):
            walk_pages(probe, flow["id"], size=size)


def test_many_calls(probe: Probe) -> None:
    """Operations that only read, again and again on a store that holds little: no call is unlike another."""
    probe.reset()
    read_again(probe, existing_ids(probe))
