"""What a real server of February 2023 answered: routes, ids, envelopes, errors."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from flowgauge.openapi.v0_shim import operation
from flowgauge.reference.faults.rewriting import UNFORESEEN, internal_error, plain_text, printable
from flowgauge.reference.faults.table import ANY, fault, wrap
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply, Request
from flowgauge.reference.world.routes import Route, route
from flowgauge.reference.world.store import Flow, Run
from flowgauge.reference.world.wire import encoded
from flowgauge.reference.world.world import JSON, Call, World

__all__: list[str] = []

shipped = partial(fault, group="as-shipped-2023")
INFO = "orchestrationgetServerInfo"
NO_ROWS = "sql: no rows in result set"
# What that server's language leaves as it is when it writes a path.
UNESCAPED = "/$&+,:;=@"
Answer = Callable[[Call], Reply]
FlowOf = Callable[[Call], Flow]
RunOf = Callable[[Call], Run]
Refusal = Callable[[Refused], Reply]
Unsupported = Callable[[Request, Route], Reply]
Ok = Callable[[dict[str, Any]], Reply]


def _not_routed() -> Reply:
    return plain_text(404, "404 page not found\n")


@shipped(
    "shipped-01-info-not-routed", INFO, "status", "There is no way to ask for the version: 404, as text."
)
def _(world: World) -> None:
    def unsupported(refuse: Unsupported, request: Request, found: Route) -> Reply:
        is_info = any(op.id == INFO for op in found.operations.values())
        return _not_routed() if is_info else refuse(request, found)

    wrap(world.answers, INFO, lambda answer, call: _not_routed())
    wrap(world, "unsupported_method", unsupported)


@shipped("shipped-02-list-runs-without-cursor", "listRuns", "schema", "Runs are listed without a cursor.")
def _(world: World) -> None:
    wrap(world, "ok", lambda ok, value: ok({"data": value["cursor"]["data"]} if "cursor" in value else value))


@shipped("shipped-03-listed-runs-without-statuses", "listRuns", "schema", "Listed runs carry no statuses.")
def _(world: World) -> None:
    def bare(ok: Ok, value: dict[str, Any]) -> Reply:
        for run in value.get("cursor", value).get("data") or ():
            if isinstance(run, dict):
                run.pop("statuses", None)
        return ok(value)

    wrap(world, "ok", bare)


@shipped("shipped-03-started-run-without-statuses", "runWorkflow", "schema", "A start shows no statuses.")
def _(world: World) -> None:
    def bare(created: Callable[..., Reply], value: dict[str, Any], *, due: float | None = None) -> Reply:
        value["data"].pop("statuses", None)
        return created(value, due=due)

    wrap(world, "created", bare)


@shipped(
    "shipped-03-statuses-named-status",
    "getWorkflowOccurrence",
    "schema",
    "A run that is read names its statuses `status`, and leaves them out where there are none.",
)
def _(world: World) -> None:
    def renamed(ok: Ok, value: dict[str, Any]) -> Reply:
        run = value.get("data")
        if isinstance(run, dict) and "statuses" in run:
            statuses = run.pop("statuses")
            run |= {"status": statuses} if statuses else {}
        return ok(value)

    wrap(world, "ok", renamed)


@shipped(
    "shipped-05-internal-error-code",
    "getWorkflowOccurrence",
    "schema",
    "Server errors, such as that of an unknown run, carry the code INTERNAL_ERROR.",
)
def _(world: World) -> None:
    def own_code(refusal: Refusal, refused: Refused) -> Reply:
        if refused.status < 500:
            return refusal(refused)
        body = encoded({"errorCode": "INTERNAL_ERROR", "errorMessage": refused.message})
        return Reply(refused.status, JSON + refused.headers, body)

    wrap(world, "refusal", own_code)
    wrap(world, "run_of", _without_rows)


def _without_rows(find: Callable[[Call], Any], call: Call) -> Any:
    try:
        return find(call)
    except Refused as refusal:
        if refusal.status != 404:
            raise
        raise internal_error(NO_ROWS) from None


@shipped("shipped-06-unknown-route-text", ANY, "media", "An unknown route is a 404 of plain text.")
def _(world: World) -> None:
    wrap(world, "unknown_route", lambda refuse, request: _not_routed())


@shipped("shipped-06-405-empty", ANY, "status", "A 405 has no body and no Allow.")
def _(world: World) -> None:
    wrap(world, "unsupported_method", lambda refuse, request, found: Reply(405, (), b""))


@shipped("shipped-06-no-head-no-options", ANY, "status", "HEAD and OPTIONS are not supported.")
def _(world: World) -> None:
    def own_methods(refuse: Unsupported, request: Request, found: Route) -> Reply:
        try:
            return refuse(request, found)
        except Refused as refusal:
            allow = (("allow", ", ".join(sorted(found.operations))),)
            raise Refused(refusal.status, refusal.message, allow) from None

    def answered(inner: Callable[[Request, float], Reply], request: Request, now: float) -> Reply:
        found = route(request.path) if request.method in {"HEAD", "OPTIONS"} else None
        return inner(request, now) if found is None else world.unsupported_method(request, found)

    wrap(world, "unsupported_method", own_methods)
    wrap(world, "answered", answered)


@shipped(
    "shipped-06-panic-is-empty-500",
    ANY,
    "media",
    "An unforeseen error is a 500 with an empty body.",
    hidden_because="no request is known that brings such an error about; it shows beside a fault that does",
)
def _(world: World) -> None:
    def empty(refusal: Refusal, refused: Refused) -> Reply:
        is_panic = refused.status >= 500 and refused.message == UNFORESEEN
        return Reply(refused.status, (), b"") if is_panic else refusal(refused)

    wrap(world, "refusal", empty)


@shipped(
    "shipped-07-unknown-id-500", ANY, "status", "An unknown id is a 500 that shows the database's words."
)
def _(world: World) -> None:
    def flow_of(find: FlowOf, call: Call) -> Flow:
        # Lists did not look whether there is such a workflow: that is the next item.
        return find(call) if call.operation == "listRuns" else _without_rows(find, call)

    wrap(world, "flow_of", flow_of)
    wrap(world, "run_of", _without_rows)


@shipped("shipped-08-runs-of-unknown-flow-200", "listRuns", "status", "An unknown workflow has no runs: 200.")
def _(world: World) -> None:
    def flow_of(find: FlowOf, call: Call) -> Flow:
        try:
            return find(call)
        except Refused as refusal:
            if refusal.status != 404 or call.operation != "listRuns":
                raise
            return Flow(printable(call.ids["flowId"]), [], call.now)

    wrap(world, "flow_of", flow_of)


def _with_ids(world: World, read: Callable[[Call], dict[str, str]]) -> None:
    for step in ("flow_of", "run_of"):
        wrap(world, step, lambda find, call: find(replace(call, ids=read(call))))


@shipped(
    "shipped-23-odd-escapes-not-decoded",
    ANY,
    "state",
    "An id with a character escaped that need not be is looked up with its escapes.",
)
def _(world: World) -> None:
    def read(call: Call) -> dict[str, str]:
        path = call.request.path
        if quote(unquote_to_bytes(path), safe=UNESCAPED) == path:
            return dict(call.ids)
        pairs = zip(operation(call.operation).path.split("/"), path.split("/"), strict=True)
        return {name[1:-1]: segment for name, segment in pairs if name.startswith("{")}

    _with_ids(world, read)


@shipped("shipped-23-trailing-nul-ignored", ANY, "state", "An id finds the same with %00 at its end.")
def _(world: World) -> None:
    _with_ids(world, lambda call: {name: value.rstrip("\0") for name, value in call.ids.items()})


@shipped(
    "shipped-23-empty-id-handled",
    ANY,
    "status",
    "An empty id gets as far as the database: lists are empty, the rest is 500.",
)
def _(world: World) -> None:
    def flow_of(find: FlowOf, call: Call) -> Flow:
        if "" not in call.ids.values():
            return find(call)
        if call.operation == "listRuns":
            return Flow("", [], call.now)
        raise internal_error(NO_ROWS)

    wrap(world, "flow_of", flow_of)


@shipped("shipped-24-401-text", ANY, "auth", "A 401 is plain text, without WWW-Authenticate.")
def _(world: World) -> None:
    def gateway(refusal: Refusal, refused: Refused) -> Reply:
        return plain_text(401, "Unauthorized\n") if refused.status == 401 else refusal(refused)

    wrap(world, "refusal", gateway)
