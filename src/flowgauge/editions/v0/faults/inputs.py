"""Faults of input: what must be refused passes, what must pass is refused, or breaks the server."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.store import StoredInstance, StoredWorkflow
from flowgauge.reference.faults import ANY, FaultGroup, wrap
from flowgauge.reference.faults.rewriting import internal_error
from flowgauge.reference.world.inputs import ABSENT, Query, Refused
from flowgauge.reference.world.message import WorldRequest
from flowgauge.reference.world.wire import encoded
from flowgauge.reference.world.world import RoutedRequest

__all__ = ["SEEDED"]

SEEDED = FaultGroup[FlowWorld]("seeded")
fault = SEEDED.fault
LONGEST_ID = 255
StagesOf = Callable[[Any], list[dict[str, Any]]]
WaitOf = Callable[[Query], bool]
VariablesOf = Callable[[Any], dict[str, str]]


@fault(
    "missing-stages-accepted",
    "createWorkflow",
    "input",
    "A configuration without stages is accepted.",
    "FG-211",
)
def _(world: FlowWorld) -> None:
    def lenient(stages_of: StagesOf, body: Any) -> list[dict[str, Any]]:
        return [] if isinstance(body, dict) and "stages" not in body else stages_of(body)

    wrap(world.inputs.stages_of, lenient)


@fault(
    "non-object-stage-accepted",
    "createWorkflow",
    "input",
    "A stage may be anything, not only an object.",
    "FG-211",
)
def _(world: FlowWorld) -> None:
    def lenient(stages_of: StagesOf, body: Any) -> list[dict[str, Any]]:
        stages = body.get("stages") if isinstance(body, dict) else None
        return stages if isinstance(stages, list) else stages_of(body)

    def run(
        new_run: Callable[..., StoredInstance], flow: StoredWorkflow, variables: Mapping[str, str], now: float
    ) -> StoredInstance:
        # Such a stage names no kind, so its run fails like that of an empty object.
        objects = [stage if isinstance(stage, dict) else {} for stage in flow.stages]
        return new_run(flow.with_stages(objects), variables, now)

    wrap(world.inputs.stages_of, lenient)
    wrap(world.new_run, run)


@fault("non-string-variable-accepted", "runWorkflow", "input", "Variables need not be strings.", "FG-211")
def _(world: FlowWorld) -> None:
    def lenient(variables_of: VariablesOf, body: Any) -> dict[str, str]:
        if isinstance(body, dict):
            body = {k: v if isinstance(v, str) else encoded(v).decode() for k, v in body.items()}
        return variables_of(body)

    wrap(world.inputs.variables_of, lenient)


@fault(
    "wait-banana-accepted",
    "runWorkflow",
    "input",
    "What is neither true nor false counts as no wait.",
    "FG-211 says wait=",
)
def _(world: FlowWorld) -> None:
    def lenient(wait_of: WaitOf, query: Query) -> bool:
        return query.get("wait") == ["true"]

    wrap(world.inputs.wait_of, lenient)


@fault("empty-stages-refused", "createWorkflow", "input", "An empty list of stages is refused.", "FG-210")
def _(world: FlowWorld) -> None:
    def strict(stages_of: StagesOf, body: Any) -> list[dict[str, Any]]:
        stages = stages_of(body)
        if body is not ABSENT and not stages:
            raise Refused(400, "stages: must not be empty")
        return stages

    wrap(world.inputs.stages_of, strict)


@fault("absent-run-body-refused", "runWorkflow", "input", "A run without a body is refused.", "FG-210")
def _(world: FlowWorld) -> None:
    def strict(variables_of: VariablesOf, body: Any) -> dict[str, str]:
        if body is ABSENT:
            raise Refused(400, "a body is required")
        return variables_of(body)

    wrap(world.inputs.variables_of, strict)


@fault(
    "non-ascii-key-500", ANY, "input", "A body with a member name outside ASCII breaks the server.", "FG-101"
)
def _(world: FlowWorld) -> None:
    def fragile(json_body: Callable[[WorldRequest], Any], request: WorldRequest) -> Any:
        body = json_body(request)
        if not all(name.isascii() for name in _member_names(body)):
            raise internal_error()
        return body

    wrap(world.inputs.json_body, fragile)


def _member_names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for item in value.values() for name in _member_names(item))]
    return [name for item in value for name in _member_names(item)] if isinstance(value, list) else []


@fault(
    "long-id-500", ANY, "input", f"An id of more than {LONGEST_ID} characters breaks the server.", "FG-101"
)
def _(world: FlowWorld) -> None:
    def fragile(flow_of: Callable[[RoutedRequest], StoredWorkflow], call: RoutedRequest) -> StoredWorkflow:
        if any(len(value) > LONGEST_ID for value in call.ids.values()):
            raise internal_error()
        return flow_of(call)

    wrap(world.flow_of, fragile)


@fault(
    "three-stages-one-empty-500",
    "createWorkflow",
    "input",
    "Three stages of which one is an empty object break the server.",
    "FG-101 says a valid POST",
)
def _(world: FlowWorld) -> None:
    def fragile(stages_of: StagesOf, body: Any) -> list[dict[str, Any]]:
        stages = stages_of(body)
        if len(stages) == 3 and stages.count({}) == 1:
            raise internal_error()
        return stages

    wrap(world.inputs.stages_of, fragile)


@fault(
    "upgrade-drops-body",
    ANY,
    "input",
    "The body of a request that offers another protocol is dropped.",
    "FG-201 createWorkflow says Upgrade",
)
def _(world: FlowWorld) -> None:
    def without_body(json_body: Callable[[WorldRequest], Any], request: WorldRequest) -> Any:
        return json_body(replace(request, body=b"") if request.header("upgrade") else request)

    wrap(world.inputs.json_body, without_body)
