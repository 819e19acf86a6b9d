"""Faults of triggers: what they make of an event."""

from collections.abc import Callable
from typing import Any

from flowgauge.editions.v2.world.store import StoredTrigger
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import FaultGroup, wrap, wrap_answer
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest

__all__ = ["SEEDED"]

SEEDED = FaultGroup[InstanceWorld]("seeded")
fault = SEEDED.fault
TEST = "testTrigger"
Result = Callable[[StoredTrigger, dict[str, Any]], dict[str, Any]]


@fault("test-fits-everything", TEST, "state", "Every event fits every filter.", "FG-424")
def _(world: InstanceWorld) -> None:
    wrap(world.tester.matched, lambda matched, text, event: {"match": True})


@fault("test-without-filter", TEST, "state", "A test says nothing of the filter.", "FG-424")
def _(world: InstanceWorld) -> None:
    def silent(result: Result, trigger: StoredTrigger, event: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in result(trigger, event).items() if k != "filter"}

    wrap(world.tester.result, silent)


@fault("test-shows-expressions", TEST, "state", "Variables are shown as they were written.", "FG-424")
def _(world: InstanceWorld) -> None:
    wrap(world.tester.variable, lambda variable, value, event: {"value": str(value)})


@fault("test-ignores-the-event", TEST, "state", "Every event is tested as an empty one.", "FG-424")
def _(world: InstanceWorld) -> None:
    wrap(world.tester.result, lambda result, trigger, event: result(trigger, {}))


@fault(
    "test-starts-an-instance",
    TEST,
    "state",
    "A test of a trigger starts its workflow.",
    "FG-208 v2ListInstances",
)
def _(world: InstanceWorld) -> None:
    def start(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        reply = answer(call)
        workflow = world.store.workflows.get(world.trigger_of(call).data["workflowID"])
        if workflow is not None:
            world.keep_instance(world.new_instance(workflow, {}, call.now))
        return reply

    wrap_answer(world, TEST, start)
