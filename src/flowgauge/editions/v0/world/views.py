"""Writing a reply: what a workflow, a run and a page look like at an instant."""

from typing import Any

from flowgauge.editions.v0.world.stages import Span
from flowgauge.editions.v0.world.store import StoredFlow, StoredRun
from flowgauge.reference.world.pages import Page
from flowgauge.reference.world.wire import timestamp

__all__ = ["Views"]


class Views:
    """The steps of rendering."""

    def flow(self, flow: StoredFlow) -> dict[str, Any]:
        created = timestamp(flow.created)
        config = {"stages": flow.stages}
        return {"id": flow.id, "config": config, "createdAt": created, "updatedAt": created}

    def run(self, run: StoredRun, now: float) -> dict[str, Any]:
        changed = run.started
        statuses = []
        for span, occurrence_id in zip(run.spans, run.occurrence_ids, strict=True):
            if span.begins > now:
                break
            changed = span.ends if span.ends <= now else span.begins
            statuses.append(self.status(span, occurrence_id, now))
        return {
            "id": run.id,
            "workflowID": run.flow_id,
            "createdAt": timestamp(run.started),
            "updatedAt": timestamp(changed),
            "statuses": statuses,
        }

    def status(self, span: Span, occurrence_id: str, now: float) -> dict[str, Any]:
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

    def page(self, page: Page[StoredRun], now: float) -> dict[str, Any]:
        view: dict[str, Any] = {"pageSize": page.size, "hasMore": page.next is not None}
        if page.previous is not None:
            view["previous"] = page.previous
        if page.next is not None:
            view["next"] = page.next
        view["data"] = [self.run(run, now) for run in page.items]
        return view
