"""Faults of status codes, media types and headers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.faults.rewriting import internal_error, plain_text
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import JSON_HEADERS, Reply, WorldRequest
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest

__all__ = ["SEEDED"]

SEEDED = FaultGroup[FlowWorld]("seeded")
fault = SEEDED.fault
INFO = "orchestrationgetServerInfo"


@fault("info-500", INFO, "status", "Asking for the version answers 500.", "FG-101")
def _(world: FlowWorld) -> None:
    def broken(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        raise internal_error()

    wrap_answer(world, INFO, broken)


@fault("info-empty", INFO, "media", "Asking for the version answers 200 with an empty body.", "FG-104")
def _(world: FlowWorld) -> None:
    wrap_answer(world, INFO, lambda answer, call: replace(answer(call), body=b""))


@fault(
    "create-200", "createWorkflow", "status", "A create answers 200 where the contract says 201.", "FG-102"
)
def _(world: FlowWorld) -> None:
    wrap_answer(world, "createWorkflow", lambda answer, call: replace(answer(call), status=200))


@fault(
    "unknown-flow-200-null",
    "getFlow",
    "status",
    "Reading an unknown workflow answers 200 and null.",
    "FG-204",
)
def _(world: FlowWorld) -> None:
    def answer_null(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        try:
            return answer(call)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            return world.ok({"data": None})

    wrap_answer(world, "getFlow", answer_null)


@fault(
    "unknown-flow-500", "getFlow", "status", "Reading a workflow that does not exist answers 500.", "FG-101"
)
def _(world: FlowWorld) -> None:
    def answer_500(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        try:
            return answer(call)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            raise internal_error() from None

    wrap_answer(world, "getFlow", answer_500)


@fault(
    "malformed-json-500",
    ANY,
    "status",
    "A body that is not JSON answers 500 where a 400 is due.",
    "FG-101 says POST with body:",
)
def _(world: FlowWorld) -> None:
    def unguarded(json_body: Callable[[WorldRequest], Any], request: WorldRequest) -> Any:
        try:
            return json_body(request)
        except Refused as refusal:
            if refusal.status != 400:
                raise
            raise internal_error() from None

    wrap(world.inputs.json_body, unguarded)


@fault(
    "delete-200",
    ANY,
    "status",
    "DELETE, which no path supports, answers 200 and does nothing.",
    "FG-102 says DELETE",
)
def _(world: FlowWorld) -> None:
    def accept_delete(
        answered: Callable[[WorldRequest, float], Reply], request: WorldRequest, now: float
    ) -> Reply:
        is_deleting = request.method == "DELETE" and world.document.matched(request.path) is not None
        return Reply(200, JSON_HEADERS, b"{}") if is_deleting else answered(request, now)

    wrap(world.answered, accept_delete)


@fault("405-without-allow", ANY, "status", "A 405 does not name the methods that are allowed.", "FG-107")
def _(world: FlowWorld) -> None:
    def without_allow(refusal: Callable[[Refused], Reply], refused: Refused) -> Reply:
        reply = refusal(refused)
        return replace(reply, headers=tuple(h for h in reply.headers if h[0] != "allow"))

    wrap(world.refusal, without_allow)


@fault("success-text-plain", ANY, "media", "Successes are labelled text/plain.", "FG-103 says text/plain")
def _(world: FlowWorld) -> None:
    plain = (("content-type", "text/plain"),)
    wrap(world.ok, lambda ok, value: replace(ok(value), headers=plain))

    def created(create: Callable[..., Reply], value: Any, *, due: float | None = None) -> Reply:
        return replace(create(value, due=due), headers=plain)

    wrap(world.created, created)


@fault("error-html", ANY, "media", "Errors are pages of HTML.", "FG-103 says text/html")
def _(world: FlowWorld) -> None:
    def page(refusal: Callable[[Refused], Reply], refused: Refused) -> Reply:
        text = f"<html><body><h1>{refused.status}</h1><p>The request failed.</p></body></html>"
        html = (("content-type", "text/html; charset=utf-8"), *refused.headers)
        return replace(plain_text(refused.status, text), headers=html)

    wrap(world.refusal, page)


@fault("nan-in-json", ANY, "media", "The index of a stage is written as NaN, which is not JSON.", "FG-104")
def _(world: FlowWorld) -> None:
    # The encoder would write null; raw text goes out as it is.
    wrap(
        world.views.status,
        lambda status, span, occurrence_id, now: (
            status(span, occurrence_id, now) | {"stage": msgspec.Raw(b"NaN")}
        ),
    )
