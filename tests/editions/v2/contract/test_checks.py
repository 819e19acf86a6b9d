"""What is found on edition v2's own world, call by call, and what is not found twice."""

import pytest

from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.editions import contract_part, world_part


class Asked:
    """A probe on the world with some faults, and what was wrong with all that was asked."""

    def __init__(self, *faults: str) -> None:
        part = contract_part("v2")
        target = WorldTarget(world_part("v2"), faults=faults)
        self.probe = Probe(target, Recorder(target.url, part.edition, part.findings), part)

    @property
    def found(self) -> set[tuple[str, str]]:
        return {(finding.id, finding.operation) for finding in self.probe.recorder.findings()}


def test_what_came_of_a_deleted_workflow_is_one_finding() -> None:
    asked = Asked("deleted-workflow-runs")
    workflow = asked.probe.ordinary("workflow")
    assert workflow is not None
    asked.probe.call("v2DeleteWorkflow", workflow.ids)
    asked.probe.call("v2RunWorkflow", workflow.ids)
    asked.probe.call("v2ListInstances")
    assert asked.found == {("FG-212", "v2RunWorkflow")}


def test_what_nobody_made_is_found_on_the_list_of_all() -> None:
    asked = Asked("test-starts-an-instance")
    trigger = asked.probe.ordinary("trigger")
    assert trigger is not None
    asked.probe.call("testTrigger", trigger.ids, body={})
    asked.probe.call("v2ListInstances")
    assert ("FG-208", "v2ListInstances") in asked.found


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("running-filter-ignored", ("FG-506", "v2ListInstances")),
        ("workflow-filter-ignored", ("FG-506", "v2ListInstances")),
        ("history-unfinished", ("FG-422", "v2GetInstanceHistory")),
        ("wrong-workflow-id", ("FG-206", "v2RunWorkflow")),
        ("over-too-soon", ("FG-410", "v2RunWorkflow")),
        ("never-over", ("FG-401", "v2RunWorkflow")),
        ("failure-without-error", None),
    ],
)
def test_an_instance_that_ends_well_shows_what_is_wrong_with_it(
    fault: str, finding: tuple[str, str] | None
) -> None:
    asked = Asked(fault)
    workflows = [
        asked.probe.made("workflow", body={"stages": [{"delay": {"duration": "1s"}}]}) for _ in range(2)
    ]
    for workflow in workflows:
        assert workflow is not None
        for query in ("wait=true", ""):
            instance = asked.probe.made("instance", workflow.ids, query=query)
            if instance is not None:
                asked.probe.call("v2GetInstance", instance.ids)
                asked.probe.call("v2GetInstanceHistory", instance.ids)
        for query in (f"workflowID={workflow.id}", "running=true"):
            asked.probe.call("v2ListInstances", query=query)
    assert asked.found == set() if finding is None else finding in asked.found
