"""Faults of state: what was written is not what is read."""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.store import StoredWorkflow
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.faults.rewriting import printable, with_leaves
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply, WorldRequest
from flowgauge.reference.world.wire import encoded, timestamp
from flowgauge.reference.world.world import RoutedRequest

__all__ = ["SEEDED"]

SEEDED = FaultGroup[FlowWorld]("seeded")
fault = SEEDED.fault
Keep = Callable[[StoredWorkflow], None]
NewFlow = Callable[[list[dict[str, Any]], float], StoredWorkflow]
FlowView = Callable[[StoredWorkflow], dict[str, Any]]


@fault(
    "create-not-persisted",
    "createWorkflow",
    "state",
    "A create is acknowledged and then forgotten.",
    "FG-209",
)
def _(world: FlowWorld) -> None:
    wrap(world.keep_flow, lambda keep_flow, flow: None)


@fault(
    "unknown-flow-200-fabricated",
    "getFlow",
    "state",
    "An unknown workflow is made up when it is read.",
    "FG-204",
)
def _(world: FlowWorld) -> None:
    def fabricate(answer: Callable[[RoutedRequest], Reply], call: RoutedRequest) -> Reply:
        try:
            return answer(call)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            made_up = StoredWorkflow(0, printable(call.ids["flowId"]), {"stages": []}, call.now)
            return world.ok({"data": world.views.flow(made_up)})

    wrap_answer(world, "getFlow", fabricate)


@fault("last-stage-dropped", "createWorkflow", "state", "The last stage of a workflow is not kept.", "FG-201")
def _(world: FlowWorld) -> None:
    wrap(world.keep_flow, lambda keep, flow: keep(flow.with_stages(flow.stages[:-1])))


@fault(
    "numbers-become-strings",
    "createWorkflow",
    "state",
    "Numbers in a configuration are kept as strings.",
    "FG-201",
)
def _(world: FlowWorld) -> None:
    def text_of_number(leaf: Any) -> Any:
        is_number = isinstance(leaf, int | float) and not isinstance(leaf, bool)
        return encoded(leaf).decode() if is_number else leaf

    def keep_text(keep: Keep, flow: StoredWorkflow) -> None:
        keep(flow.with_stages(with_leaves(flow.stages, text_of_number)))

    wrap(world.keep_flow, keep_text)


@fault("list-misses-newest", "listFlows", "state", "The newest workflow is missing from the list.", "FG-202")
def _(world: FlowWorld) -> None:
    wrap(world.listed_flows, lambda listed: listed()[1:])


@fault("list-repeats-newest", "listFlows", "state", "The newest workflow stands in the list twice.", "FG-203")
def _(world: FlowWorld) -> None:
    def repeated(listed: Callable[[], list[StoredWorkflow]]) -> list[StoredWorkflow]:
        flows = listed()
        return flows[:1] + flows

    wrap(world.listed_flows, repeated)


@fault(
    "id-reused",
    "createWorkflow",
    "state",
    "Every second workflow gets the id of the one before it.",
    "FG-207",
)
def _(world: FlowWorld) -> None:
    count = itertools.count(1)

    def reused(new_flow: NewFlow, stages: list[dict[str, Any]], now: float) -> StoredWorkflow:
        flow = new_flow(stages, now)
        newest = next(reversed(world.flows), None)
        return replace(flow, id=newest) if next(count) % 2 == 0 and newest is not None else flow

    wrap(world.new_flow, reused)


@fault(
    "same-config-same-id",
    "createWorkflow",
    "state",
    "A workflow's id follows from its configuration.",
    "FG-207",
)
def _(world: FlowWorld) -> None:
    def derived(new_flow: NewFlow, stages: list[dict[str, Any]], now: float) -> StoredWorkflow:
        digest = hashlib.sha256(encoded(stages)).hexdigest()
        text = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
        return world.flows.get(text) or replace(new_flow(stages, now), id=text)

    wrap(world.new_flow, derived)


@fault("timestamps-change-on-read", ANY, "state", "A workflow was always updated just now.", "FG-302")
def _(world: FlowWorld) -> None:
    asked_at = 0.0

    def noted(answered: Callable[[WorldRequest, float], Reply], request: WorldRequest, now: float) -> Reply:
        nonlocal asked_at
        asked_at = now
        return answered(request, now)

    def just_now(view: FlowView, flow: StoredWorkflow) -> dict[str, Any]:
        return view(flow) | {"updatedAt": timestamp(max(asked_at, flow.created))}

    wrap(world.answered, noted)
    wrap(world.views.flow, just_now)


@fault(
    "updated-before-created", ANY, "state", "A workflow was updated a second before it was created.", "FG-301"
)
def _(world: FlowWorld) -> None:
    def flow_view(view: FlowView, flow: StoredWorkflow) -> dict[str, Any]:
        return view(flow) | {"updatedAt": timestamp(flow.created - 1)}

    wrap(world.views.flow, flow_view)
