"""Faults of shape: replies that the document's schemas do not allow."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flowgauge.reference.faults.table import ANY, fault, wrap
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.pages import Page
from flowgauge.reference.world.store import Flow, Run
from flowgauge.reference.world.wire import encoded
from flowgauge.reference.world.world import JSON, World

__all__: list[str] = []

INFO = "orchestrationgetServerInfo"
FlowView = Callable[[Flow, float], dict[str, Any]]
RunView = Callable[[Run, float], dict[str, Any]]
PageView = Callable[[Page[Run], float], dict[str, Any]]
View = dict[str, Any]


def _without(view: View, member: str) -> View:
    return {name: value for name, value in view.items() if name != member}


@fault("info-no-version", INFO, "schema", "The server's version is missing.")
def _(world: World) -> None:
    wrap(world.answers, INFO, lambda answer, call: world.ok({}))


@fault("info-version-number", INFO, "schema", "The server's version is a number.")
def _(world: World) -> None:
    wrap(world.answers, INFO, lambda answer, call: world.ok({"version": 1.0}))


@fault("created-at-not-rfc3339", ANY, "schema", "Creation times look like SQL: no T, and no zone.")
def _(world: World) -> None:
    def as_sql(seconds: float) -> View:
        return {"createdAt": f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"}

    def flow_view(view: FlowView, flow: Flow, now: float) -> View:
        return view(flow, now) | as_sql(flow.created)

    def run_view(view: RunView, run: Run, now: float) -> View:
        return view(run, now) | as_sql(run.started)

    wrap(world.views, "flow", flow_view)
    wrap(world.views, "run", run_view)


@fault("no-updated-at", ANY, "schema", "Workflows lack updatedAt.")
def _(world: World) -> None:
    wrap(world.views, "flow", lambda view, flow, now: _without(view(flow, now), "updatedAt"))


@fault("page-size-0-when-empty", "listRuns", "schema", "A page without runs says that its size is 0.")
def _(world: World) -> None:
    def page_view(view: PageView, page: Page[Run], now: float) -> View:
        return view(page, now) | ({} if page.items else {"pageSize": 0})

    wrap(world.views, "page", page_view)


@fault("page-size-string", "listRuns", "schema", "A page's size is a string.")
def _(world: World) -> None:
    def page_view(view: PageView, page: Page[Run], now: float) -> View:
        shown = view(page, now)
        return shown | {"pageSize": str(shown["pageSize"])}

    wrap(world.views, "page", page_view)


@fault("stage-string", ANY, "schema", "The index of a stage is a string.")
def _(world: World) -> None:
    wrap(world.views, "status", lambda view, span, *seen: view(span, *seen) | {"stage": str(span.stage)})


@fault("no-cursor", "listRuns", "schema", "A page of runs stands at the root, without the cursor around it.")
def _(world: World) -> None:
    wrap(world, "ok", lambda ok, value: ok(value.get("cursor", value)))


@fault("error-code-outside-enum", ANY, "schema", "Errors carry codes that the document does not know.")
def _(world: World) -> None:
    def own_code(_refusal: Callable[[Refused], Reply], refused: Refused) -> Reply:
        code = HTTPStatus(refused.status).name
        body = encoded({"errorCode": code, "errorMessage": refused.message})
        return Reply(refused.status, JSON + refused.headers, body)

    wrap(world, "refusal", own_code)


@fault("statuses-null-when-empty", ANY, "schema", "A run of no stages has null for its statuses.")
def _(world: World) -> None:
    def run_view(view: RunView, run: Run, now: float) -> View:
        shown = view(run, now)
        return shown | {"statuses": shown["statuses"] or None}

    wrap(world.views, "run", run_view)


@fault("data-null-when-store-empty", "listFlows", "schema", "Where there is no workflow, the list is null.")
def _(world: World) -> None:
    wrap(world.answers, "listFlows", lambda answer, call: answer(call) if world.flows else _null(world))


def _null(world: World) -> Reply:
    return world.ok({"data": None})


@fault("undeclared-field-leaks-secret", ANY, "schema", "A workflow shows the secret that signs its events.")
def _(world: World) -> None:
    def flow_view(view: FlowView, flow: Flow, now: float) -> View:
        return view(flow, now) | {"signingSecret": hashlib.sha256(flow.id.encode()).hexdigest()}

    wrap(world.views, "flow", flow_view)
