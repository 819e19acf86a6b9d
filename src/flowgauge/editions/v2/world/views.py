"""Writing a reply: what a workflow, an instance, a trigger and a page look like at an instant."""

from typing import Any

from flowgauge.editions.v2.world.stages import InstanceStep
from flowgauge.editions.v2.world.store import StoredInstance, StoredTrigger, StoredWorkflow
from flowgauge.reference.world.wire import timestamp

__all__ = ["InstanceViews"]


class InstanceViews:
    """The steps of rendering."""

    def workflow(self, workflow: StoredWorkflow) -> dict[str, Any]:
        created = timestamp(workflow.created)
        return {"id": workflow.id, "config": workflow.config, "createdAt": created, "updatedAt": created}

    def instance(self, instance: StoredInstance, now: float) -> dict[str, Any]:
        """An instance without the state of its stages, as lists and starts show it."""
        begun = self.begun(instance, now)
        changes = [instance.started, *(step.ends if step.ends <= now else step.begins for step in begun)]
        view: dict[str, Any] = {
            "id": instance.id,
            "workflowID": instance.workflow.id,
            "createdAt": timestamp(instance.started),
            "updatedAt": timestamp(max(changes)),
            "terminated": instance.ends <= now,
        }
        if instance.ends <= now:
            view["terminatedAt"] = timestamp(instance.ends)
            if begun and begun[-1].error is not None:
                view["error"] = begun[-1].error
        return view

    def read_instance(self, instance: StoredInstance, now: float) -> dict[str, Any]:
        shown = self.instance(instance, now)
        return shown | {"status": [self.status(step, instance, now) for step in self.begun(instance, now)]}

    def begun(self, instance: StoredInstance, now: float) -> list[InstanceStep]:
        return [step for step in instance.steps if step.begins <= now]

    def status(self, step: InstanceStep, instance: StoredInstance, now: float) -> dict[str, Any]:
        return {"stage": step.stage, "instanceID": instance.id, **self._times(step, now)}

    def history(self, instance: StoredInstance, now: float) -> list[dict[str, Any]]:
        """The stages that could be made sense of."""
        return [
            self.history_item(step, now)
            for step in self.begun(instance, now)
            if step.kind is not None and step.parameters is not None
        ]

    def history_item(self, step: InstanceStep, now: float) -> dict[str, Any]:
        name = "Run" + "".join(word.capitalize() for word in str(step.kind).split("_"))
        over = {"terminated": step.ends <= now}
        return {"name": name, "input": step.parameters, **over, **self._times(step, now)}

    def trigger(self, trigger: StoredTrigger) -> dict[str, Any]:
        return {**trigger.data, "id": trigger.id, "createdAt": timestamp(trigger.created)}

    def _times(self, step: InstanceStep, now: float) -> dict[str, Any]:
        times: dict[str, Any] = {"startedAt": timestamp(step.begins)}
        if step.ends <= now:
            times["terminatedAt"] = timestamp(step.ends)
            if step.error is not None:
                times["error"] = step.error
        return times
