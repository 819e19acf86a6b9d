"""The edition's fake: workflows and runs that a test creates, looks at, and lets move along."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from flowgauge.edition import Edition
from flowgauge.editions.v0.edition import edition
from flowgauge.editions.v0.faults import FAULTS
from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.store import StoredWorkflow
from flowgauge.errors import UsageError
from flowgauge.openapi import Json
from flowgauge.reference.fake.server import FakeServer
from flowgauge.reference.faults import FaultTable
from flowgauge.reference.world.auth import Access
from flowgauge.reference.world.inputs import MAX_DEPTH, Refused
from flowgauge.reference.world.wire import decoded, encoded

__all__ = ["Fake"]


class Fake(FakeServer[FlowWorld]):
    """A server of the orchestration API that stands nowhere, and lives on a clock of its own."""

    @property
    def edition(self) -> Edition:
        """What the fake is a server of."""
        return edition()

    @property
    def fault_table(self) -> FaultTable[FlowWorld]:
        """The named faults that it can have."""
        return FAULTS

    def new_world(self, access: Access, random: Random) -> FlowWorld:
        """A world without workflows."""
        return FlowWorld(access, random)

    def create_flow(self, stages: Sequence[Mapping[str, Any]] = ()) -> dict[str, Json]:
        """Register a workflow without a request, and show it as the API would. Raises UsageError."""
        world = self.world
        try:
            # As over the wire: a copy, in the very types that JSON has.
            config = decoded(encoded({"stages": list(stages)}), max_depth=MAX_DEPTH)
            flow = world.new_flow(world.inputs.stages_of(config), self.tick())
        except (Refused, ValueError, TypeError) as error:
            raise UsageError(
                f"these are no stages: {error}", hint='a list of objects, [{"noop": {}}]'
            ) from None
        world.flows[flow.id] = flow
        return world.views.flow(flow)

    def create_run(self, flow_id: str, variables: Mapping[str, str] | None = None) -> dict[str, Json]:
        """Start a run without a request, and show it as the API would.

        Raises UsageError for an unknown workflow, and for variables that are no strings.
        """
        flow = self._flow(flow_id)
        try:
            named = self.world.inputs.variables_of(dict(variables or {}))
        except Refused as error:
            raise UsageError(error.message) from None
        run = self.world.new_run(flow, named, self.tick())
        self.world.keep_run(flow, run)
        return self.world.views.run(run, run.started)

    def flows(self) -> list[dict[str, Json]]:
        """All workflows, newest first."""
        return [self.world.views.flow(flow) for flow in reversed(self.world.flows.values())]

    def runs(self, flow_id: str) -> list[dict[str, Json]]:
        """All runs of a workflow as they stand now, newest first. Raises UsageError."""
        return [
            self.world.views.run(run, self.now)
            for run in reversed(self.world.listed_runs(self._flow(flow_id)))
        ]

    def run(self, flow_id: str, run_id: str) -> dict[str, Json]:
        """One run as it stands now. Raises UsageError where it is not there."""
        flow, run = self._flow(flow_id), self.world.store.instances.get(run_id)
        if run is None or run.workflow.id != flow.id:
            raise UsageError(f"the fake has no run {run_id!r} of {flow_id!r}")
        return self.world.views.run(run, self.now)

    def _flow(self, flow_id: str) -> StoredWorkflow:
        flow = self.world.flows.get(flow_id)
        if flow is None:
            raise UsageError(f"the fake has no workflow {flow_id!r}", hint="create_flow() makes one")
        return flow
