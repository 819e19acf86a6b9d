"""Faults of what is sent to instances: events and aborts."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.editions.v2.world.store import StoredInstance
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import ANY, FaultGroup, wrap
from flowgauge.reference.world.inputs import Refused

__all__ = ["SEEDED"]

SEEDED = FaultGroup[InstanceWorld]("seeded")
fault = SEEDED.fault
READ, START, EVENT, ABORT = "v2GetInstance", "v2RunWorkflow", "v2SendEvent", "v2CancelEvent"
HISTORY = "v2GetInstanceHistory"
View = dict[str, Any]
InstanceView = Callable[[StoredInstance, float], View]
Take = Callable[[StoredInstance, str, float], None]
Stop = Callable[[StoredInstance, float], None]


@fault("events-ignored", EVENT, "state", "No event changes anything.", ("FG-420", "FG-420 v2GetInstance"))
def _(world: InstanceWorld) -> None:
    wrap(world.take_event, lambda take, instance, name, now: None)


@fault("events-refused", EVENT, "input", "An event that is waited for is refused.", "FG-420")
def _(world: InstanceWorld) -> None:
    def refused(take: Take, instance: StoredInstance, name: str, now: float) -> None:
        if instance.waiting(now) is not None:
            raise Refused(400, "not now")
        take(instance, name, now)

    wrap(world.take_event, refused)


@fault("any-event-will-do", EVENT, "state", "A stage that waits takes any event.", "FG-420 v2GetInstance")
def _(world: InstanceWorld) -> None:
    def any_event(take: Take, instance: StoredInstance, name: str, now: float) -> None:
        waiting = instance.waiting(now)
        take(instance, name if waiting is None else waiting.event or "", now)

    wrap(world.take_event, any_event)


@fault("event-for-everybody", EVENT, "state", "All instances take an event.", "FG-420 v2GetInstance")
def _(world: InstanceWorld) -> None:
    def for_all(take: Take, instance: StoredInstance, name: str, now: float) -> None:
        take(instance, name, now)
        for other in world.store.instances.values():
            take(other, name, now)

    wrap(world.take_event, for_all)


@fault("one-event-for-all-stages", EVENT, "state", "One event ends all waiting.", "FG-420 v2GetInstance")
def _(world: InstanceWorld) -> None:
    def all_stages(take: Take, instance: StoredInstance, name: str, now: float) -> None:
        for _ in instance.workflow.stages:
            take(instance, name, now)

    wrap(world.take_event, all_stages)


@fault("nothing-waits", ANY, "state", "A stage that should wait for an event ends at once.", "FG-420")
def _(world: InstanceWorld) -> None:
    def go_on(keep: Callable[[StoredInstance], None], instance: StoredInstance) -> None:
        while instance.steps and instance.steps[-1].event is not None and instance.ends == math.inf:
            instance.came[instance.steps[-1].stage] = instance.steps[-1].begins
            instance.go_on()
        keep(instance)

    wrap(world.keep_instance, go_on)


@fault("abort-does-nothing", ABORT, "state", "What was aborted goes on.", "FG-421 v2GetInstance")
def _(world: InstanceWorld) -> None:
    wrap(world.stop, lambda stop, instance, now: None)


@fault(
    "abort-skips-one-stage", ABORT, "state", "After an abort the next stage begins.", "FG-421 v2CancelEvent"
)
def _(world: InstanceWorld) -> None:
    def skip(stop: Stop, instance: StoredInstance, now: float) -> None:
        is_going = instance.ends > now
        stop(instance, now)
        if is_going and instance.steps[-1].stage + 1 < len(instance.workflow.stages):
            last = instance.steps[-1]
            instance.steps += (replace(last, stage=last.stage + 1, begins=now, ends=now),)

    wrap(world.stop, skip)


@fault("abort-stops-everybody", ABORT, "state", "All instances are aborted at once.", "FG-421")
def _(world: InstanceWorld) -> None:
    def everybody(stop: Stop, instance: StoredInstance, now: float) -> None:
        for other in world.store.instances.values():
            stop(other, now)

    wrap(world.stop, everybody)


@fault(
    "abort-of-over-changes-it",
    ABORT,
    "state",
    "What is over is aborted when it is told.",
    "FG-403 v2GetInstance",
)
def _(world: InstanceWorld) -> None:
    def always(stop: Stop, instance: StoredInstance, now: float) -> None:
        stop(instance, now)
        if instance.steps and instance.ends < now:
            instance.steps = (*instance.steps[:-1], replace(instance.steps[-1], ends=now, error="aborted"))

    wrap(world.stop, always)
