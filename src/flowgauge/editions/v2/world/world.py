"""The edition's world: eighteen operations on workflows, their instances and triggers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from random import Random
from typing import Any, TypeVar

from flowgauge import __version__
from flowgauge.editions.run_world import DEFAULT_PAGE_SIZE, RunWorld, page_view
from flowgauge.editions.v2.edition import edition
from flowgauge.editions.v2.world.inputs import InstanceInputs
from flowgauge.editions.v2.world.listing import Filters, Numbered, filters_of, first_place, page_of
from flowgauge.editions.v2.world.stages import STAGE_KINDS
from flowgauge.editions.v2.world.store import StoredInstance, StoredTrigger, StoredWorkflow
from flowgauge.editions.v2.world.testing import TriggerTester
from flowgauge.editions.v2.world.views import InstanceViews
from flowgauge.openapi import Document
from flowgauge.reference.world.auth import Access
from flowgauge.reference.world.inputs import Query, Refused
from flowgauge.reference.world.message import JSON_HEADERS, Reply
from flowgauge.reference.world.pages import InvalidCursor, Place
from flowgauge.reference.world.wire import encoded
from flowgauge.reference.world.world import RoutedRequest

__all__ = ["InstanceWorld"]

N = TypeVar("N", bound=Numbered)
_CODES = {404: "NOT_FOUND", 500: "INTERNAL"}


class InstanceWorld(RunWorld):
    """A server of the API's second version without a socket. Its methods are the steps of an answer."""

    inputs: InstanceInputs

    def __init__(self, access: Access, random: Random, document: Document | None = None) -> None:
        super().__init__(document or edition().document, access, random, STAGE_KINDS)
        self.inputs = InstanceInputs()
        self.views = InstanceViews()
        self.tester = TriggerTester()
        self.answers |= {
            "v2GetServerInfo": self.server_info,
            "v2ListWorkflows": self.list_workflows,
            "v2CreateWorkflow": self.create_workflow,
            "v2GetWorkflow": self.get_workflow,
            "v2DeleteWorkflow": self.delete_workflow,
            "v2RunWorkflow": self.run_workflow,
            "v2ListInstances": self.list_instances,
            "v2GetInstance": self.get_instance,
            "v2SendEvent": self.send_event,
            "v2CancelEvent": self.abort,
            "v2GetInstanceHistory": self.get_history,
            "v2GetInstanceStageHistory": self.get_stage_history,
            "v2ListTriggers": self.list_triggers,
            "v2CreateTrigger": self.create_trigger,
            "v2ReadTrigger": self.read_trigger,
            "v2DeleteTrigger": self.delete_trigger,
            "testTrigger": self.test_trigger,
            "v2ListTriggersOccurrences": self.list_occurrences,
        }

    # -- errors

    def refusal(self, refused: Refused) -> Reply:
        code = self.error_code(refused.status)
        body = {**self.error_body(refused.message), "errorCode": code}
        return Reply(refused.status, JSON_HEADERS + refused.headers, encoded(body))

    def error_code(self, status: int) -> str:
        return _CODES.get(status, "VALIDATION")

    # -- workflows

    def server_info(self, call: RoutedRequest) -> Reply:  # noqa: ARG002 - one signature for all operations
        return self.ok({"version": __version__})

    def list_workflows(self, call: RoutedRequest) -> Reply:
        return self.listed(call, "workflows", {}, lambda _: self.listed_workflows(), self.views.workflow)

    def create_workflow(self, call: RoutedRequest) -> Reply:
        workflow = self.new_workflow(self.inputs.config_of(self.inputs.json_body(call.request)), call.now)
        self.keep_workflow(workflow)
        return self.created({"data": self.views.workflow(workflow)})

    def get_workflow(self, call: RoutedRequest) -> Reply:
        return self.ok({"data": self.views.workflow(self.workflow_of(call.ids["flowId"]))})

    def delete_workflow(self, call: RoutedRequest) -> Reply:
        self.drop_workflow(self.workflow_of(call.ids["flowId"]))
        return self.done()

    # -- instances

    def run_workflow(self, call: RoutedRequest) -> Reply:
        workflow = self.workflow_of(call.ids["workflowID"])
        wait = self.inputs.flag_of(self.inputs.query(call.request), "wait")
        variables = self.inputs.variables_of(self.inputs.json_body(call.request))
        instance = self.new_instance(workflow, variables, call.now)
        self.keep_instance(instance)
        due = self.wait_due(instance, call.now) if wait else call.now
        return self.created({"data": self.views.instance(instance, due)}, due=due if wait else None)

    def list_instances(self, call: RoutedRequest) -> Reply:
        query = self.inputs.query(call.request)
        running, workflow = self.inputs.flag_of(query, "running"), self.inputs.single(query, "workflowID")
        filters = {} if workflow is None else {"workflowID": workflow}
        filters |= {} if running is None else {"running": str(running).lower()}

        def shown(instance: StoredInstance) -> dict[str, Any]:
            return self.views.instance(instance, call.now)

        return self.listed(
            call, "instances", filters, lambda asked: self.listed_instances(asked, call.now), shown
        )

    def get_instance(self, call: RoutedRequest) -> Reply:
        return self.ok({"data": self.views.read_instance(self.instance_of(call), call.now)})

    def send_event(self, call: RoutedRequest) -> Reply:
        instance = self.instance_of(call)
        name = self.inputs.event_name_of(self.inputs.json_body(call.request))
        self.take_event(instance, name, call.now)
        return self.done()

    def abort(self, call: RoutedRequest) -> Reply:
        self.stop(self.instance_of(call), call.now)
        return self.done()

    def get_history(self, call: RoutedRequest) -> Reply:
        return self.ok({"data": self.views.history(self.instance_of(call), call.now)})

    def get_stage_history(self, call: RoutedRequest) -> Reply:
        instance, number = self.instance_of(call), call.ids["number"]
        if not number.isascii() or not number.isdecimal():
            raise Refused(400, "number: must be an integer from 0 on")
        # What is left without its zeros at the front is not read as a number: it may be longer than any.
        begun = {str(step.stage) for step in self.views.begun(instance, call.now)}
        if (number.lstrip("0") or "0") not in begun:
            raise Refused(404, "no stage of that number has begun")
        return self.ok({"data": []})

    # -- triggers

    def list_triggers(self, call: RoutedRequest) -> Reply:
        name = self.inputs.single(self.inputs.query(call.request), "name")
        filters = {} if name is None else {"name": name}
        return self.listed(call, "triggers", filters, self.listed_triggers, self.views.trigger)

    def create_trigger(self, call: RoutedRequest) -> Reply:
        data = self.inputs.trigger_of(self.inputs.json_body(call.request))
        self.workflow_of(data["workflowID"])
        trigger = self.new_trigger(data, call.now)
        self.keep_trigger(trigger)
        return self.created({"data": self.views.trigger(trigger)})

    def read_trigger(self, call: RoutedRequest) -> Reply:
        return self.ok({"data": self.views.trigger(self.trigger_of(call))})

    def delete_trigger(self, call: RoutedRequest) -> Reply:
        self.drop_trigger(self.trigger_of(call))
        return self.done()

    def test_trigger(self, call: RoutedRequest) -> Reply:
        trigger = self.trigger_of(call)
        event = self.inputs.event_of(self.inputs.json_body(call.request))
        return self.ok({"data": self.tester.result(trigger, event)})

    def list_occurrences(self, call: RoutedRequest) -> Reply:
        """Nothing here publishes events, so no trigger has ever started anything."""
        self.trigger_of(call)
        return self.listed_nothing(call)

    # -- their steps

    def done(self) -> Reply:
        return Reply(204, (), b"")

    def listed(
        self,
        call: RoutedRequest,
        of: str,
        filters: Filters,
        things: Callable[[Filters], Iterable[N]],
        show: Callable[[N], dict[str, Any]],
    ) -> Reply:
        place, filters = self.place(self.inputs.query(call.request), of, filters)
        return self.ok({"cursor": page_view(page_of(things(filters), place), show)})

    def listed_nothing(self, call: RoutedRequest) -> Reply:
        nothing: tuple[StoredTrigger, ...] = ()
        of = f"occurrences of {call.ids['triggerID']}"
        return self.listed(call, of, {}, lambda _: nothing, self.views.trigger)

    def place(self, query: Query, of: str, filters: Filters) -> tuple[Place, Filters]:
        """Where the page that was asked for begins, and what its list leaves out: a cursor knows both."""
        size, cursor = self.inputs.page_size_of(query), self.inputs.single(query, "cursor")
        if not cursor:
            return first_place(of, filters, size or DEFAULT_PAGE_SIZE, self.store.made), filters
        try:
            return filters_of(cursor, of)
        except InvalidCursor as error:
            raise Refused(400, f"cursor: {error}") from None

    def new_workflow(self, config: Mapping[str, Any], now: float) -> StoredWorkflow:
        return StoredWorkflow(self.store.next_number(), self.new_id(), config, now)

    def keep_workflow(self, workflow: StoredWorkflow) -> None:
        self.store.workflows[workflow.id] = workflow

    def drop_workflow(self, workflow: StoredWorkflow) -> None:
        self.store.workflows[workflow.id] = replace(workflow, is_deleted=True)

    def listed_workflows(self) -> list[StoredWorkflow]:
        """Oldest first, as all lists here."""
        return [workflow for workflow in self.store.workflows.values() if not workflow.is_deleted]

    def workflow_of(self, some_id: str) -> StoredWorkflow:
        workflow = self.store.workflows.get(some_id)
        if workflow is None or workflow.is_deleted:
            raise Refused(404, "no such workflow")
        return workflow

    def new_instance(
        self, workflow: StoredWorkflow, variables: Mapping[str, str], now: float
    ) -> StoredInstance:
        number, kinds = self.store.next_number(), self.store.kinds
        return StoredInstance(number, self.new_id(), workflow, variables, now, kinds)

    def keep_instance(self, instance: StoredInstance) -> None:
        self.store.keep_instance(instance)

    def listed_instances(self, filters: Filters, now: float) -> list[StoredInstance]:
        workflow, running = filters.get("workflowID"), filters.get("running")
        all_of_it = (
            self.store.instances.values() if workflow is None else self.store.instances_of.get(workflow, ())
        )
        return [
            instance
            for instance in all_of_it
            if running is None or (instance.ends > now) == (running == "true")
        ]

    def instance_of(self, call: RoutedRequest) -> StoredInstance:
        instance = self.store.instances.get(call.ids["instanceID"])
        if instance is None:
            raise Refused(404, "no such instance")
        return instance

    def wait_due(self, instance: StoredInstance, now: float) -> float:
        return max(instance.stands_still, now)

    def take_event(self, instance: StoredInstance, name: str, now: float) -> None:
        """The stage that waits for it ends; nobody keeps an event that no stage waits for."""
        waiting = instance.waiting(now)
        if waiting is not None and waiting.event == name:
            instance.came[waiting.stage] = now
            instance.go_on()

    def stop(self, instance: StoredInstance, now: float) -> None:
        if instance.ends > now:
            instance.aborted = now
            instance.go_on()

    def new_trigger(self, data: Mapping[str, Any], now: float) -> StoredTrigger:
        return StoredTrigger(self.store.next_number(), self.new_id(), data, now)

    def keep_trigger(self, trigger: StoredTrigger) -> None:
        self.store.triggers[trigger.id] = trigger

    def drop_trigger(self, trigger: StoredTrigger) -> None:
        del self.store.triggers[trigger.id]

    def listed_triggers(self, filters: Filters) -> list[StoredTrigger]:
        name = filters.get("name")
        return [each for each in self.store.triggers.values() if name in {None, each.data.get("name")}]

    def trigger_of(self, call: RoutedRequest) -> StoredTrigger:
        trigger = self.store.triggers.get(call.ids["triggerID"])
        if trigger is None:
            raise Refused(404, "no such trigger")
        return trigger
