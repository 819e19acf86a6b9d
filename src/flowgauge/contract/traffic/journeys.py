"""Journeys: a Hypothesis machine that uses the API as clients do, begun from two workflows and a run.

The rules only choose what to do next; what is right is the observer's business. Two workflows from the start
make mixing them up possible at once, and longer runs than the default let finished stages un-finish.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from flowgauge.contract.probe import Probe
from flowgauge.contract.targets.target import Capability
from flowgauge.contract.traffic.page_walk import walk_pages
from flowgauge.contract.traffic.strategies import configs, runnable_configs, variables

__all__ = ["journeys_of"]

# Long enough for a run to be seen on its way, short enough to wait for on a real clock.
ON_ITS_WAY = {"stages": [{"echo": {"message": "${a}"}}, {"delay": {"duration": "40ms"}}, {"noop": {}}]}
LONGEST_PAUSE_MS = 60

# Which of the workflows or runs so far: taken modulo their number.
_places = st.integers(0, 40)


class Journeys(RuleBasedStateMachine):
    """One journey; `probe` is set by `journeys_of`."""

    probe: Probe

    @initialize()
    def begin(self) -> None:
        """Two workflows, a run of the first."""
        self.probe.reset()
        # A place for each attempt, None where it failed: what is drawn next must not depend on what the
        # server answers, or an unsteady server would look to Hypothesis like an unsteady test.
        self.flows: list[str | None] = []
        self.runs: list[tuple[str, str] | None] = []
        for config in (ON_ITS_WAY, {"stages": [{"fail": {"message": "no ${a}"}}, {"noop": {}}]}):
            self._create(config)
        self._run(0, {"a": "b"}, wait="")

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

    @rule(place=_places)
    def read_flow(self, place: int) -> None:
        """Any workflow may be read at any time."""
        if flow_id := self.flows[place % len(self.flows)]:
            self.probe.call("getFlow", flowId=flow_id)

    @rule(place=_places, given=variables() | st.none(), wait=st.sampled_from(["", "wait=true", "wait=false"]))
    def run(self, place: int, given: dict[str, str] | None, wait: str) -> None:
        """Start a run, with or without waiting for it."""
        self._run(place, given, wait=wait)

    @rule(place=_places)
    def read_run(self, place: int) -> None:
        """Any run may be read at any time."""
        if ids := self.runs[place % len(self.runs)]:
            self.probe.call("getWorkflowOccurrence", flowId=ids[0], runId=ids[1])

    @rule(place=_places, other=_places)
    def read_run_of_another_flow(self, place: int, other: int) -> None:
        """A run is nobody else's."""
        ids, flow_id = self.runs[place % len(self.runs)], self.flows[other % len(self.flows)]
        if ids and flow_id and flow_id != ids[0]:
            self.probe.call("getWorkflowOccurrence", flowId=flow_id, runId=ids[1])

    @rule(place=_places, size=st.sampled_from(["", "pageSize=1", "pageSize=2", "pageSize=1000"]))
    def list_runs(self, place: int, size: str) -> None:
        """The first page is checked against all that was started."""
        if flow_id := self.flows[place % len(self.flows)]:
            self.probe.call("listRuns", query=size, flowId=flow_id)

    @rule(place=_places, size=st.integers(1, 3))
    def walk(self, place: int, size: int) -> None:
        """A walk over the pages meets every run once."""
        if ids := self.runs[place % len(self.runs)]:
            walk_pages(self.probe, ids[0], size=size)

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
        flow_id = data.get("id") if isinstance(data, dict) else None
        if flow_id in self.probe.knowledge.flows:
            self.probe.call("getFlow", flowId=flow_id)
            self.flows.append(flow_id)
        else:
            self.flows.append(None)

    def _run(self, place: int, given: dict[str, str] | None, *, wait: str) -> None:
        flow_id = self.flows[place % len(self.flows)]
        data = self.probe.answered("runWorkflow", query=wait, body=given, flowId=flow_id) if flow_id else None
        run_id = data.get("id") if isinstance(data, dict) else None
        is_known = flow_id and isinstance(run_id, str) and self.probe.knowledge.run(flow_id, run_id)
        self.runs.append((str(flow_id), str(run_id)) if is_known else None)


def journeys_of(probe: Probe) -> type[Journeys]:
    """The machine on this target."""
    return type("Journeys", (Journeys,), {"probe": probe})
