"""Faults of state: what was written is not what is read, what is deleted is there, lists are of others."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flowgauge.editions.v2.world.listing import Filters
from flowgauge.editions.v2.world.store import StoredInstance, StoredTrigger, StoredWorkflow
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.faults.rewriting import internal_error
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.wire import timestamp
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest

__all__ = ["SEEDED"]

SEEDED = FaultGroup[InstanceWorld]("seeded")
fault = SEEDED.fault
# How long a create takes; over HTTP, calls that are sent together arrive well within it.
CREATE_SECONDS = 0.02
SLOW_SECONDS = 0.5
CAPACITY = 100


@fault("create-not-persisted", "v2CreateWorkflow", "state", "A workflow is acknowledged and lost.", "FG-209")
def _(world: InstanceWorld) -> None:
    wrap(world.keep_workflow, lambda keep, workflow: None)


@fault("trigger-not-persisted", "v2CreateTrigger", "state", "A trigger is acknowledged and lost.", "FG-209")
def _(world: InstanceWorld) -> None:
    wrap(world.keep_trigger, lambda keep, trigger: None)


@fault("last-stage-dropped", "v2CreateWorkflow", "state", "The last stage is not kept.", "FG-201")
def _(world: InstanceWorld) -> None:
    def shortened(keep: Callable[[StoredWorkflow], None], workflow: StoredWorkflow) -> None:
        config = {**workflow.config, "stages": list(workflow.stages)[:-1]}
        keep(replace(workflow, config=config))

    wrap(world.keep_workflow, shortened)


@fault("name-lost", "v2CreateWorkflow", "state", "The name of a workflow is not kept.", "FG-201")
def _(world: InstanceWorld) -> None:
    def nameless(keep: Callable[[StoredWorkflow], None], workflow: StoredWorkflow) -> None:
        keep(replace(workflow, config={"stages": workflow.stages}))

    wrap(world.keep_workflow, nameless)


@fault("trigger-forgets-filter", "v2CreateTrigger", "state", "The filter of a trigger is not kept.", "FG-201")
def _(world: InstanceWorld) -> None:
    def unfiltered(keep: Callable[[StoredTrigger], None], trigger: StoredTrigger) -> None:
        keep(replace(trigger, data={k: v for k, v in trigger.data.items() if k != "filter"}))

    wrap(world.keep_trigger, unfiltered)


@fault(
    "id-reused", "v2CreateTrigger", "state", "Every second trigger has the id of the one before.", "FG-207"
)
def _(world: InstanceWorld) -> None:
    count = itertools.count(1)

    def reused(
        new: Callable[[Mapping[str, Any], float], StoredTrigger], data: Mapping[str, Any], now: float
    ) -> StoredTrigger:
        trigger = new(data, now)
        newest = next(reversed(world.store.triggers), None)
        return replace(trigger, id=newest) if next(count) % 2 == 0 and newest is not None else trigger

    wrap(world.new_trigger, reused)


@fault("wrong-workflow-id", ANY, "state", "An instance names itself as its workflow.", "FG-206")
def _(world: InstanceWorld) -> None:
    wrap(world.views.instance, lambda view, instance, now: {**view(instance, now), "workflowID": instance.id})


@fault(
    "delete-does-nothing", "v2DeleteWorkflow", "state", "A deleted workflow is there.", "FG-212 v2GetWorkflow"
)
def _(world: InstanceWorld) -> None:
    wrap(world.drop_workflow, lambda drop, workflow: None)


@fault("deleted-is-still-listed", "v2ListWorkflows", "state", "Deleted workflows are listed.", "FG-212")
def _(world: InstanceWorld) -> None:
    wrap(world.listed_workflows, lambda listed: list(world.store.workflows.values()))


@fault("deleted-workflow-runs", "v2RunWorkflow", "state", "A deleted workflow can be run.", "FG-212")
def _(world: InstanceWorld) -> None:
    def run(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        workflow = world.store.workflows.get(call.ids["workflowID"])
        if workflow is None or not workflow.is_deleted:
            return answer(call)
        world.store.workflows[workflow.id] = replace(workflow, is_deleted=False)
        try:
            return answer(call)
        finally:
            world.store.workflows[workflow.id] = workflow

    wrap_answer(world, "v2RunWorkflow", run)


@fault(
    "delete-takes-another",
    "v2DeleteTrigger",
    "state",
    "With a trigger the oldest other one is deleted.",
    ("FG-209 v2CreateTrigger", "FG-202 v2ListTriggers"),
)
def _(world: InstanceWorld) -> None:
    def two(drop: Callable[[StoredTrigger], None], trigger: StoredTrigger) -> None:
        drop(trigger)
        world.store.triggers.pop(next(iter(world.store.triggers), ""), None)

    wrap(world.drop_trigger, two)


Listed = Callable[[Filters, float], list[StoredInstance]]


@fault(
    "workflow-filter-ignored", "v2ListInstances", "state", "Instances of all workflows are listed.", "FG-506"
)
def _(world: InstanceWorld) -> None:
    def unfiltered(listed: Listed, filters: Filters, now: float) -> list[StoredInstance]:
        return listed({k: v for k, v in filters.items() if k != "workflowID"}, now)

    wrap(world.listed_instances, unfiltered)


@fault("running-filter-ignored", "v2ListInstances", "state", "What is over is listed as running.", "FG-506")
def _(world: InstanceWorld) -> None:
    def unfiltered(listed: Listed, filters: Filters, now: float) -> list[StoredInstance]:
        return listed({k: v for k, v in filters.items() if k != "running"}, now)

    wrap(world.listed_instances, unfiltered)


@fault(
    "cursor-forgets-filter",
    "v2ListTriggers",
    "state",
    "The second page holds triggers of every name.",
    "FG-506 says second page",
)
def _(world: InstanceWorld) -> None:
    def first_only(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        asked = world.inputs.query(call.request)
        listed = world.listed_triggers
        world.listed_triggers = (  # type: ignore[method-assign]
            lambda filters: listed({} if "cursor" in asked else filters)
        )
        try:
            return answer(call)
        finally:
            world.listed_triggers = listed  # type: ignore[method-assign]

    wrap_answer(world, "v2ListTriggers", first_only)


@fault("name-filter-ignored", "v2ListTriggers", "state", "Triggers of all names are listed.", "FG-506")
def _(world: InstanceWorld) -> None:
    wrap(world.listed_triggers, lambda listed, filters: listed({}))


@fault("name-filter-finds-nothing", "v2ListTriggers", "state", "No trigger is found by its name.", "FG-202")
def _(world: InstanceWorld) -> None:
    wrap(world.listed_triggers, lambda listed, filters: [] if filters else listed(filters))


@fault("updated-before-created", ANY, "time", "A workflow was updated before it was created.", "FG-301")
def _(world: InstanceWorld) -> None:
    wrap(
        world.views.workflow,
        lambda view, workflow: {**view(workflow), "updatedAt": timestamp(workflow.created - 1)},
    )


@fault(
    "concurrent-create-lost",
    "v2CreateWorkflow",
    "concurrency",
    "A create that arrives while another is being written is acknowledged and lost.",
    "FG-209",
)
def _(world: InstanceWorld) -> None:
    written_at = float("-inf")

    def keep_alone(keep: Callable[[StoredWorkflow], None], workflow: StoredWorkflow) -> None:
        nonlocal written_at
        if workflow.created >= written_at:
            written_at = workflow.created + CREATE_SECONDS
            keep(workflow)

    wrap(world.keep_workflow, keep_alone)
    wrap_answer(
        world, "v2CreateWorkflow", lambda answer, call: replace(answer(call), due=call.now + CREATE_SECONDS)
    )


@fault(
    "hundred-and-first-create-500", "v2CreateTrigger", "volume", "A hundred triggers are enough.", "FG-101"
)
def _(world: InstanceWorld) -> None:
    def limited(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        if len(world.store.triggers) >= CAPACITY:
            raise internal_error()
        return answer(call)

    wrap_answer(world, "v2CreateTrigger", limited)


@fault("every-fifth-list-slow", "v2ListInstances", "time", "Every fifth list takes half a second.", "FG-801")
def _(world: InstanceWorld) -> None:
    count = itertools.count(1)

    def stalled(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        reply = answer(call)
        return reply if next(count) % 5 else replace(reply, due=call.now + SLOW_SECONDS)

    wrap_answer(world, "v2ListInstances", stalled)
