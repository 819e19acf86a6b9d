"""Time, with repeats: waiting waits, not waiting does not, nothing has a slow tail."""

from flowgauge.contract.latency import check_tail
from flowgauge.contract.probe import Probe, existing_ids
from flowgauge.spec import operations


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


def test_no_slow_tail(probe: Probe) -> None:
    """Every operation, again and again."""
    probe.reset()
    ids = existing_ids(probe)
    for operation in operations():
        if set(operation.path_parameters) <= set(ids):
            check_tail(probe, operation.id, 15, **{name: ids[name] for name in operation.path_parameters})
