"""Writing a reply: what a workflow, a run and a page look like at an instant."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from flowgauge.editions.run_world import page_view
from flowgauge.editions.v2.world.stages import InstanceStep
from flowgauge.editions.v2.world.store import StoredInstance, StoredWorkflow
from flowgauge.reference.world.pages import Page
from flowgauge.reference.world.wire import timestamp

__all__ = ["Views", "occurrence_id"]


class Views:
    """The steps of rendering."""

    def flow(self, flow: StoredWorkflow) -> dict[str, Any]:
        created = timestamp(flow.created)
        config = {"stages": flow.stages}
        return {"id": flow.id, "config": config, "createdAt": created, "updatedAt": created}

    def run(self, run: StoredInstance, now: float) -> dict[str, Any]:
        changed = run.started
        statuses = []
        for step in run.steps:
            if step.begins > now:
                break
            changed = step.ends if step.ends <= now else step.begins
            statuses.append(self.status(step, occurrence_id(run, step.stage), now))
        return {
            "id": run.id,
            "workflowID": run.workflow.id,
            "createdAt": timestamp(run.started),
            "updatedAt": timestamp(changed),
            "statuses": statuses,
        }

    def status(self, span: InstanceStep, occurrence_id: str, now: float) -> dict[str, Any]:
        status: dict[str, Any] = {
            "stage": span.stage,
            "occurrenceID": occurrence_id,
            "startedAt": timestamp(span.begins),
        }
        if span.ends <= now:
            status["terminatedAt"] = timestamp(span.ends)
            if span.error is not None:
                status["error"] = span.error
        return status

    def page(self, page: Page[StoredInstance], now: float) -> dict[str, Any]:
        return page_view(page, lambda run: self.run(run, now))


def occurrence_id(run: StoredInstance, stage: int) -> str:
    """The id of one stage of one run, in whichever edition the run was started."""
    return str(uuid5(NAMESPACE_URL, f"{run.number}/{run.id}/{stage}"))
