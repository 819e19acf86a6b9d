"""What a real server of February 2023 answered: routes, ids, envelopes, errors."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote, unquote_to_bytes

from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.store import StoredInstance, StoredWorkflow
from flowgauge.openapi import PathMatch
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.faults.rewriting import internal_error, plain_text, printable
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply, WorldRequest
from flowgauge.reference.world.world import RoutedRequest

__all__ = ["SHIPPED", "without_rows"]

SHIPPED = FaultGroup[FlowWorld]("as-shipped-2023")
shipped = SHIPPED.fault
INFO = "orchestrationgetServerInfo"
T = TypeVar("T")
NO_ROWS = "sql: no rows in result set"
# What that server's language leaves as it is when it writes a path.
UNESCAPED = "/$&+,:;=@"
FlowOf = Callable[[RoutedRequest], StoredWorkflow]
RunOf = Callable[[RoutedRequest], StoredInstance]
Unsupported = Callable[[PathMatch], Reply]
Ok = Callable[[dict[str, Any]], Reply]


def _not_routed() -> Reply:
    return plain_text(404, "404 page not found\n")


@shipped(
    "shipped-01-info-not-routed",
    INFO,
    "status",
    "There is no way to ask for the version: 404, as text.",
    ("FG-102 says 404", "FG-210 says 404"),
)
def _(world: FlowWorld) -> None:
    def unsupported(refuse: Unsupported, found: PathMatch) -> Reply:
        is_info = any(op.id == INFO for op in found.operations.values())
        return _not_routed() if is_info else refuse(found)

    wrap_answer(world, INFO, lambda answer, call: _not_routed())
    wrap(world.unsupported_method, unsupported)


@shipped(
    "shipped-02-list-runs-without-cursor",
    "listRuns",
    "schema",
    "Runs are listed without a cursor.",
    'FG-105 says "cursor" is a required',
)
def _(world: FlowWorld) -> None:
    wrap(world.ok, lambda ok, value: ok({"data": value["cursor"]["data"]} if "cursor" in value else value))


@shipped(
    "shipped-03-listed-runs-without-statuses",
    "listRuns",
    "schema",
    "Listed runs carry no statuses.",
    'FG-105 says "statuses" is a required',
)
def _(world: FlowWorld) -> None:
    def bare(ok: Ok, value: dict[str, Any]) -> Reply:
        for run in value.get("cursor", value).get("data") or ():
            if isinstance(run, dict):
                run.pop("statuses", None)
        return ok(value)

    wrap(world.ok, bare)


@shipped(
    "shipped-03-started-run-without-statuses",
    "runWorkflow",
    "schema",
    "A start shows no statuses.",
    'FG-105 says "statuses" is a required',
)
def _(world: FlowWorld) -> None:
    def bare(created: Callable[..., Reply], value: dict[str, Any], *, due: float | None = None) -> Reply:
        value["data"].pop("statuses", None)
        return created(value, due=due)

    wrap(world.created, bare)


@shipped(
    "shipped-03-statuses-named-status",
    "getWorkflowOccurrence",
    "schema",
    "A run that is read names its statuses `status`, and leaves them out where there are none.",
    'FG-105 says "statuses" is a required',
)
def _(world: FlowWorld) -> None:
    def renamed(ok: Ok, value: dict[str, Any]) -> Reply:
        run = value.get("data")
        if isinstance(run, dict) and "statuses" in run:
            statuses = run.pop("statuses")
            run |= {"status": statuses} if statuses else {}
        return ok(value)

    wrap(world.ok, renamed)


def without_rows(find: Callable[[RoutedRequest], T], call: RoutedRequest) -> T:
    """What is not found is an error of the server, which shows the words of its database."""
    try:
        return find(call)
    except Refused as refusal:
        if refusal.status != 404:
            raise
        raise internal_error(NO_ROWS) from None


@shipped(
    "shipped-06-unknown-route-text",
    ANY,
    "media",
    "An unknown route is a 404 of plain text.",
    "FG-103 (no operation)",
)
def _(world: FlowWorld) -> None:
    wrap(world.unknown_route, lambda refuse: _not_routed())


@shipped(
    "shipped-06-405-empty",
    ANY,
    "status",
    "A 405 has no body and no Allow.",
    ("FG-103 says 0 Content-Type", "FG-107"),
)
def _(world: FlowWorld) -> None:
    wrap(world.unsupported_method, lambda refuse, found: Reply(405, (), b""))


@shipped(
    "shipped-06-no-head-no-options",
    ANY,
    "status",
    "HEAD and OPTIONS are not supported.",
    ("FG-210 says 405", "FG-102 says HEAD"),
)
def _(world: FlowWorld) -> None:
    def own_methods(refuse: Unsupported, found: PathMatch) -> Reply:
        try:
            return refuse(found)
        except Refused as refusal:
            allow = (("allow", ", ".join(sorted(found.operations))),)
            raise Refused(refusal.status, refusal.message, allow) from None

    def answered(inner: Callable[[WorldRequest, float], Reply], request: WorldRequest, now: float) -> Reply:
        found = world.document.matched(request.path) if request.method in {"HEAD", "OPTIONS"} else None
        return inner(request, now) if found is None else world.unsupported_method(found)

    wrap(world.unsupported_method, own_methods)
    wrap(world.answered, answered)


@shipped(
    "shipped-07-unknown-id-500",
    ANY,
    "status",
    "An unknown id is a 500 that shows the database's words.",
    ("FG-101 says unknown", "FG-109"),
)
def _(world: FlowWorld) -> None:
    def flow_of(find: FlowOf, call: RoutedRequest) -> StoredWorkflow:
        # Lists did not look whether there is such a workflow: that is the next item.
        return find(call) if call.operation == "listRuns" else without_rows(find, call)

    wrap(world.flow_of, flow_of)
    wrap(world.run_of, without_rows)


@shipped(
    "shipped-08-runs-of-unknown-flow-200",
    "listRuns",
    "status",
    "An unknown workflow has no runs: 200.",
    "FG-204",
)
def _(world: FlowWorld) -> None:
    def flow_of(find: FlowOf, call: RoutedRequest) -> StoredWorkflow:
        try:
            return find(call)
        except Refused as refusal:
            if refusal.status != 404 or call.operation != "listRuns":
                raise
            return StoredWorkflow(0, printable(call.ids["flowId"]), {"stages": []}, call.now)

    wrap(world.flow_of, flow_of)


def _with_ids(world: FlowWorld, read: Callable[[RoutedRequest], dict[str, str]]) -> None:
    wrap(world.flow_of, lambda find, call: find(replace(call, ids=read(call))))
    wrap(world.run_of, lambda find, call: find(replace(call, ids=read(call))))


@shipped(
    "shipped-23-odd-escapes-not-decoded",
    ANY,
    "state",
    "An id with a character escaped that need not be is looked up with its escapes.",
    ("FG-210 says an escaped letter", "FG-101 any says a valid GET"),
)
def _(world: FlowWorld) -> None:
    def read(call: RoutedRequest) -> dict[str, str]:
        path = call.request.path
        if quote(unquote_to_bytes(path), safe=UNESCAPED) == path:
            return dict(call.ids)
        pairs = zip(world.document.operation(call.operation).path.split("/"), path.split("/"), strict=True)
        return {name[1:-1]: segment for name, segment in pairs if name.startswith("{")}

    _with_ids(world, read)


@shipped(
    "shipped-23-trailing-nul-ignored",
    ANY,
    "state",
    "An id finds the same with %00 at its end.",
    "FG-204 says %00",
)
def _(world: FlowWorld) -> None:
    _with_ids(world, lambda call: {name: value.rstrip("\0") for name, value in call.ids.items()})


@shipped(
    "shipped-23-empty-id-handled",
    ANY,
    "status",
    "An empty id gets as far as the database: lists are empty, the rest is 500.",
    ("FG-101 says flows//runs", "FG-204 listRuns says flows//runs"),
)
def _(world: FlowWorld) -> None:
    def flow_of(find: FlowOf, call: RoutedRequest) -> StoredWorkflow:
        if "" not in call.ids.values():
            return find(call)
        if call.operation == "listRuns":
            return StoredWorkflow(0, "", {"stages": []}, call.now)
        raise internal_error(NO_ROWS)

    wrap(world.flow_of, flow_of)
