"""One pass that never resets, past the 256th create and the 256th run, checked at the end."""

import pytest

from flowgauge.contract.pages import walk_pages
from flowgauge.contract.probe import Probe

pytestmark = pytest.mark.writes

MANY = 260


def test_many_flows_and_runs(probe: Probe) -> None:
    """Every workflow and every run is still there, once, whatever the page size."""
    probe.reset()
    flow = probe.answered("createWorkflow", body={"stages": [{"noop": {}}]})
    for number in range(MANY):
        probe.call("createWorkflow", body={"stages": [{"echo": {"message": f"number {number}"}}]})
        if flow:
            probe.call("runWorkflow", flowId=flow["id"])
    probe.call("listFlows")
    for known in list(probe.knowledge.flows.values()):
        probe.call("getFlow", flowId=known.id)
    if flow:
        for size in (1000, 100, 15, 7):
            walk_pages(probe, flow["id"], size=size)
