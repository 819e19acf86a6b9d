"""The suites' hand on the target: sends requests, and lets the observer judge every answer."""

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from flowgauge import __version__
from flowgauge.contract.findings.defect import Defect
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.findings.sightings import NO_OPERATION, Sightings
from flowgauge.contract.judging.knowledge import Knowledge
from flowgauge.contract.judging.observer import Observer
from flowgauge.contract.judging.tolerances import FOREIGN, SAME_HOST, VIRTUAL
from flowgauge.contract.strict_json import NotStrictJson, parsed
from flowgauge.contract.targets.target import TOKEN, Capability, Target
from flowgauge.openapi.v0_shim import operation, operations
from flowgauge.results import Exchange, Request

__all__ = [
    "AUTHORIZATION",
    "JSON_TYPE",
    "USER_AGENT",
    "Probe",
    "built",
    "built_all",
    "existing_ids",
    "payload",
]

AUTHORIZATION = ("Authorization", f"Bearer {TOKEN}")
JSON_TYPE = ("Content-Type", "application/json")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
USER_AGENT = ("User-Agent", f"flowgauge/{__version__}")


class Probe:
    """One target, what is known of it, and where its defects are written down."""

    def __init__(self, target: Target, recorder: Recorder) -> None:
        self.target = target
        self.recorder = recorder
        self.sent = 0
        # On the monotonic clock; how many requests came too late is kept beside it, and how many were writes
        # to a target that must not be written to.
        self.deadline = math.inf
        self.held_back = 0
        self.held_back_writes = 0
        # What was wrong with the exchange, or the exchanges together, that were judged last.
        self.last_defects: tuple[Defect, ...] = ()
        capabilities = target.capabilities
        is_exclusive = Capability.EXCLUSIVE in capabilities
        tolerances = SAME_HOST if is_exclusive else FOREIGN
        self.observer = Observer(
            is_exclusive=is_exclusive,
            executes_stages=Capability.STAGE_KINDS in capabilities,
            tolerances=VIRTUAL if Capability.VIRTUAL_CLOCK in capabilities else tolerances,
        )
        self.knowledge.read_back = lambda flow_id: self.call("getFlow", flowId=flow_id)

    @property
    def knowledge(self) -> Knowledge:
        """What is known of the server's state."""
        return self.observer.knowledge

    def can(self, *capabilities: Capability) -> bool:
        """Whether the target has all of these."""
        return set(capabilities) <= self.target.capabilities

    def send(self, request: Request) -> Exchange:
        """Send a request as it stands, and judge the answer.

        Nothing that could change the server's state is sent where the target must not be written to, and
        nothing at all after the deadline; such a request comes back without an answer and unjudged.
        """
        if self._is_held_back(request):
            return self._not_sent(request)
        return self._judged(self.target.send(request))

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests at the same time, and judge all answers when the last has come."""
        if any(self._is_held_back(request) for request in requests):
            return [self._not_sent(request) for request in requests]
        exchanges = self.target.send_together(requests)
        # Writes first: a list may show what a write that was answered later did.
        order = sorted(
            range(len(exchanges)),
            key=lambda k: (exchanges[k].request.method != "POST", exchanges[k].received_at),
        )
        judged: dict[int, Exchange] = {}
        defects: list[Defect] = []
        for k in order:
            judged[k] = self._judged(exchanges[k])
            defects += self.last_defects
        self.last_defects = tuple(defects)
        return [judged[k] for k in range(len(exchanges))]

    def call(self, operation_id: str, *, query: str = "", body: Any = None, **ids: str) -> Exchange:
        """Call an operation with a JSON body and ids, with a valid token."""
        return self.send(built(operation_id, query=query, body=body, **ids))

    def answered(self, operation_id: str, *, query: str = "", body: Any = None, **ids: str) -> Any:
        """Like `call`, but returns what the success holds under `data` or `cursor`, or None without one."""
        return payload(self.call(operation_id, query=query, body=body, **ids))

    def reset(self) -> None:
        """Empty the store, where the target can, and forget what was in it."""
        if self.can(Capability.RESET):
            self.target.reset()
            self.knowledge.forget()

    def found(self, finding_id: str, wrong: str | None, exchange: Exchange, *before: Exchange) -> bool:
        """Count a check that a suite made over several exchanges. Returns whether all is well."""
        sightings = Sightings(exchange.operation or NO_OPERATION, exchange)
        is_well = sightings.check(finding_id, wrong, *before)
        self.recorder.note(sightings)
        return is_well

    def _is_held_back(self, request: Request) -> bool:
        is_late = time.monotonic() > self.deadline
        is_forbidden = request.method not in SAFE_METHODS and not self.can(Capability.WRITE)
        self.held_back += is_late
        self.held_back_writes += is_forbidden
        return is_late or is_forbidden

    def _not_sent(self, request: Request) -> Exchange:
        self.last_defects = ()
        return Exchange(None, request, None, 0.0, 0.0, "not sent")

    def _judged(self, exchange: Exchange) -> Exchange:
        sightings = self.observer.observe(exchange)
        self.sent += 1
        self.last_defects = tuple(sightings.defects)
        self.recorder.case(sightings)
        return sightings.exchange


def built(operation_id: str, *, query: str = "", body: Any = None, **ids: str) -> Request:
    """A valid request of an operation; `body` is any JSON value, or None for no body."""
    op = operation(operation_id)
    headers = [AUTHORIZATION, USER_AGENT]
    content = None
    if body is not None:
        headers.append(JSON_TYPE)
        content = msgspec.json.encode(body)
    target = op.url_path(ids) + (f"?{query}" if query else "")
    return Request(op.method, target, tuple(headers), content)


def built_all(ids: dict[str, str]) -> Iterator[Request]:
    """A valid request of each operation for which there are ids, in the document's order."""
    for op in operations():
        if set(op.path_parameters) <= set(ids):
            yield built(op.id, **{name: ids[name] for name in op.path_parameters})


