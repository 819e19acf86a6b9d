"""The world: everything the reference server knows, and how it answers.

`World.handle(request, now)` is the whole interface. Nothing in here sleeps, reads a clock or touches a
socket: time and randomness come in as arguments, so the same calls give the same answers. The methods
below `handle`, with those of `Inputs` and `Views`, are the steps of an answer; a named fault replaces one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from flowgauge import __version__
from flowgauge.openapi.v0_shim import token_path
from flowgauge.reference.world.auth import Credential, Gatekeeper
from flowgauge.reference.world.inputs import Inputs, Refused
from flowgauge.reference.world.message import Headers, Reply, Request
from flowgauge.reference.world.pages import InvalidCursor, Place, page_at, place_of
from flowgauge.reference.world.routes import Route, route
from flowgauge.reference.world.stages import timeline
from flowgauge.reference.world.store import Flow, Run
from flowgauge.reference.world.views import Views
from flowgauge.reference.world.wire import encoded

__all__ = ["Call", "World"]

DEFAULT_PAGE_SIZE = 15
TOKEN_LIFETIME = 3600.0
JSON: Headers = (("content-type", "application/json"),)


@dataclass(frozen=True, slots=True)
class Call:
    """One routed request: what the steps of an answer hand to each other."""

    request: Request
    operation: str
    ids: Mapping[str, str]
    now: float


class World:
    """A server without a socket. `now` is seconds since the epoch and must not run backwards."""

    def __init__(
        self,
        *,
        credentials: Sequence[Credential],
        clients: Mapping[str, str] | None = None,
        random: Random,
        token_lifetime: float = TOKEN_LIFETIME,
    ) -> None:
        self.random = random
        self.inputs = Inputs()
        self.views = Views()
        self.gatekeeper = Gatekeeper(
            credentials, dict(clients or {}), lifetime=token_lifetime, new_token=self.new_id
        )
        self.flows: dict[str, Flow] = {}
        self.answers: dict[str, Callable[[Call], Reply]] = {
            "orchestrationgetServerInfo": self.server_info,
            "listFlows": self.list_flows,
            "createWorkflow": self.create_workflow,
            "getFlow": self.get_flow,
            "listRuns": self.list_runs,
            "runWorkflow": self.run_workflow,
            "getWorkflowOccurrence": self.get_occurrence,
        }

    # -- the interface

    def handle(self, request: Request, now: float) -> Reply:
        """The answer to `request` at `now`; it is to be sent at `reply.due`, where that is later."""
        try:
            return self.answered(request, now)
        except Refused as refusal:
            reply = self.refusal(refusal)
            return self.head(reply) if request.method == "HEAD" else reply

    def reset(self) -> None:
        """Forget every workflow and run."""
        self.flows.clear()

    # -- the way of a request

    def answered(self, request: Request, now: float) -> Reply:
        if request.path == token_path():
            return self.token(request, now)
        found = route(request.path)
        if found is None:
            return self.unknown_route(request)
        if request.method == "OPTIONS":
            return Reply(204, (("allow", found.allow),), b"")
        method = "GET" if request.method == "HEAD" else request.method
        if method not in found.operations:
            return self.unsupported_method(request, found)
        call = Call(request, found.operations[method].id, found.ids, now)
        self.authorize(call)
        reply = self.answers[call.operation](call)
        return self.head(reply) if request.method == "HEAD" else reply

    def token(self, request: Request, now: float) -> Reply:
        if request.method != "POST":
            allow = "OPTIONS, POST"
            if request.method == "OPTIONS":
                return Reply(204, (("allow", allow),), b"")
            raise Refused(405, "this method is not supported here", (("allow", allow),))
        self.inputs.limit_body(request)
        return self.gatekeeper.issue(request, now)

    def unknown_route(self, request: Request) -> Reply:  # noqa: ARG002 - faults look at it
        raise Refused(404, "no such route")

    def unsupported_method(self, request: Request, found: Route) -> Reply:  # noqa: ARG002 - faults look at it
        raise Refused(405, "this method is not supported here", (("allow", found.allow),))

    def authorize(self, call: Call) -> None:
        if not self.gatekeeper.admits(call.request, call.now):
            raise Refused(401, "a valid bearer token is required", (("www-authenticate", "Bearer"),))

    # -- the operations

    def server_info(self, call: Call) -> Reply:  # noqa: ARG002 - one signature for all operations
        return self.ok({"version": __version__})

    def list_flows(self, call: Call) -> Reply:
        return self.ok({"data": [self.views.flow(flow, call.now) for flow in self.listed_flows()]})

    def create_workflow(self, call: Call) -> Reply:
        flow = self.new_flow(self.inputs.stages_of(self.inputs.json_body(call.request)), call.now)
        self.keep_flow(flow)
        return self.created({"data": self.views.flow(flow, call.now)})

    def get_flow(self, call: Call) -> Reply:
        return self.ok({"data": self.views.flow(self.flow_of(call), call.now)})

    def list_runs(self, call: Call) -> Reply:
        flow = self.flow_of(call)
        page = page_at(self.listed_runs(flow), self.place(call, flow))
        return self.ok({"cursor": self.views.page(page, call.now)})

    def run_workflow(self, call: Call) -> Reply:
        flow = self.flow_of(call)
        wait = self.inputs.wait_of(self.inputs.query(call.request))
        variables = self.inputs.variables_of(self.inputs.json_body(call.request))
        run = self.new_run(flow, variables, call.now)
        self.keep_run(flow, run)
        due = self.wait_due(run, call.now) if wait else call.now
        return self.created({"data": self.views.run(run, due)}, due=due if wait else None)

    def get_occurrence(self, call: Call) -> Reply:
        return self.ok({"data": self.views.run(self.run_of(call), call.now)})

    def place(self, call: Call, flow: Flow) -> Place:
        """Where the page that was asked for begins."""
        query = self.inputs.query(call.request)
        size, cursor = self.inputs.page_size_of(query), self.inputs.single(query, "cursor")
        count = len(self.listed_runs(flow))
        if cursor is None:
            return Place(flow.id, "older", count, size or DEFAULT_PAGE_SIZE)
        try:
            place = place_of(cursor, flow.id, count)
        except InvalidCursor as error:
            raise Refused(400, f"cursor: {error}") from None
        # The cursor knows its page size; one given beside it wins.
        return Place(flow.id, place.direction, place.index, size or place.size)

    # -- the store

    def new_id(self) -> str:
        """A random UUID (version 4)."""
        bits = self.random.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | 0x4 << 76 | 0x2 << 62
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def new_flow(self, stages: list[dict[str, Any]], now: float) -> Flow:
        return Flow(self.new_id(), stages, now)

    def keep_flow(self, flow: Flow) -> None:
        self.flows[flow.id] = flow

    def listed_flows(self) -> list[Flow]:
        """All workflows, newest first."""
        return list(reversed(self.flows.values()))

    def flow_of(self, call: Call) -> Flow:
        flow = self.flows.get(call.ids["flowId"])
        if flow is None:
            raise Refused(404, "no such workflow")
        return flow

    def new_run(self, flow: Flow, variables: Mapping[str, str], now: float) -> Run:
        spans = timeline(flow.stages, variables, now)
        return Run(self.new_id(), flow.id, now, spans, tuple(self.new_id() for _ in spans))

    def keep_run(self, flow: Flow, run: Run) -> None:
        flow.runs.append(run)
        flow.runs_by_id[run.id] = run

    def listed_runs(self, flow: Flow) -> list[Run]:
        """The workflow's runs, oldest first."""
        return flow.runs

    def run_of(self, call: Call) -> Run:
        run = self.flow_of(call).runs_by_id.get(call.ids["runId"])
        if run is None:
            raise Refused(404, "no such run of this workflow")
        return run

    def wait_due(self, run: Run, now: float) -> float:
        return max(run.ends, now)

    def ok(self, value: Any) -> Reply:
        return Reply(200, JSON, encoded(value))

    def created(self, value: Any, *, due: float | None = None) -> Reply:
        return Reply(201, JSON, encoded(value), due)

    def refusal(self, refusal: Refused) -> Reply:
        body = encoded({"errorCode": "VALIDATION", "errorMessage": refusal.message})
        return Reply(refusal.status, JSON + refusal.headers, body)

    def head(self, reply: Reply) -> Reply:
        return Reply(reply.status, reply.headers, reply.body, reply.due, head_only=True)
