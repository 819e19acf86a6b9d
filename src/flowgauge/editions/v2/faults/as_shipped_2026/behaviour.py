"""What a real server of June 2026 did: waits, aborts, events, pages, and what it made of its input."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from flowgauge.editions.v2.faults.changing import instead_of
from flowgauge.editions.v2.world.stages import STAGE_KINDS
from flowgauge.editions.v2.world.store import StoredInstance
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.faults.rewriting import internal_error, with_leaves
from flowgauge.reference.world.inputs import ABSENT, Query, Refused
from flowgauge.reference.world.message import Reply, WorldRequest
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest

__all__ = ["SHIPPED"]

SHIPPED = FaultGroup[InstanceWorld]("as-shipped-2026")
shipped = SHIPPED.fault
LARGEST_EXACT, MOST_ON_A_PAGE = 2**53, 100
Of = Callable[[Any], dict[str, Any]]
SQLSTATE = "ERROR: could not determine data type of parameter $1 (SQLSTATE=42P18)"


@shipped("2026-wait-does-not-wait", "v2RunWorkflow", "state", "wait=true answers at once.", "FG-401")
def _(world: InstanceWorld) -> None:
    wrap(world.wait_due, lambda wait_due, instance, now: now)


@shipped(
    "2026-abort-does-nothing",
    "v2CancelEvent",
    "state",
    "What was aborted goes on to its end.",
    "FG-421 v2GetInstance",
)
def _(world: InstanceWorld) -> None:
    wrap(world.stop, lambda stop, instance, now: None)


@shipped(
    "2026-event-to-finished-500",
    "v2SendEvent",
    "status",
    "An event to an instance that is over is a 500.",
    "FG-101 says state",
)
def _(world: InstanceWorld) -> None:
    def broken(
        take: Callable[[StoredInstance, str, float], None], instance: StoredInstance, name: str, now: float
    ) -> None:
        if instance.ends <= now:
            raise internal_error("workflow execution already completed")
        take(instance, name, now)

    wrap(world.take_event, broken)


@shipped(
    "2026-page-size-clamped",
    ANY,
    "state",
    "A page holds a hundred at most.",
    hidden_because="a page may hold fewer than were asked for",
)
def _(world: InstanceWorld) -> None:
    def clamped(page_size_of: Callable[[Query], int | None], query: Query) -> int | None:
        size = page_size_of(query)
        return None if size is None else min(size, MOST_ON_A_PAGE)

    wrap(world.inputs.page_size_of, clamped)


@shipped(
    "2026-page-size-any-number",
    ANY,
    "input",
    "A page of no things is one of fifteen, one of too many one of a hundred.",
    "FG-211 v2ListWorkflows says pageSize",
)
def _(world: InstanceWorld) -> None:
    def any_number(page_size_of: Callable[[Query], int | None], query: Query) -> int | None:
        values = query.get("pageSize", [])
        text = values[0] if len(values) == 1 else ""
        if text == "0":
            return None
        is_large = re.fullmatch("[0-9]{4,18}", text) is not None
        return MOST_ON_A_PAGE if is_large else page_size_of(query)

    wrap(world.inputs.page_size_of, any_number)


@shipped(
    "2026-triggers-by-name-500",
    "v2ListTriggers",
    "status",
    "To ask for a trigger by its name is always a 500, with words of the database.",
    ("FG-101", "FG-109"),
)
def _(world: InstanceWorld) -> None:
    def broken(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        reply = answer(call)
        if "name" in world.inputs.query(call.request):
            raise internal_error(SQLSTATE)
        return reply

    wrap_answer(world, "v2ListTriggers", broken)


@shipped(
    "2026-trigger-malformed-500", "v2CreateTrigger", "status", "A trigger that is no JSON is a 500.", "FG-101"
)
def _(world: InstanceWorld) -> None:
    def broken(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        try:
            world.inputs.json_body(call.request)
        except Refused as refusal:
            if refusal.status == 400:
                raise internal_error(refusal.message) from None
        return answer(call)

    wrap_answer(world, "v2CreateTrigger", broken)


@shipped(
    "2026-unresolved-stage-500",
    "v2CreateWorkflow",
    "status",
    "A stage that cannot be resolved is a server error when it is created.",
    "FG-101",
)
def _(world: InstanceWorld) -> None:
    def resolved(config_of: Of, body: Any) -> dict[str, Any]:
        config = config_of(body)
        for stage in config["stages"] or ():
            named = isinstance(stage, dict) and len(stage) == 1 and next(iter(stage)) in STAGE_KINDS
            if not named or not isinstance(next(iter(stage.values())), dict):
                raise internal_error(f"creating workflow: unable to resolve schema {stage!r:.60}")
        return config

    wrap(world.inputs.config_of, resolved)


@shipped(
    "2026-null-stages-accepted",
    "v2CreateWorkflow",
    "input",
    "A workflow without stages is taken, and kept as null.",
    ("FG-211", "FG-105 any says stages: null"),
)
def _(world: InstanceWorld) -> None:
    def lenient(config_of: Of, body: Any) -> dict[str, Any]:
        is_null = body is None or (isinstance(body, dict) and body.get("stages") is None)
        if not is_null:
            return config_of(body)
        named = body if isinstance(body, dict) and isinstance(body.get("name"), str) else {}
        return {**({"name": named["name"]} if named else {}), "stages": None}

    def run(
        new: Callable[..., StoredInstance], workflow: Any, variables: Mapping[str, str], now: float
    ) -> StoredInstance:
        if workflow.stages is None:
            raise internal_error()
        return new(workflow, variables, now)

    wrap(world.inputs.config_of, lenient)
    wrap(world.new_instance, run)


@shipped("2026-null-variable-empty", "v2RunWorkflow", "input", "A variable that is null is empty.", "FG-211")
def _(world: InstanceWorld) -> None:
    def lenient(variables_of: Of, body: Any) -> dict[str, Any]:
        is_map = isinstance(body, dict)
        return variables_of({k: "" if v is None else v for k, v in body.items()} if is_map else body)

    wrap(world.inputs.variables_of, lenient)


@shipped(
    "2026-any-media-type",
    ANY,
    "input",
    "A body is JSON, whatever its sender says.",
    ("FG-211 says media type", "FG-211 says Content-Type"),
)
def _(world: InstanceWorld) -> None:
    wrap(world.inputs.is_json, lambda is_json, request: True)


@shipped(
    "2026-trailing-garbage",
    ANY,
    "input",
    "What follows a JSON text is not looked at.",
    "FG-211 says Extra data",
)
def _(world: InstanceWorld) -> None:
    def first_value(json_body: Callable[[WorldRequest], Any], request: WorldRequest) -> Any:
        try:
            return json_body(request)
        except Refused as refusal:
            try:
                text = request.body.decode().lstrip()
                value, end = json.JSONDecoder(parse_constant=_no_constant).raw_decode(text)
            except (ValueError, RecursionError):
                raise refusal from None
            if refusal.status != 400 or not text[end:].strip() or not isinstance(value, dict):
                raise
            return value

    wrap(world.inputs.json_body, first_value)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


@shipped(
    "2026-big-integers-rounded",
    "v2CreateWorkflow",
    "state",
    "Integers beyond 2^53 lose their last digits.",
    "FG-201 says rounded",
)
def _(world: InstanceWorld) -> None:
    def as_double(leaf: Any) -> Any:
        is_big = isinstance(leaf, int) and not isinstance(leaf, bool) and abs(leaf) > LARGEST_EXACT
        return int(float(leaf)) if is_big and abs(leaf) < 10**300 else leaf

    def rounded(config_of: Of, body: Any) -> dict[str, Any]:
        config = config_of(body)
        return {**config, "stages": with_leaves(config["stages"], as_double)}

    wrap(world.inputs.config_of, rounded)


@shipped(
    "2026-chunked-body-ignored",
    "v2RunWorkflow",
    "input",
    "The body of a start is not read where it comes in chunks.",
    "FG-211 says chunked",
)
def _(world: InstanceWorld) -> None:
    def unread(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        if call.request.header("transfer-encoding") is None:
            return answer(call)
        json_body = world.inputs.json_body
        world.inputs.json_body = lambda request: ABSENT  # type: ignore[method-assign]
        try:
            return answer(call)
        finally:
            world.inputs.json_body = json_body  # type: ignore[method-assign]

    wrap_answer(world, "v2RunWorkflow", unread)


@shipped(
    "2026-deleted-by-uuid-only",
    "v2DeleteWorkflow",
    "status",
    "To delete what has no UUID is a 400.",
    hidden_because="the suites delete only what they made, or what has a UUID and cannot be there",
)
def _(world: InstanceWorld) -> None:
    def refuse(call: RoutedRequest) -> Reply:
        is_uuid = re.fullmatch("[0-9a-fA-F-]{36}", call.ids["flowId"]) is not None
        raise Refused(404 if is_uuid else 400, "no such workflow")

    instead_of(world, "v2DeleteWorkflow", 404, refuse)
