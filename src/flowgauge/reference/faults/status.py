"""Faults of status codes, media types and headers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from flowgauge.reference.faults.rewriting import internal_error, plain_text
from flowgauge.reference.faults.table import ANY, fault, wrap
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply, Request
from flowgauge.reference.world.routes import Route
from flowgauge.reference.world.world import JSON, Call, World

__all__: list[str] = []

Answer = Callable[[Call], Reply]
INFO = "orchestrationgetServerInfo"


@fault("info-500", INFO, "status", "Asking for the version answers 500.")
def _(world: World) -> None:
    def broken(_answer: Answer, _call: Call) -> Reply:
        raise internal_error()

    wrap(world.answers, INFO, broken)


@fault("info-empty", INFO, "media", "Asking for the version answers 200 with an empty body.")
def _(world: World) -> None:
    wrap(world.answers, INFO, lambda answer, call: replace(answer(call), body=b""))


@fault("create-200", "createWorkflow", "status", "A create answers 200 where the contract says 201.")
def _(world: World) -> None:
    wrap(world.answers, "createWorkflow", lambda answer, call: replace(answer(call), status=200))


@fault("unknown-flow-200-null", "getFlow", "status", "Reading an unknown workflow answers 200 and null.")
def _(world: World) -> None:
    def answer_null(answer: Answer, call: Call) -> Reply:
        try:
            return answer(call)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            return world.ok({"data": None})

    wrap(world.answers, "getFlow", answer_null)


@fault("unknown-flow-500", "getFlow", "status", "Reading a workflow that does not exist answers 500.")
def _(world: World) -> None:
    def answer_500(answer: Answer, call: Call) -> Reply:
        try:
            return answer(call)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            raise internal_error() from None

    wrap(world.answers, "getFlow", answer_500)


@fault("malformed-json-500", ANY, "status", "A body that is not JSON answers 500 where a 400 is due.")
def _(world: World) -> None:
    def unguarded(json_body: Callable[[Request], Any], request: Request) -> Any:
        try:
            return json_body(request)
        except Refused as refusal:
            if refusal.status != 400:
                raise
            raise internal_error() from None

    wrap(world.inputs, "json_body", unguarded)


@fault("delete-200", ANY, "status", "DELETE, which no path supports, answers 200 and does nothing.")
def _(world: World) -> None:
    def accept_delete(refuse: Callable[[Request, Route], Reply], request: Request, found: Route) -> Reply:
        return Reply(200, JSON, b"{}") if request.method == "DELETE" else refuse(request, found)

    wrap(world, "unsupported_method", accept_delete)


@fault("405-without-allow", ANY, "status", "A 405 does not name the methods that are allowed.")
def _(world: World) -> None:
    def without_allow(refusal: Callable[[Refused], Reply], refused: Refused) -> Reply:
        reply = refusal(refused)
        return replace(reply, headers=tuple(h for h in reply.headers if h[0] != "allow"))

    wrap(world, "refusal", without_allow)


@fault("success-text-plain", ANY, "media", "Successes are labelled text/plain.")
def _(world: World) -> None:
    plain = (("content-type", "text/plain"),)
    wrap(world, "ok", lambda ok, value: replace(ok(value), headers=plain))
    wrap(world, "created", lambda created, value, due=None: replace(created(value, due=due), headers=plain))


@fault("error-html", ANY, "media", "Errors are pages of HTML.")
def _(world: World) -> None:
    def page(_refusal: Callable[[Refused], Reply], refused: Refused) -> Reply:
        text = f"<html><body><h1>{refused.status}</h1><p>The request failed.</p></body></html>"
        html = (("content-type", "text/html; charset=utf-8"), *refused.headers)
        return replace(plain_text(refused.status, text), headers=html)

    wrap(world, "refusal", page)


@fault("nan-in-json", ANY, "media", "The index of a stage is written as NaN, which is not JSON.")
def _(world: World) -> None:
    # The encoder would write null; raw text goes out as it is.
    wrap(world.views, "status", lambda status, *seen: status(*seen) | {"stage": msgspec.Raw(b"NaN")})
