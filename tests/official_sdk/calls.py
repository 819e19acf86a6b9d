"""Every method of the SDK's orchestration part, called once or more, with what its answer must hold."""

import asyncio
import inspect
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from formance_sdk_python import SDK
from formance_sdk_python.models.errors import SDKBaseError

from flowgauge.json_diff import differences, told

__all__ = ["OK", "STAGES", "Visit", "payload", "visit"]

STAGES = [
    {"noop": {}},
    {"wait_event": {"event": "paid"}},
    {"delay": {"duration": "200ms"}},
    {
        "send": {
            "source": {"account": {"id": "a"}},
            "destination": {"account": {"id": "b"}},
            "amount": {"amount": 10**20, "asset": "USD/2"},
        }
    },
    {"update": {"account": {"id": "a", "ledger": "default", "metadata": {"seen": "yes"}}}},
]
LONGEST_WAIT = 10.0
OK = "ok"
# What is no part of what an answer holds.
_ENVELOPE = {"status_code", "content_type", "raw_response"}
# What the SDK puts where nothing stood, by the end of its pointer: defaults of the document.
_DEFAULTS = ("/allowOverdraft", "/throughAccount")


@dataclass
class Visit:
    """One SDK at one server: what each of its calls came to, by what was called."""

    sdk: SDK
    version: str
    is_async: bool
    pause: Callable[[float], None]
    runner: asyncio.Runner
    results: dict[str, str] = field(default_factory=dict)

    @property
    def part(self) -> Any:
        """The methods of this version."""
        return getattr(self.sdk.orchestration, self.version)

    def call(self, method: str, **request: Any) -> Any:
        """What a method answers."""
        called = getattr(self.part, f"{method}_async" if self.is_async else method)
        options = {"request": request} if "request" in inspect.signature(called).parameters else {}
        return self.runner.run(called(**options)) if self.is_async else called(**options)

    def check(
        self,
        method: str,
        status: int,
        holds: Callable[[Any], bool] | None = None,
        case: str = "",
        **request: Any,
    ) -> Any:
        """Call a method, note what is wrong with its answer, and return what was decoded."""
        name = f"{method}{f' ({case})' if case else ''}"
        try:
            answer = self.call(method, **request)
        except Exception as error:
            self.results[name] = f"raised {error!r}"
            raise
        decoded = payload(answer)
        self.results[name] = self._wrong(answer, decoded, status, holds) or OK
        return decoded

    def _wrong(self, answer: Any, decoded: Any, status: int, holds: Callable[[Any], bool] | None) -> str:
        if answer.status_code != status:
            return f"status {answer.status_code}, not {status}"
        if status != 204:
            sent = json.loads(answer.raw_response.content)
            read = json.loads(decoded.model_dump_json(by_alias=True))
            for found in differences(sent, read):
                is_default = found.kind == "added" and found.pointer.endswith(_DEFAULTS)
                if not is_default and found.expected != found.actual:
                    return f"decoded otherwise: {told(found)}"
        return "" if holds is None or holds(decoded) else f"it does not hold what it should: {decoded!r}"

    def check_refused(self, method: str, status: int, code: str, **request: Any) -> None:
        """Call a method that must be refused, with the SDK's own error."""
        name = f"{method} ({status})"
        try:
            self.call(method, **request)
        except SDKBaseError as error:
            met = (error.status_code, error.data.error_code.value)
            self.results[name] = OK if met == (status, code) else f"{met}, not {(status, code)}"
        else:
            self.results[name] = f"accepted, not {status}"

    def items(self, decoded: Any) -> list[Any]:
        """The things in an answer to a list."""
        return list(decoded.data if self.version == "v1" else decoded.cursor.data)