def payload(exchange: Exchange) -> Any:
    """What a success holds under `data` or `cursor`, or None where it is no sound success."""
    response = exchange.response
    if response is None or not 200 <= response.status < 300:
        return None
    try:
        value = parsed(response.body)
    except NotStrictJson:
        return None
    return next((value[k] for k in ("data", "cursor") if isinstance(value, dict) and k in value), None)


def existing_ids(probe: Probe) -> dict[str, str]:
    """The ids of a workflow and of a run of it that the server has acknowledged; made where there are none.

    On a server that must not be written to they are somebody else's. One or both may be missing.
    """
    if not probe.can(Capability.WRITE):
        return _foreign_ids(probe)
    for flow in probe.knowledge.flows.values():
        for run in flow.runs.values():
            if not (flow.is_lost or run.is_lost):
                return {"flowId": flow.id, "runId": run.id}
    flow_id = _id_of(probe.answered("createWorkflow", body={"stages": [{"delay": {"duration": "10ms"}}]}))
    if flow_id is None or probe.answered("getFlow", flowId=flow_id) is None:
        return {}
    run_id = _id_of(probe.answered("runWorkflow", flowId=flow_id))
    return {"flowId": flow_id} if run_id is None else {"flowId": flow_id, "runId": run_id}


def _foreign_ids(probe: Probe) -> dict[str, str]:
    for flow in _items(probe.answered("listFlows"))[:5]:
        flow_id = _id_of(flow)
        page = probe.answered("listRuns", flowId=flow_id) if flow_id else None
        for run in _items(page.get("data") if isinstance(page, dict) else None):
            if flow_id and (run_id := _id_of(run)):
                return {"flowId": flow_id, "runId": run_id}
    return {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _id_of(data: Any) -> str | None:
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else None
