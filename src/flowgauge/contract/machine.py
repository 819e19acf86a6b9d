"""Journeys: a Hypothesis machine that uses the API as clients do, begun from two workflows and a run.

The rules only choose what to do next; what is right is the observer's business. Two workflows from the start
make mixing them up possible at once, and longer runs than the default let finished stages un-finish.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from flowgauge.contract.knowledge import FlowRecord
from flowgauge.contract.pages import walk_pages
from flowgauge.contract.probe import Probe
from flowgauge.contract.strategies import configs, runnable_configs, variables
from flowgauge.contract.target import Capability

__all__ = ["journeys_of"]

# Long enough for a run to be seen on its way, short enough to wait for on a real clock.
ON_ITS_WAY = {"stages": [{"echo": {"message": "${a}"}}, {"delay": {"duration": "40ms"}}, {"noop": {}}]}
LONGEST_PAUSE_MS = 60


class Journeys(RuleBasedStateMachine):
    """One journey; `probe` is set by `journeys_of`."""

    probe: Probe

    @initialize()
    def begin(self) -> None:
        """Two workflows, a run of the first."""
        self.probe.reset()
        self.flows: list[str] = []
        self.runs: list[tuple[str, str]] = []
        for config in (ON_ITS_WAY, {"stages": [{"fail": {"message": "no ${a}"}}, {"noop": {}}]}):
            self._create(config)
        if self.flows:
            self._run(self.flows[0], {"a": "b"}, wait="")

    @rule(config=configs() | runnable_configs())
    def create(self, config: dict[str, Any]) -> None:
        """Create, and read back."""
        self._create(config)

    @rule()
    def create_without_body(self) -> None:
        """The contract calls the body optional."""
        self._create(None)

    @rule()
    def list_flows(self) -> None:
        """The list is checked against all that was created."""
        self.probe.call("listFlows")

    @precondition(lambda self: self.flows)
    @rule(data=st.data())
    def read_flow(self, data: st.DataObject) -> None:
        """Any workflow may be read at any time."""
        self.probe.call("getFlow", flowId=self._any_flow(data).id)

    @precondition(lambda self: self.flows)
    @rule(
        data=st.data(), given=variables() | st.none(), wait=st.sampled_from(["", "wait=true", "wait=false"])
    )
    def run(self, data: st.DataObject, given: dict[str, str] | None, wait: str) -> None:
        """Start a run, with or without waiting for it."""
        self._run(self._any_flow(data).id, given, wait=wait)

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def read_run(self, data: st.DataObject) -> None:
        """Any run may be read at any time."""
        flow_id, run_id = data.draw(st.sampled_from(self.runs))
        self.probe.call("getWorkflowOccurrence", flowId=flow_id, runId=run_id)

    @precondition(lambda self: self.runs and len(self.flows) > 1)
    @rule(data=st.data())
    def read_run_of_another_flow(self, data: st.DataObject) -> None:
        """A run is nobody else's."""
        flow_id, run_id = data.draw(st.sampled_from(self.runs))
        other = data.draw(st.sampled_from([flow for flow in self.flows if flow != flow_id]))
        self.probe.call("getWorkflowOccurrence", flowId=other, runId=run_id)

    @precondition(lambda self: self.flows)
    @rule(data=st.data(), size=st.sampled_from(["", "pageSize=1", "pageSize=2", "pageSize=1000"]))
    def list_runs(self, data: st.DataObject, size: str) -> None:
        """The first page is checked against all that was started."""
        self.probe.call("listRuns", query=size, flowId=self._any_flow(data).id)

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), size=st.integers(1, 3))
    def walk(self, data: st.DataObject, size: int) -> None:
        """A walk over the pages meets every run once."""
        flow_id, _ = data.draw(st.sampled_from(self.runs))
        walk_pages(self.probe, flow_id, size=size)

    @rule(milliseconds=st.integers(1, LONGEST_PAUSE_MS))
    def let_time_pass(self, milliseconds: int) -> None:
        """Runs move on meanwhile."""
        if self.probe.can(Capability.VIRTUAL_CLOCK):
            # Far more than the longest stage: whatever runs must be over by then.
            self.probe.target.sleep(milliseconds / 10)
        else:
            self.probe.target.sleep(milliseconds / 1000)

    def _create(self, config: dict[str, Any] | None) -> None:
        data = self.probe.answered("createWorkflow", body=config)
        if isinstance(data, dict) and data.get("id") in self.probe.knowledge.flows:
            self.probe.call("getFlow", flowId=data["id"])
            self.flows.append(data["id"])

    def _run(self, flow_id: str, given: dict[str, str] | None, *, wait: str) -> None:
        data = self.probe.answered("runWorkflow", query=wait, body=given, flowId=flow_id)
        if isinstance(data, dict) and self.probe.knowledge.run(flow_id, str(data.get("id"))):
            self.runs.append((flow_id, data["id"]))

    def _any_flow(self, data: st.DataObject) -> FlowRecord:
        return self.probe.knowledge.flows[data.draw(st.sampled_from(self.flows))]


def journeys_of(probe: Probe) -> type[Journeys]:
    """The machine on this target."""
    return type("Journeys", (Journeys,), {"probe": probe})