def visit(it: Visit) -> None:
    """Every method, from an empty server to an empty one."""
    info = "get_server_info_orchestration" if it.version == "v1" else "get_server_info"
    it.check(info, 200, lambda found: bool(found.version))
    workflow = it.check(
        "create_workflow", 201, lambda found: found.data.config.stages == STAGES, name="payout", stages=STAGES
    ).data.id
    it.check("get_workflow", 200, lambda found: found.data.config.name == "payout", flow_id=workflow)
    it.check("list_workflows", 200, lambda found: [w.id for w in it.items(found)] == [workflow])
    instances(it, workflow)
    triggers(it, workflow)
    it.check("delete_workflow", 204, flow_id=workflow)
    it.check_refused("get_workflow", 404, "NOT_FOUND", flow_id=workflow)
    it.check_refused("get_instance", 404, "NOT_FOUND", instance_id="nobody")
    if it.version == "v2":
        pages(it)


def instances(it: Visit, workflow: str) -> None:
    """Start, look, send an event, wait for the end; abort another."""
    run = {"workflow_id": workflow, "request_body": {"who": "Ada"}}
    first = it.check("run_workflow", 201, lambda found: not found.data.terminated, **run).data.id
    it.check("get_instance", 200, lambda found: len(found.data.status) == 2, instance_id=first)
    it.check("send_event", 204, instance_id=first, request_body={"name": "paid"})
    ended = it.call("get_instance", instance_id=first)
    since = time.monotonic()
    while not payload(ended).data.terminated and time.monotonic() < since + LONGEST_WAIT:
        it.pause(0.05)
        ended = it.call("get_instance", instance_id=first)
    it.check(
        "get_instance",
        200,
        lambda found: found.data.terminated and found.data.error is None and len(found.data.status) == 5,
        "ended",
        instance_id=first,
    )
    names = ["RunNoop", "RunWaitEvent", "RunDelay", "RunSend", "RunUpdate"]
    it.check(
        "get_instance_history", 200, lambda found: [s.name for s in found.data] == names, instance_id=first
    )
    it.check("get_instance_stage_history", 200, instance_id=first, number=0)
    waiting = it.check("run_workflow", 201, None, "wait", **run, wait=True).data.id
    running = {"workflow_id": workflow, "running": True}
    it.check("list_instances", 200, lambda found: [i.id for i in it.items(found)] == [waiting], **running)
    it.check("cancel_event", 204, instance_id=waiting)
    it.check("list_instances", 200, lambda found: it.items(found) == [], "none runs", **running)


def triggers(it: Visit, workflow: str) -> None:
    """Register, read, test, delete."""
    data = {"event": "paid", "workflow_id": workflow, "filter": 'event.asset == "USD"', "name": "on payment"}
    trigger = it.check("create_trigger", 201, None, "", **data, vars={"a": "event.a"}, version="v1").data.id
    named = {"trigger_id": trigger}
    it.check("read_trigger", 200, lambda found: found.data.filter_ == data["filter"], **named)
    it.check(
        "list_triggers", 200, lambda found: [t.id for t in it.items(found)] == [trigger], name="on payment"
    )
    it.check("list_triggers_occurrences", 200, lambda found: it.items(found) == [], **named)
    if it.version == "v2":
        event = {"asset": "USD", "a": "b"}
        it.check("test_trigger", 200, lambda found: found.data.filter_.match, **named, request_body=event)
    it.check("delete_trigger", 204, **named)
    it.check_refused("read_trigger", 404, "NOT_FOUND", **named)


def pages(it: Visit) -> None:
    """By the cursor that the SDK hands out, to the end and back."""
    made = [it.call("create_workflow", stages=[]) for _ in range(3)]
    ids = [payload(answer).data.id for answer in made]
    first = it.check("list_workflows", 200, lambda found: found.cursor.has_more, "a page", page_size=2)
    last = it.check(
        "list_workflows", 200, lambda found: not found.cursor.has_more, "the next", cursor=first.cursor.next
    )
    seen = [each.id for each in (*it.items(first), *it.items(last))]
    it.results["list_workflows (all pages)"] = OK if sorted(seen) == sorted(ids) else f"{seen}, not {ids}"
    back = {"cursor": last.cursor.previous}
    it.check("list_workflows", 200, lambda found: it.items(found) == it.items(first), "back", **back)
    it.check_refused("list_workflows", 400, "VALIDATION", cursor="nonsense")


def payload(answer: Any) -> Any:
    return next((value for name, value in vars(answer).items() if name not in _ENVELOPE), None)
