"""Faults of status codes, media types and the form of answers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.editions.v2.faults.changing import change_answer, change_items, instead_of, unforeseen
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.faults.rewriting import internal_error, plain_text
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import JSON_HEADERS, Reply, WorldRequest
from flowgauge.reference.world.world import RoutedRequest

__all__ = ["SEEDED"]

SEEDED = FaultGroup[InstanceWorld]("seeded")
fault = SEEDED.fault
View = dict[str, Any]


def _without(view: View, name: str) -> View:
    return {member: value for member, value in view.items() if member != name}


@fault("info-500", "v2GetServerInfo", "status", "Asking for the version answers 500.", "FG-101")
def _(world: InstanceWorld) -> None:
    wrap_answer(world, "v2GetServerInfo", lambda answer, call: unforeseen(call))


@fault("info-empty", "v2GetServerInfo", "media", "Asking for the version answers with nothing.", "FG-104")
def _(world: InstanceWorld) -> None:
    wrap_answer(world, "v2GetServerInfo", lambda answer, call: replace(answer(call), body=b""))


@fault("create-200", "v2CreateWorkflow", "status", "A create answers 200 where 201 is due.", "FG-102")
def _(world: InstanceWorld) -> None:
    wrap_answer(world, "v2CreateWorkflow", lambda answer, call: replace(answer(call), status=200))


@fault("delete-200", "v2DeleteTrigger", "status", "A delete answers 200 where 204 is due.", "FG-102")
def _(world: InstanceWorld) -> None:
    wrap_answer(world, "v2DeleteTrigger", lambda answer, call: replace(answer(call), status=200))


@fault("event-200", "v2SendEvent", "status", "An event is answered with 200 where 204 is due.", "FG-102")
def _(world: InstanceWorld) -> None:
    wrap_answer(
        world, "v2SendEvent", lambda answer, call: replace(answer(call), status=200, headers=JSON_HEADERS)
    )


@fault(
    "unknown-workflow-500", "v2GetWorkflow", "status", "Reading an unknown workflow answers 500.", "FG-101"
)
def _(world: InstanceWorld) -> None:
    instead_of(world, "v2GetWorkflow", 404, unforeseen)


@fault(
    "unknown-instance-200-null",
    "v2GetInstance",
    "status",
    "Reading an unknown instance answers 200 and null.",
    "FG-204",
)
def _(world: InstanceWorld) -> None:
    instead_of(world, "v2GetInstance", 404, lambda call: world.ok({"data": None}))


@fault(
    "occurrences-of-unknown-trigger-200",
    "v2ListTriggersOccurrences",
    "status",
    "An unknown trigger has started nothing: 200.",
    "FG-204",
)
def _(world: InstanceWorld) -> None:
    instead_of(world, "v2ListTriggersOccurrences", 404, world.listed_nothing)


@fault("abort-of-unknown-204", "v2CancelEvent", "status", "An unknown instance can be aborted.", "FG-204")
def _(world: InstanceWorld) -> None:
    instead_of(world, "v2CancelEvent", 404, lambda call: world.done())


@fault(
    "malformed-json-500",
    ANY,
    "status",
    "A body that is not JSON answers 500 where a 400 is due.",
    "FG-101 says POST with body:",
)
def _(world: InstanceWorld) -> None:
    def unguarded(json_body: Callable[[WorldRequest], Any], request: WorldRequest) -> Any:
        try:
            return json_body(request)
        except Refused as refusal:
            if refusal.status != 400:
                raise
            raise internal_error() from None

    wrap(world.inputs.json_body, unguarded)


@fault("bad-cursor-500", "v2ListTriggers", "status", "A cursor that there is not answers 500.", "FG-101")
def _(world: InstanceWorld) -> None:
    instead_of(world, "v2ListTriggers", 400, unforeseen)


@fault("405-without-allow", ANY, "status", "A 405 does not name the methods that are allowed.", "FG-107")
def _(world: InstanceWorld) -> None:
    def without_allow(refusal: Callable[[Refused], Reply], refused: Refused) -> Reply:
        reply = refusal(refused)
        return replace(reply, headers=tuple(h for h in reply.headers if h[0] != "allow"))

    wrap(world.refusal, without_allow)


@fault("success-text-plain", ANY, "media", "Reads are labelled text/plain.", "FG-103 says text/plain")
def _(world: InstanceWorld) -> None:
    plain = (("content-type", "text/plain"),)
    wrap(world.ok, lambda ok, value: replace(ok(value), headers=plain))


@fault("error-html", ANY, "media", "Errors are pages of HTML.", "FG-103 says text/html")
def _(world: InstanceWorld) -> None:
    def page(refusal: Callable[[Refused], Reply], refused: Refused) -> Reply:
        html = (("content-type", "text/html; charset=utf-8"), *refused.headers)
        return replace(plain_text(refused.status, f"<html><h1>{refused.status}</h1></html>"), headers=html)

    wrap(world.refusal, page)


@fault(
    "error-code-outside-enum",
    ANY,
    "schema",
    "What is not found has an error code that the document does not know.",
    "FG-105 says errorCode",
)
def _(world: InstanceWorld) -> None:
    wrap(world.error_code, lambda code, status: "MISSING" if status == 404 else code(status))


@fault(
    "created-at-not-rfc3339",
    "v2GetWorkflow",
    "schema",
    "A workflow's creation time has no zone.",
    "FG-105 says createdAt",
)
def _(world: InstanceWorld) -> None:
    def zoneless(body: View) -> View:
        return {"data": {**body["data"], "createdAt": body["data"]["createdAt"][:-1]}}

    change_answer(world, "v2GetWorkflow", zoneless)


@fault(
    "no-terminated",
    "v2GetInstance",
    "schema",
    "An instance does not say whether it is over.",
    'FG-105 says "terminated" is a required',
)
def _(world: InstanceWorld) -> None:
    change_answer(world, "v2GetInstance", lambda body: {"data": _without(body["data"], "terminated")})


@fault(
    "no-created-at",
    "v2ReadTrigger",
    "schema",
    "A trigger does not say when it was made.",
    'FG-105 says "createdAt" is a required',
)
def _(world: InstanceWorld) -> None:
    change_answer(world, "v2ReadTrigger", lambda body: {"data": _without(body["data"], "createdAt")})


@fault(
    "history-without-input",
    "v2GetInstanceHistory",
    "schema",
    "The history does not show what a stage was told.",
    'FG-105 says "input" is a required',
)
def _(world: InstanceWorld) -> None:
    change_answer(
        world,
        "v2GetInstanceHistory",
        lambda body: {"data": [_without(item, "input") for item in body["data"]]},
    )


@fault(
    "page-size-string", "v2ListWorkflows", "schema", "The size of a page is a text.", "FG-105 says pageSize"
)
def _(world: InstanceWorld) -> None:
    def as_text(body: View) -> View:
        return {"cursor": {**body["cursor"], "pageSize": str(body["cursor"]["pageSize"])}}

    change_answer(world, "v2ListWorkflows", as_text)


@fault(
    "no-has-more",
    "v2ListInstances",
    "schema",
    "The last page does not say that it is the last.",
    'FG-105 says "hasMore" is a required',
)
def _(world: InstanceWorld) -> None:
    def without(body: View) -> View:
        cursor = body["cursor"]
        return {"cursor": cursor if cursor["hasMore"] else _without(cursor, "hasMore")}

    change_answer(world, "v2ListInstances", without)


@fault("null-when-empty", "v2ListTriggers", "schema", "No triggers are listed as null.", "FG-105 says data")
def _(world: InstanceWorld) -> None:
    change_items(world, "v2ListTriggers", lambda items: items or None)


@fault("undeclared-member", "v2GetInstance", "schema", "An instance shows what is inside.", "FG-106")
def _(world: InstanceWorld) -> None:
    change_answer(
        world, "v2GetInstance", lambda body: {"data": {**body["data"], "shard": len(body["data"]["id"])}}
    )


@fault("stage-string", "v2GetInstance", "schema", "The number of a stage is a text.", "FG-105 says stage")
def _(world: InstanceWorld) -> None:
    def as_text(body: View) -> View:
        stages = [{**status, "stage": str(status["stage"])} for status in body["data"]["status"]]
        return {"data": {**body["data"], "status": stages}}

    change_answer(world, "v2GetInstance", as_text)


@fault("list-repeats-newest", "v2ListInstances", "state", "The newest instance is listed twice.", "FG-203")
def _(world: InstanceWorld) -> None:
    change_items(world, "v2ListInstances", lambda items: items[:1] + items)


@fault("list-misses-newest", "v2ListWorkflows", "state", "The newest workflow is not listed.", "FG-202")
def _(world: InstanceWorld) -> None:
    wrap(world.listed_workflows, lambda listed: listed()[:-1])


@fault("long-name-500", "v2CreateTrigger", "input", "A name of over 40 characters breaks it.", "FG-101")
def _(world: InstanceWorld) -> None:
    def fragile(trigger_of: Callable[[Any], View], body: Any) -> View:
        data = trigger_of(body)
        return unforeseen_for(data)

    def unforeseen_for(data: View) -> View:
        if len(data.get("name", "")) > 40:
            raise internal_error()
        return data

    wrap(world.inputs.trigger_of, fragile)


@fault("auth-ignored", ANY, "auth", "No token is needed.", "FG-601")
def _(world: InstanceWorld) -> None:
    wrap(world.authenticator.admits, lambda admits, request, now: True)


@fault("abort-without-token", "v2CancelEvent", "auth", "Anybody may abort an instance.", "FG-601")
def _(world: InstanceWorld) -> None:
    def authorize(check: Callable[[RoutedRequest], None], call: RoutedRequest) -> None:
        if call.operation != "v2CancelEvent":
            check(call)

    wrap(world.authorize, authorize)
