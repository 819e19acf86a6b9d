"""What stages do: each kind, its parameters, its variables, its errors; alone and after one another."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.targets.target import Capability
from flowgauge.contract.traffic.stage_cases import LONG_STAGES, MONEY_STAGES, STAGES, VARIABLES
from flowgauge.contract.traffic.unusual import unusual_variables

pytestmark = pytest.mark.writes
RUN = ("runWorkflow",)


def test_each_stage_alone(probe: Probe, contract: ContractSession) -> None:
    """A run of one stage ends as it must, with the variables and without them."""
    if reason := contract.needs("stage kinds", Capability.STAGE_KINDS, operations=RUN):
        pytest.skip(reason)
    for stage in STAGES:
        _run(probe, [stage])


def test_long_delays(probe: Probe, contract: ContractSession) -> None:
    """Days are waited for where the clock is virtual."""
    if reason := contract.needs(
        "long delays", Capability.STAGE_KINDS, Capability.VIRTUAL_CLOCK, operations=RUN
    ):
        pytest.skip(reason)
    for stage in LONG_STAGES:
        _run(probe, [{"noop": {}}, stage, {"echo": {"message": "after"}}])


def test_money_stages(probe: Probe, contract: ContractSession) -> None:
    """Well-formed payments end well; sent only where nobody's money can move."""
    if reason := contract.needs(
        "payin and payout", Capability.STAGE_KINDS, Capability.EXCLUSIVE, operations=RUN
    ):
        pytest.skip(reason)
    for stage in MONEY_STAGES:
        _run(probe, [stage, {"noop": {}}])


def test_a_failure_ends_the_run(probe: Probe, contract: ContractSession) -> None:
    """What comes after a failed stage never begins."""
    if reason := contract.needs("stage kinds", Capability.STAGE_KINDS, operations=RUN):
        pytest.skip(reason)
    for stage in STAGES:
        _run(probe, [{"delay": {"duration": "10ms"}}, stage, {"echo": {"message": "after"}}])


def test_unusual_variables(probe: Probe, contract: ContractSession) -> None:
    """Whatever a variable is called or holds stands in the message, as it was given."""
    if reason := contract.needs("stage kinds", Capability.STAGE_KINDS, operations=RUN):
        pytest.skip(reason)
    for variables in unusual_variables():
        for name in list(variables)[-1:]:
            flow = probe.answered(
                "createWorkflow", body={"stages": [{"fail": {"message": f"<${{{name}}}>"}}]}
            )
            if flow:
                probe.call("runWorkflow", query="wait=true", body=variables, flowId=flow["id"])


def test_delay_until(probe: Probe, contract: ContractSession) -> None:
    """A delay until an instant ends then, whichever zone it is written in."""
    if reason := contract.needs("stage kinds", Capability.STAGE_KINDS, operations=RUN):
        pytest.skip(reason)
    for ahead, zone in ((0.4, UTC), (0.3, timezone(timedelta(hours=-5, minutes=-30))), (-3600.0, UTC)):
        until = datetime.fromtimestamp(probe.target.now() + ahead, zone).isoformat()
        stages = [{"delay": {"until": until}}, {"echo": {"message": "after"}}]
        flow = probe.answered("createWorkflow", body={"stages": stages})
        for query in ("", "wait=true") if flow else ():
            run = probe.answered("runWorkflow", query=query, flowId=flow["id"])
            if run:
                probe.call("getWorkflowOccurrence", flowId=flow["id"], runId=run["id"])


def _run(probe: Probe, stages: list[dict[str, object]]) -> None:
    flow = probe.answered("createWorkflow", body={"stages": stages})
    for variables in VARIABLES if flow else ():
        run = probe.answered("runWorkflow", query="wait=true", body=variables, flowId=flow["id"])
        if run:
            probe.call("getWorkflowOccurrence", flowId=flow["id"], runId=run["id"])
