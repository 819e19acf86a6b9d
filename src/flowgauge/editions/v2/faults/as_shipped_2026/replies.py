"""What a real server of June 2026 answered: routes, unknown ids, errors, members of its own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.editions.v2.faults.changing import change_answer, instead_of
from flowgauge.editions.v2.world.store import StoredWorkflow
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.openapi import PathMatch
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.faults.rewriting import internal_error, plain_text
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply, WorldRequest
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest

__all__ = ["SHIPPED"]

SHIPPED = FaultGroup[InstanceWorld]("as-shipped-2026")
shipped = SHIPPED.fault
INFO = "v2GetServerInfo"
NO_ROWS = "sql: no rows in result set"
View = dict[str, Any]
Unsupported = Callable[[PathMatch], Reply]


def _not_routed() -> Reply:
    return plain_text(404, "404 page not found\n")


@shipped(
    "2026-info-not-routed",
    INFO,
    "status",
    "There is no way to ask for the version: 404, as text.",
    ("FG-102 says 404", "FG-210 says 404"),
)
def _(world: InstanceWorld) -> None:
    def unsupported(refuse: Unsupported, found: PathMatch) -> Reply:
        is_info = any(op.id == INFO for op in found.operations.values())
        return _not_routed() if is_info else refuse(found)

    wrap_answer(world, INFO, lambda answer, call: _not_routed())
    wrap(world.unsupported_method, unsupported)


@shipped(
    "2026-unknown-route-text",
    ANY,
    "media",
    "An unknown route is a 404 of plain text.",
    "FG-103 (no operation)",
)
def _(world: InstanceWorld) -> None:
    wrap(world.unknown_route, lambda refuse: _not_routed())


@shipped(
    "2026-405-empty",
    ANY,
    "status",
    "A 405 has no body.",
    ("FG-103 says 0 Content-Type", "FG-103 says no Content"),
)
def _(world: InstanceWorld) -> None:
    def empty(refuse: Unsupported, found: PathMatch) -> Reply:
        # One header line for each method, HEAD and OPTIONS not among them.
        allow = tuple(("allow", method) for method in sorted(found.operations))
        return Reply(405, allow, b"")

    wrap(world.unsupported_method, empty)


@shipped(
    "2026-no-head-no-options",
    ANY,
    "status",
    "HEAD and OPTIONS are not supported.",
    ("FG-210 says 405", "FG-102 says HEAD"),
)
def _(world: InstanceWorld) -> None:
    def answered(inner: Callable[[WorldRequest, float], Reply], request: WorldRequest, now: float) -> Reply:
        found = world.document.matched(request.path) if request.method in {"HEAD", "OPTIONS"} else None
        return inner(request, now) if found is None else world.unsupported_method(found)

    def own_methods(refuse: Unsupported, found: PathMatch) -> Reply:
        try:
            return refuse(found)
        except Refused as refusal:
            allow = (("allow", ", ".join(sorted(found.operations))),)
            raise Refused(refusal.status, refusal.message, allow) from None

    wrap(world.unsupported_method, own_methods)
    wrap(world.answered, answered)


@shipped(
    "2026-401-empty",
    ANY,
    "auth",
    "A 401 has no body, and names no scheme.",
    ("FG-108", "FG-103 says 0 Content-Type"),
)
def _(world: InstanceWorld) -> None:
    def bare(refusal: Callable[[Refused], Reply], refused: Refused) -> Reply:
        return Reply(401, (), b"") if refused.status == 401 else refusal(refused)

    wrap(world.refusal, bare)


def _unknown_is_500(world: InstanceWorld, operation: str) -> None:
    def broken(call: RoutedRequest) -> Reply:
        raise internal_error(NO_ROWS)

    instead_of(world, operation, 404, broken)


@shipped(
    "2026-unknown-workflow-500",
    "v2GetWorkflow",
    "status",
    "Reading an unknown workflow is a 500 that shows the database's words.",
    ("FG-101", "FG-109"),
)
def _(world: InstanceWorld) -> None:
    _unknown_is_500(world, "v2GetWorkflow")


@shipped("2026-unknown-run-500", "v2RunWorkflow", "status", "To run an unknown workflow is a 500.", "FG-101")
def _(world: InstanceWorld) -> None:
    _unknown_is_500(world, "v2RunWorkflow")


@shipped(
    "2026-unknown-instance-500", "v2GetInstance", "status", "Reading an unknown instance is a 500.", "FG-101"
)
def _(world: InstanceWorld) -> None:
    _unknown_is_500(world, "v2GetInstance")


@shipped("2026-unknown-abort-500", "v2CancelEvent", "status", "To abort an unknown one is a 500.", "FG-101")
def _(world: InstanceWorld) -> None:
    _unknown_is_500(world, "v2CancelEvent")


@shipped("2026-unknown-event-500", "v2SendEvent", "status", "An event to an unknown one is a 500.", "FG-101")
def _(world: InstanceWorld) -> None:
    _unknown_is_500(world, "v2SendEvent")


@shipped("2026-unknown-test-500", "testTrigger", "status", "To test an unknown trigger is a 500.", "FG-101")
def _(world: InstanceWorld) -> None:
    _unknown_is_500(world, "testTrigger")


@shipped(
    "2026-unknown-occurrences-200",
    "v2ListTriggersOccurrences",
    "status",
    "An unknown trigger has started nothing: 200.",
    "FG-204",
)
def _(world: InstanceWorld) -> None:
    instead_of(world, "v2ListTriggersOccurrences", 404, world.listed_nothing)


@shipped(
    "2026-stage-number-empty-404",
    "v2GetInstanceStageHistory",
    "media",
    "A stage that is no number is a 404 without a body.",
    "FG-103",
)
def _(world: InstanceWorld) -> None:
    instead_of(world, "v2GetInstanceStageHistory", 400, lambda call: Reply(404, (), b""))


@shipped("2026-workflow-deleted-at", "v2GetWorkflow", "schema", "A workflow has deletedAt: null.", "FG-106")
def _(world: InstanceWorld) -> None:
    wrap(world.views.workflow, lambda view, workflow: {**view(workflow), "deletedAt": None})


@shipped("2026-trigger-workflow", "v2ReadTrigger", "schema", "A trigger has workflow: null.", "FG-106")
def _(world: InstanceWorld) -> None:
    wrap(world.views.trigger, lambda view, trigger: {**view(trigger), "workflow": None})


@shipped("2026-stage-temporal-id", "v2GetInstance", "schema", "A stage shows what runs it.", "FG-106")
def _(world: InstanceWorld) -> None:
    def shown(body: View) -> View:
        stages = [{**s, "temporalRunID": f"{s['instanceID']}-main"} for s in body["data"]["status"]]
        return {"data": {**body["data"], "status": stages}}

    change_answer(world, "v2GetInstance", shown)


@shipped(
    "2026-deleted-workflow-is-read",
    "v2GetWorkflow",
    "state",
    "A deleted workflow can still be read.",
    "FG-212",
)
def _(world: InstanceWorld) -> None:
    _with_deleted(world, "v2GetWorkflow", "flowId")


@shipped(
    "2026-deleted-workflow-runs", "v2RunWorkflow", "state", "A deleted workflow can still be run.", "FG-212"
)
def _(world: InstanceWorld) -> None:
    _with_deleted(world, "v2RunWorkflow", "workflowID")


def _with_deleted(world: InstanceWorld, operation: str, parameter: str) -> None:
    def found(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        workflow: StoredWorkflow | None = world.store.workflows.get(call.ids[parameter])
        if workflow is None or not workflow.is_deleted:
            return answer(call)
        world.store.workflows[workflow.id] = replace(workflow, is_deleted=False)
        try:
            return answer(call)
        finally:
            world.store.workflows[workflow.id] = workflow

    wrap_answer(world, operation, found)


@shipped(
    "2026-delete-again-204",
    "v2DeleteWorkflow",
    "status",
    "A workflow that was deleted can be deleted again.",
    hidden_because="to delete again is answered as it pleases (RFC 9110, section 9.2.2)",
)
def _(world: InstanceWorld) -> None:
    def again(call: RoutedRequest) -> Reply:
        if call.ids["flowId"] not in world.store.workflows:
            raise Refused(404, "no such workflow")
        return world.done()

    instead_of(world, "v2DeleteWorkflow", 404, again)
