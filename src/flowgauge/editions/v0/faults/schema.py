"""Faults of shape: replies that the document's schemas do not allow."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.store import StoredInstance, StoredWorkflow
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import JSON_HEADERS, Reply
from flowgauge.reference.world.pages import Page
from flowgauge.reference.world.wire import encoded

__all__ = ["SEEDED"]

SEEDED = FaultGroup[FlowWorld]("seeded")
fault = SEEDED.fault
INFO = "orchestrationgetServerInfo"
FlowView = Callable[[StoredWorkflow], dict[str, Any]]
RunView = Callable[[StoredInstance, float], dict[str, Any]]
PageView = Callable[[Page[StoredInstance], float], dict[str, Any]]
View = dict[str, Any]


def _without(view: View, member: str) -> View:
    return {name: value for name, value in view.items() if name != member}


@fault("info-no-version", INFO, "schema", "The server's version is missing.", "FG-105")
def _(world: FlowWorld) -> None:
    wrap_answer(world, INFO, lambda answer, call: world.ok({}))


@fault("info-version-number", INFO, "schema", "The server's version is a number.", "FG-105")
def _(world: FlowWorld) -> None:
    wrap_answer(world, INFO, lambda answer, call: world.ok({"version": 1.0}))


@fault(
    "created-at-not-rfc3339",
    ANY,
    "schema",
    "Creation times look like SQL: no T, and no zone.",
    "FG-105 says createdAt:",
)
def _(world: FlowWorld) -> None:
    def as_sql(seconds: float) -> View:
        return {"createdAt": f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"}

    def flow_view(view: FlowView, flow: StoredWorkflow) -> View:
        return view(flow) | as_sql(flow.created)

    def run_view(view: RunView, run: StoredInstance, now: float) -> View:
        return view(run, now) | as_sql(run.started)

    wrap(world.views.flow, flow_view)
    wrap(world.views.run, run_view)


@fault("no-updated-at", ANY, "schema", "Workflows lack updatedAt.", 'FG-105 says "updatedAt" is a required')
def _(world: FlowWorld) -> None:
    wrap(world.views.flow, lambda view, flow: _without(view(flow), "updatedAt"))


@fault(
    "page-size-0-when-empty",
    "listRuns",
    "schema",
    "A page without runs says that its size is 0.",
    "FG-105 says pageSize:",
)
def _(world: FlowWorld) -> None:
    def page_view(view: PageView, page: Page[StoredInstance], now: float) -> View:
        return view(page, now) | ({} if page.items else {"pageSize": 0})

    wrap(world.views.page, page_view)


@fault("page-size-string", "listRuns", "schema", "A page's size is a string.", "FG-105 says pageSize:")
def _(world: FlowWorld) -> None:
    def page_view(view: PageView, page: Page[StoredInstance], now: float) -> View:
        shown = view(page, now)
        return shown | {"pageSize": str(shown["pageSize"])}

    wrap(world.views.page, page_view)


@fault("stage-string", ANY, "schema", "The index of a stage is a string.", "FG-105 says /stage:")
def _(world: FlowWorld) -> None:
    wrap(
        world.views.status,
        lambda view, span, occurrence_id, now: view(span, occurrence_id, now) | {"stage": str(span.stage)},
    )


@fault(
    "no-cursor",
    "listRuns",
    "schema",
    "A page of runs stands at the root, without the cursor around it.",
    'FG-105 says "cursor" is a required',
)
def _(world: FlowWorld) -> None:
    wrap(world.ok, lambda ok, value: ok(value.get("cursor", value)))


@fault(
    "error-code-outside-enum",
    ANY,
    "schema",
    "Errors carry codes that the document does not know.",
    "FG-105 says errorCode:",
)
def _(world: FlowWorld) -> None:
    def own_code(refusal: Callable[[Refused], Reply], refused: Refused) -> Reply:
        code = HTTPStatus(refused.status).name
        body = encoded({"errorCode": code, "errorMessage": refused.message})
        return Reply(refused.status, JSON_HEADERS + refused.headers, body)

    wrap(world.refusal, own_code)


@fault(
    "statuses-null-when-empty",
    ANY,
    "schema",
    "A run of no stages has null for its statuses.",
    "FG-105 says statuses:",
)
def _(world: FlowWorld) -> None:
    def run_view(view: RunView, run: StoredInstance, now: float) -> View:
        shown = view(run, now)
        return shown | {"statuses": shown["statuses"] or None}

    wrap(world.views.run, run_view)


@fault(
    "data-null-when-store-empty",
    "listFlows",
    "schema",
    "Where there is no workflow, the list is null.",
    "FG-105",
)
def _(world: FlowWorld) -> None:
    wrap_answer(world, "listFlows", lambda answer, call: answer(call) if world.flows else _null(world))


def _null(world: FlowWorld) -> Reply:
    return world.ok({"data": None})


@fault(
    "undeclared-field-leaks-secret",
    ANY,
    "schema",
    "A workflow shows the secret that signs its events.",
    "FG-106",
)
def _(world: FlowWorld) -> None:
    def flow_view(view: FlowView, flow: StoredWorkflow) -> View:
        return view(flow) | {"signingSecret": hashlib.sha256(flow.id.encode()).hexdigest()}

    wrap(world.views.flow, flow_view)
