"""What a real server of February 2023 made of its input: bodies, configurations, queries, variables."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flowgauge.editions.drifts import in_small_letters, nul_shown, read_yaml
from flowgauge.editions.v0.world.stages import STAGE_KINDS
from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.store import StoredWorkflow
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.faults.rewriting import internal_error, with_leaves
from flowgauge.reference.world.inputs import Query, Refused
from flowgauge.reference.world.message import Reply, WorldRequest
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest

__all__ = ["SHIPPED"]

SHIPPED = FaultGroup[FlowWorld]("as-shipped-2023")
shipped = SHIPPED.fault
CREATE, RUN = "createWorkflow", "runWorkflow"
LARGEST_EXACT = 2**53
# From here on that server wrote numbers with an exponent.
EXPONENT_FROM = 1e21
Stages = list[dict[str, Any]]
StagesOf = Callable[[Any], Stages]
VariablesOf = Callable[[Any], dict[str, str]]
JsonBody = Callable[[WorldRequest], Any]


class _NullStages(Stages):
    """The stages of a configuration that has none, not even an empty list."""


@shipped(
    "shipped-04-null-stages-accepted",
    CREATE,
    "input",
    "A configuration without stages is kept as null.",
    ("FG-211", "FG-105 any says stages: null"),
)
def _(world: FlowWorld) -> None:
    def lenient(stages_of: StagesOf, body: Any) -> Stages:
        is_null = body is None or (isinstance(body, dict) and body.get("stages") is None)
        return _NullStages() if is_null else stages_of(body)

    def flow_view(view: Callable[[StoredWorkflow], dict[str, Any]], flow: StoredWorkflow) -> dict[str, Any]:
        shown = view(flow)
        return shown | {"config": {"stages": None}} if isinstance(flow.stages, _NullStages) else shown

    wrap(world.inputs.stages_of, lenient)
    wrap(world.views.flow, flow_view)


@shipped(
    "shipped-09-config-mistake-500",
    CREATE,
    "status",
    "A mistake in a configuration is a server error.",
    "FG-101",
)
def _(world: FlowWorld) -> None:
    def broken(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        try:
            return answer(call)
        except Refused as refusal:
            if refusal.status != 400:
                raise
            # A body that cannot be read at all raises here, and stays the client's mistake.
            world.inputs.json_body(call.request)
            raise internal_error(refusal.message) from None

    wrap_answer(world, CREATE, broken)


@shipped(
    "shipped-10-legal-stage-refused",
    CREATE,
    "input",
    "A stage must name one known kind when it is sent.",
    ("FG-210", "FG-101 says a valid POST"),
)
def _(world: FlowWorld) -> None:
    def strict(stages_of: StagesOf, body: Any) -> Stages:
        stages = stages_of(body)
        for index, stage in enumerate(stages):
            is_known = len(stage) == 1 and next(iter(stage)).lower() in STAGE_KINDS
            if not is_known or not isinstance(next(iter(stage.values())), dict):
                raise Refused(400, f"stages/{index}: must name one known kind")
        return stages

    wrap(world.inputs.stages_of, strict)


@shipped(
    "shipped-11-wait-takes-anything",
    RUN,
    "input",
    "wait may be 1, or true in any case; the rest is false.",
    "FG-211 says wait=",
)
def _(world: FlowWorld) -> None:
    def lenient(wait_of: Callable[[Query], bool], query: Query) -> bool:
        value = query.get("wait", [""])[0]
        return value == "1" or value.lower() == "true"

    wrap(world.inputs.wait_of, lenient)


@shipped(
    "shipped-14-null-variable-empty",
    RUN,
    "input",
    "A variable that is null becomes the empty string.",
    "FG-211 says null is not",
)
def _(world: FlowWorld) -> None:
    def lenient(variables_of: VariablesOf, body: Any) -> dict[str, str]:
        if isinstance(body, dict):
            body = {name: "" if value is None else value for name, value in body.items()}
        return variables_of(body)

    wrap(world.inputs.variables_of, lenient)


@shipped(
    "shipped-15-any-type-is-json",
    ANY,
    "input",
    "A body of any media type is read as JSON.",
    "FG-211 says media type",
)
def _(world: FlowWorld) -> None:
    wrap(world.inputs.is_json, lambda is_json, request: True)


@shipped(
    "shipped-15-yaml-accepted",
    ANY,
    "input",
    "A body of the type text/vnd.yaml is read as YAML.",
    "FG-211 says text/vnd.yaml",
)
def _(world: FlowWorld) -> None:
    read_yaml(world)


@shipped(
    "shipped-15-trailing-garbage-accepted",
    ANY,
    "input",
    "What follows the JSON of a body is ignored.",
    "FG-211 says Extra data",
)
def _(world: FlowWorld) -> None:
    def first_value(json_body: JsonBody, request: WorldRequest) -> Any:
        return json_body(replace(request, body=_first_value(request.body)))

    wrap(world.inputs.json_body, first_value)


def _first_value(body: bytes) -> bytes:
    """The text up to the end of its first JSON value; all of it where there is none."""
    try:
        text = body.decode().lstrip(" \t\r\n")
        return text[: json.JSONDecoder().raw_decode(text)[1]].encode()
    except (ValueError, RecursionError):
        return body


@shipped(
    "shipped-15-names-in-any-case",
    CREATE,
    "input",
    "STAGES will do for stages.",
    'FG-211 says "(Stages|STAGES)"',
)
def _(world: FlowWorld) -> None:
    def lenient(stages_of: StagesOf, body: Any) -> Stages:
        return stages_of(in_small_letters(body, "stages"))

    wrap(world.inputs.stages_of, lenient)


@shipped(
    "shipped-17-big-integers-inexact",
    CREATE,
    "state",
    "Integers are kept as doubles.",
    r"FG-201 says \d{16,} became",
)
def _(world: FlowWorld) -> None:
    def as_double(leaf: Any) -> Any:
        if not isinstance(leaf, int) or abs(leaf) <= LARGEST_EXACT:
            return leaf
        double = float(leaf)
        return int(double) if abs(double) < EXPONENT_FROM else double

    wrap(world.inputs.stages_of, lambda stages_of, body: with_leaves(stages_of(body), as_double))


@shipped(
    "shipped-17-whole-doubles-become-integers",
    CREATE,
    "state",
    "1.0 becomes 1.",
    hidden_because="1.0 and 1 are one number to JSON (RFC 8259, section 6), and no document says more",
)
def _(world: FlowWorld) -> None:
    def as_integer(leaf: Any) -> Any:
        is_short = isinstance(leaf, float) and leaf.is_integer() and abs(leaf) < EXPONENT_FROM
        return int(leaf) if is_short else leaf

    wrap(world.inputs.stages_of, lambda stages_of, body: with_leaves(stages_of(body), as_integer))


@shipped(
    "shipped-17-nul-mangled",
    CREATE,
    "state",
    "NUL in a configuration's strings does not survive.",
    r"FG-201 any says \x00|u0000",
)
def _(world: FlowWorld) -> None:
    wrap(world.keep_flow, lambda keep, flow: keep(flow.with_stages(nul_shown(flow.stages))))


def _resolving(world: FlowWorld, resolved: Callable[[str, Mapping[str, str]], str]) -> None:
    """Resolve some of the variables in a run's strings before the run does it in the right way."""

    def new_run(
        start: Callable[..., Any], flow: StoredWorkflow, variables: Mapping[str, str], now: float
    ) -> Any:
        stages = with_leaves(flow.stages, lambda v: resolved(v, variables) if isinstance(v, str) else v)
        return start(flow.with_stages(stages), variables, now)

    wrap(world.new_run, new_run)


