"""Faults of instances: how they are started, how they go on, and when they are over."""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.editions.v2.faults.changing import change_answer
from flowgauge.editions.v2.world.stages import InstanceStep
from flowgauge.editions.v2.world.store import StoredInstance
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import ANY, FaultGroup, wrap
from flowgauge.reference.world.inputs import Query
from flowgauge.reference.world.wire import timestamp

__all__ = ["SEEDED"]

SEEDED = FaultGroup[InstanceWorld]("seeded")
fault = SEEDED.fault
READ, START, EVENT, ABORT = "v2GetInstance", "v2RunWorkflow", "v2SendEvent", "v2CancelEvent"
HISTORY = "v2GetInstanceHistory"
View = dict[str, Any]
InstanceView = Callable[[StoredInstance, float], View]
Take = Callable[[StoredInstance, str, float], None]
Stop = Callable[[StoredInstance, float], None]


@fault("wait-returns-early", START, "state", "wait=true answers before the end.", "FG-401")
def _(world: InstanceWorld) -> None:
    wrap(world.wait_due, lambda wait_due, instance, now: now)


@fault("no-wait-blocks", START, "state", "A start without wait is answered at the end.", "FG-402")
def _(world: InstanceWorld) -> None:
    def always(flag_of: Callable[[Query, str], bool | None], query: Query, name: str) -> bool | None:
        return flag_of(query, name) if name != "wait" else (flag_of(query, name), True)[1]

    wrap(world.inputs.flag_of, always)


@fault("wait-outlasts", START, "time", "wait=true answers two seconds after the end.", "FG-412")
def _(world: InstanceWorld) -> None:
    wrap(world.wait_due, lambda wait_due, instance, now: wait_due(instance, now) + 2.0)


@fault("never-over", ANY, "state", "No instance is ever over.", ("FG-401", "FG-408"))
def _(world: InstanceWorld) -> None:
    def going(view: InstanceView, instance: StoredInstance, now: float) -> View:
        shown = view(instance, now)
        return {k: v for k, v in shown.items() if k not in {"terminatedAt", "error"}} | {"terminated": False}

    wrap(world.views.instance, going)


@fault("over-too-soon", ANY, "state", "Every instance is over at once.", "FG-410")
def _(world: InstanceWorld) -> None:
    def over(view: InstanceView, instance: StoredInstance, now: float) -> View:
        ended = {"terminated": True, "terminatedAt": timestamp(instance.started)}
        return {**view(instance, now), **ended}

    wrap(world.views.instance, over)


@fault("over-and-not", ANY, "state", "What is over says so, and that it runs.", "FG-414")
def _(world: InstanceWorld) -> None:
    wrap(world.views.instance, lambda view, instance, now: {**view(instance, now), "terminated": False})


@fault("comes-to-life", READ, "state", "What was seen over runs again when it is read once more.", "FG-403")
def _(world: InstanceWorld) -> None:
    seen: set[str] = set()

    def again(view: InstanceView, instance: StoredInstance, now: float) -> View:
        shown = view(instance, now)
        if shown["terminated"] and instance.id in seen:
            shown = {k: v for k, v in shown.items() if k not in {"terminatedAt", "error"}}
            return {**shown, "terminated": False}
        seen.update([instance.id] if shown["terminated"] else [])
        return shown

    wrap(world.views.read_instance, again)


@fault("failure-without-error", ANY, "state", "What fails does not say so.", "FG-406")
def _(world: InstanceWorld) -> None:
    wrap(
        world.views.instance,
        lambda view, instance, now: {k: v for k, v in view(instance, now).items() if k != "error"},
    )


@fault("success-with-error", ANY, "state", "What succeeds has an error.", "FG-407")
def _(world: InstanceWorld) -> None:
    def failed(view: InstanceView, instance: StoredInstance, now: float) -> View:
        shown = view(instance, now)
        return {"error": "done", **shown} if shown["terminated"] else shown

    wrap(world.views.instance, failed)


@fault("unknown-variable-empty", ANY, "state", "A variable that there is not is no failure.", "FG-406")
def _(world: InstanceWorld) -> None:
    def go_on(keep: Callable[[StoredInstance], None], instance: StoredInstance) -> None:
        steps = tuple(
            replace(step, error=None) if "unknown variable" in (step.error or "") else step
            for step in instance.steps
        )
        instance.steps = steps
        keep(instance)

    wrap(world.keep_instance, go_on)


@fault("delay-halved", ANY, "time", "A delay takes half of its time.", "FG-410")
def _(world: InstanceWorld) -> None:
    def hurried(keep: Callable[[StoredInstance], None], instance: StoredInstance) -> None:
        steps, begins = [], instance.started
        for step in instance.steps:
            takes = step.ends - step.begins
            ends = begins + (takes / 2 if math.isfinite(takes) else takes)
            steps.append(replace(step, begins=begins, ends=ends))
            begins = ends
        instance.steps = tuple(steps)
        keep(instance)

    wrap(world.keep_instance, hurried)


@fault("status-of-another", READ, "state", "The status of a stage names the workflow.", "FG-413")
def _(world: InstanceWorld) -> None:
    wrap(
        world.views.status,
        lambda status, step, instance, now: {
            **status(step, instance, now),
            "instanceID": instance.workflow.id,
        },
    )


def _changed_status(world: InstanceWorld, change: Callable[[list[View]], list[View]]) -> None:
    def changed(body: View) -> View:
        return {"data": {**body["data"], "status": change(body["data"]["status"])}}

    change_answer(world, READ, changed)


@fault("stages-reversed", READ, "state", "The last stage is shown first.", "FG-405")
def _(world: InstanceWorld) -> None:
    _changed_status(world, lambda shown: shown[::-1])


@fault("one-status-too-many", READ, "state", "The last stage is shown twice.", ("FG-404", "FG-405"))
def _(world: InstanceWorld) -> None:
    _changed_status(world, lambda shown: shown + shown[-1:])


@fault("statuses-shrink", READ, "state", "What has ended is not shown any more.", ("FG-403", "FG-405"))
def _(world: InstanceWorld) -> None:
    _changed_status(world, lambda shown: shown[-1:])


@fault("terminated-before-started", READ, "time", "A stage ends before it begins.", "FG-301")
def _(world: InstanceWorld) -> None:
    def early(
        status: Callable[[InstanceStep, StoredInstance, float], View],
        step: InstanceStep,
        instance: StoredInstance,
        now: float,
    ) -> View:
        shown = status(step, instance, now)
        ended = {"terminatedAt": timestamp(step.begins - 1)} if "terminatedAt" in shown else {}
        return {**shown, **ended}

    wrap(world.views.status, early)


@fault("every-third-start-lost", START, "state", "Every third start is acknowledged and lost.", "FG-209")
def _(world: InstanceWorld) -> None:
    count = itertools.count(1)
    wrap(world.keep_instance, lambda keep, instance: keep(instance) if next(count) % 3 else None)
