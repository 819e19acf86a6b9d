"""Time, with repeats: waiting waits, not waiting does not, nothing has a slow tail."""

import pytest

from flowgauge.contract.probe import Probe, existing_ids
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.targets.target import Capability
from flowgauge.contract.traffic.latency import check_tail, check_waiting
from flowgauge.openapi.v0_shim import operations

RUN = ("runWorkflow",)


def test_wait_and_no_wait(probe: Probe) -> None:
    """A run of 1.2 s is answered at once without `wait`, and when it is over with it."""
    flow = probe.answered(
        "createWorkflow", body={"stages": [{"delay": {"duration": "1200ms"}}, {"noop": {}}]}
    )
    if not flow:
        return
    for query in ("", "wait=false", "wait=true"):
        data = probe.answered("runWorkflow", query=query, flowId=flow["id"])
        if data:
            probe.call("getWorkflowOccurrence", flowId=flow["id"], runId=data["id"])


@pytest.mark.writes
def test_waiting_takes_no_longer_than_the_run(probe: Probe, contract: ContractSession) -> None:
    """Short runs, started with and without waiting; the fastest of a few starts counts."""
    if reason := contract.needs("stage kinds", Capability.STAGE_KINDS, operations=RUN):
        pytest.skip(reason)
    check_waiting(probe)


def test_no_slow_tail(probe: Probe) -> None:
    """Every operation, again and again."""
    probe.reset()
    ids = existing_ids(probe)
    for operation in operations():
        if set(operation.path_parameters) <= set(ids):
            check_tail(probe, operation.id, 15, **{name: ids[name] for name in operation.path_parameters})
