"""What stages do: each kind, its parameters, its variables, its errors; alone and after one another."""

import pytest

from flowgauge.contract.probe import Probe
from flowgauge.contract.session import ContractSession
from flowgauge.contract.stage_cases import MONEY_STAGES, STAGES, VARIABLES
from flowgauge.contract.target import Capability

pytestmark = pytest.mark.writes


def test_each_stage_alone(probe: Probe, contract: ContractSession) -> None:
    """A run of one stage ends as it must, with the variables and without them."""
    if reason := contract.needs("stage kinds", Capability.STAGE_KINDS):
        pytest.skip(reason)
    for stage in STAGES:
        _run(probe, [stage])


def test_money_stages(probe: Probe, contract: ContractSession) -> None:
    """Well-formed payments end well; sent only where nobody's money can move."""
    if reason := contract.needs("payin and payout", Capability.STAGE_KINDS, Capability.EXCLUSIVE):
        pytest.skip(reason)
    for stage in MONEY_STAGES:
        _run(probe, [stage, {"noop": {}}])


def test_a_failure_ends_the_run(probe: Probe, contract: ContractSession) -> None:
    """What comes after a failed stage never begins."""
    if reason := contract.needs("stage kinds", Capability.STAGE_KINDS):
        pytest.skip(reason)
    for stage in STAGES:
        _run(probe, [{"noop": {}}, stage, {"echo": {"message": "after"}}])


def _run(probe: Probe, stages: list[dict[str, object]]) -> None:
    flow = probe.answered("createWorkflow", body={"stages": stages})
    for variables in VARIABLES if flow else ():
        run = probe.answered("runWorkflow", query="wait=true", body=variables, flowId=flow["id"])
        if run:
            probe.call("getWorkflowOccurrence", flowId=flow["id"], runId=run["id"])
