"""Faults of what instances went through."""

from collections.abc import Callable
from typing import Any

from flowgauge.editions.v2.faults.changing import change_answer, instead_of
from flowgauge.editions.v2.world.store import StoredInstance
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import FaultGroup, wrap, wrap_answer
from flowgauge.reference.faults.rewriting import plain_text
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest

__all__ = ["SEEDED"]

SEEDED = FaultGroup[InstanceWorld]("seeded")
fault = SEEDED.fault
READ, START, EVENT, ABORT = "v2GetInstance", "v2RunWorkflow", "v2SendEvent", "v2CancelEvent"
HISTORY = "v2GetInstanceHistory"
View = dict[str, Any]
InstanceView = Callable[[StoredInstance, float], View]
Take = Callable[[StoredInstance, str, float], None]
Stop = Callable[[StoredInstance, float], None]


def _changed_history(world: InstanceWorld, change: Callable[[list[View]], list[View]]) -> None:
    change_answer(world, HISTORY, lambda body: {"data": change(body["data"])})


@fault("history-reversed", HISTORY, "state", "The history begins with the last stage.", ("FG-301", "FG-422"))
def _(world: InstanceWorld) -> None:
    _changed_history(world, lambda items: items[::-1])


@fault("history-misses-last", HISTORY, "state", "The last stage is not in the history.", "FG-422")
def _(world: InstanceWorld) -> None:
    _changed_history(world, lambda items: items[:-1])


@fault("history-repeats", HISTORY, "state", "Every stage is in the history twice.", "FG-422")
def _(world: InstanceWorld) -> None:
    _changed_history(world, lambda items: [each for item in items for each in (item, item)])


@fault("history-unresolved", HISTORY, "state", "The history shows variables by their names.", "FG-422")
def _(world: InstanceWorld) -> None:
    def as_sent(
        history: Callable[[StoredInstance, float], list[View]], instance: StoredInstance, now: float
    ) -> list[View]:
        items = history(instance, now)
        stages = instance.workflow.stages
        return [
            {**item, "input": next(iter(stage.values()))} for item, stage in zip(items, stages, strict=False)
        ]

    wrap(world.views.history, as_sent)


@fault("history-unfinished", HISTORY, "state", "No stage in a history is ever over.", "FG-422")
def _(world: InstanceWorld) -> None:
    _changed_history(world, lambda items: [{**item, "terminated": False} for item in items])


@fault("history-of-unknown-200", HISTORY, "status", "An unknown instance has an empty history.", "FG-204")
def _(world: InstanceWorld) -> None:
    instead_of(world, HISTORY, 404, lambda call: world.ok({"data": []}))


@fault("stage-history-404", "v2GetInstanceStageHistory", "status", "No stage has a history.", "FG-423")
def _(world: InstanceWorld) -> None:
    def lost(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        answer(call)
        raise Refused(404, "no such stage")

    wrap_answer(world, "v2GetInstanceStageHistory", lost)


@fault(
    "stage-number-500",
    "v2GetInstanceStageHistory",
    "input",
    "What is no number breaks the server, in plain text.",
    ("FG-101", "FG-103"),
)
def _(world: InstanceWorld) -> None:
    instead_of(world, "v2GetInstanceStageHistory", 400, lambda call: plain_text(500, "strconv.Atoi"))
