"""The edition's world: seven operations on workflows and their runs."""

from collections.abc import Mapping
from random import Random
from typing import Any

from flowgauge import __version__
from flowgauge.editions.run_world import DEFAULT_PAGE_SIZE, RunWorld
from flowgauge.editions.v0.edition import edition
from flowgauge.editions.v0.world.inputs import FlowInputs
from flowgauge.editions.v0.world.stages import STAGE_KINDS
from flowgauge.editions.v0.world.views import Views
from flowgauge.editions.v2.world.store import StoredInstance, StoredWorkflow
from flowgauge.reference.world.auth import Access
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.pages import InvalidCursor, Place, page_at, place_of
from flowgauge.reference.world.world import RoutedRequest

__all__ = ["FlowWorld"]


class FlowWorld(RunWorld):
    """A server of the orchestration API without a socket. Its methods are the steps of an answer."""

    inputs: FlowInputs

    def __init__(self, access: Access, random: Random) -> None:
        super().__init__(edition().document, access, random, STAGE_KINDS)
        self.inputs = FlowInputs()
        self.views = Views()
        self.answers |= {
            "orchestrationgetServerInfo": self.server_info,
            "listFlows": self.list_flows,
            "createWorkflow": self.create_workflow,
            "getFlow": self.get_flow,
            "listRuns": self.list_runs,
            "runWorkflow": self.run_workflow,
            "getWorkflowOccurrence": self.get_occurrence,
        }

    @property
    def flows(self) -> dict[str, StoredWorkflow]:
        """All workflows by id, oldest first."""
        return self.store.workflows

    # -- the operations

    def server_info(self, call: RoutedRequest) -> Reply:  # noqa: ARG002 - one signature for all operations
        return self.ok({"version": __version__})

    def list_flows(self, call: RoutedRequest) -> Reply:  # noqa: ARG002 - the same
        return self.ok({"data": [self.views.flow(flow) for flow in self.listed_flows()]})

    def create_workflow(self, call: RoutedRequest) -> Reply:
        flow = self.new_flow(self.inputs.stages_of(self.inputs.json_body(call.request)), call.now)
        self.keep_flow(flow)
        return self.created({"data": self.views.flow(flow)})

    def get_flow(self, call: RoutedRequest) -> Reply:
        return self.ok({"data": self.views.flow(self.flow_of(call))})

    def list_runs(self, call: RoutedRequest) -> Reply:
        flow = self.flow_of(call)
        page = page_at(self.listed_runs(flow), self.place(call, flow))
        return self.ok({"cursor": self.views.page(page, call.now)})

    def run_workflow(self, call: RoutedRequest) -> Reply:
        flow = self.flow_of(call)
        wait = self.inputs.wait_of(self.inputs.query(call.request))
        variables = self.inputs.variables_of(self.inputs.json_body(call.request))
        run = self.new_run(flow, variables, call.now)
        self.keep_run(flow, run)
        due = self.wait_due(run, call.now) if wait else call.now
        return self.created({"data": self.views.run(run, due)}, due=due if wait else None)

    def get_occurrence(self, call: RoutedRequest) -> Reply:
        return self.ok({"data": self.views.run(self.run_of(call), call.now)})

    # -- their steps

    def place(self, call: RoutedRequest, flow: StoredWorkflow) -> Place:
        """Where the page that was asked for begins."""
        query = self.inputs.query(call.request)
        size, cursor = self.inputs.page_size_of(query), self.inputs.single(query, "cursor")
        count = len(self.listed_runs(flow))
        if cursor is None:
            return Place(flow.id, "older", count, size or DEFAULT_PAGE_SIZE)
        try:
            place = place_of(cursor, flow.id, count)
        except InvalidCursor as error:
            raise Refused(400, f"cursor: {error}") from None
        # The cursor knows its page size; one given beside it wins.
        return Place(flow.id, place.direction, place.index, size or place.size)

    def new_flow(self, stages: list[dict[str, Any]], now: float) -> StoredWorkflow:
        return StoredWorkflow(self.store.next_number(), self.new_id(), {"stages": stages}, now)

    def keep_flow(self, flow: StoredWorkflow) -> None:
        self.flows[flow.id] = flow

    def listed_flows(self) -> list[StoredWorkflow]:
        """All workflows, newest first."""
        return [flow for flow in reversed(self.flows.values()) if not flow.is_deleted]

    def flow_of(self, call: RoutedRequest) -> StoredWorkflow:
        flow = self.flows.get(call.ids["flowId"])
        if flow is None or flow.is_deleted:
            raise Refused(404, "no such workflow")
        return flow

    def new_run(self, flow: StoredWorkflow, variables: Mapping[str, str], now: float) -> StoredInstance:
        number, kinds = self.store.next_number(), self.store.kinds
        return StoredInstance(number, self.new_id(), flow, variables, now, kinds)

    def keep_run(self, flow: StoredWorkflow, run: StoredInstance) -> None:  # noqa: ARG002 - who keeps it where
        self.store.keep_instance(run)

    def listed_runs(self, flow: StoredWorkflow) -> list[StoredInstance]:
        """The workflow's runs, oldest first."""
        return self.store.instances_of.get(flow.id, [])

    def run_of(self, call: RoutedRequest) -> StoredInstance:
        flow, run = self.flow_of(call), self.store.instances.get(call.ids["runId"])
        if run is None or run.workflow.id != flow.id:
            raise Refused(404, "no such run of this workflow")
        return run

    def wait_due(self, run: StoredInstance, now: float) -> float:
        return max(run.stands_still, now)