@shipped(
    "shipped-18-two-variables-empty", RUN, "state", "Two variables in one string become nothing.", "FG-406"
)
def _(world: FlowWorld) -> None:
    # The pattern was greedy: it took the text from the first ${ to the last } for one name.
    def resolved(text: str, _variables: Mapping[str, str]) -> str:
        return re.sub(r"\$\{(.*)\}", lambda m: "" if re.search("[{}]", m[1]) else m[0], text)

    _resolving(world, resolved)


@shipped("shipped-18-unknown-variable-empty", RUN, "state", "An unknown variable becomes nothing.", "FG-406")
def _(world: FlowWorld) -> None:
    def resolved(text: str, variables: Mapping[str, str]) -> str:
        return re.sub(r"\$\{([^{}]*)\}", lambda m: m[0] if m[1] in variables else "", text)

    _resolving(world, resolved)


@shipped(
    "shipped-19-chunked-run-body-ignored",
    RUN,
    "framing",
    "A run's body that comes in chunks is ignored.",
    "FG-211 says chunked",
)
def _(world: FlowWorld) -> None:
    def without_body(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        if "chunked" in (call.request.header("transfer-encoding") or "").lower():
            call = replace(call, request=replace(call.request, body=b""))
        return answer(call)

    wrap_answer(world, RUN, without_body)
