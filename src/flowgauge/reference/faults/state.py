"""Faults of state: what was written is not what is read."""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.reference.faults.rewriting import printable, with_leaves
from flowgauge.reference.faults.table import ANY, fault, wrap
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.store import Flow
from flowgauge.reference.world.wire import encoded, timestamp
from flowgauge.reference.world.world import Call, World

__all__: list[str] = []

Keep = Callable[[Flow], None]
NewFlow = Callable[[list[dict[str, Any]], float], Flow]
FlowView = Callable[[Flow, float], dict[str, Any]]


@fault("create-not-persisted", "createWorkflow", "state", "A create is acknowledged and then forgotten.")
def _(world: World) -> None:
    wrap(world, "keep_flow", lambda keep_flow, flow: None)


@fault("unknown-flow-200-fabricated", "getFlow", "state", "An unknown workflow is made up when it is read.")
def _(world: World) -> None:
    def fabricate(answer: Callable[[Call], Reply], call: Call) -> Reply:
        try:
            return answer(call)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            made_up = Flow(printable(call.ids["flowId"]), [], call.now)
            return world.ok({"data": world.views.flow(made_up, call.now)})

    wrap(world.answers, "getFlow", fabricate)


@fault("last-stage-dropped", "createWorkflow", "state", "The last stage of a workflow is not kept.")
def _(world: World) -> None:
    wrap(world, "keep_flow", lambda keep, flow: keep(replace(flow, stages=flow.stages[:-1])))


@fault("numbers-become-strings", "createWorkflow", "state", "Numbers in a configuration are kept as strings.")
def _(world: World) -> None:
    def text_of_number(leaf: Any) -> Any:
        is_number = isinstance(leaf, int | float) and not isinstance(leaf, bool)
        return encoded(leaf).decode() if is_number else leaf

    def keep_text(keep: Keep, flow: Flow) -> None:
        keep(replace(flow, stages=with_leaves(flow.stages, text_of_number)))

    wrap(world, "keep_flow", keep_text)


@fault("list-misses-newest", "listFlows", "state", "The newest workflow is missing from the list.")
def _(world: World) -> None:
    wrap(world, "listed_flows", lambda listed: listed()[1:])


@fault("list-repeats-newest", "listFlows", "state", "The newest workflow stands in the list twice.")
def _(world: World) -> None:
    def repeated(listed: Callable[[], list[Flow]]) -> list[Flow]:
        flows = listed()
        return flows[:1] + flows

    wrap(world, "listed_flows", repeated)


@fault("id-reused", "createWorkflow", "state", "Every second workflow gets the id of the one before it.")
def _(world: World) -> None:
    count = itertools.count(1)

    def reused(new_flow: NewFlow, stages: list[dict[str, Any]], now: float) -> Flow:
        flow = new_flow(stages, now)
        newest = next(reversed(world.flows), None)
        return replace(flow, id=newest) if next(count) % 2 == 0 and newest is not None else flow

    wrap(world, "new_flow", reused)


@fault("same-config-same-id", "createWorkflow", "state", "A workflow's id follows from its configuration.")
def _(world: World) -> None:
    def derived(new_flow: NewFlow, stages: list[dict[str, Any]], now: float) -> Flow:
        digest = hashlib.sha256(encoded(stages)).hexdigest()
        text = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
        return world.flows.get(text) or replace(new_flow(stages, now), id=text)

    wrap(world, "new_flow", derived)


@fault("timestamps-change-on-read", ANY, "state", "A workflow was always updated just now.")
def _(world: World) -> None:
    wrap(world.views, "flow", lambda view, flow, now: view(flow, now) | {"updatedAt": timestamp(now)})


@fault("updated-before-created", ANY, "state", "A workflow was updated a second before it was created.")
def _(world: World) -> None:
    def flow_view(view: FlowView, flow: Flow, now: float) -> dict[str, Any]:
        return view(flow, now) | {"updatedAt": timestamp(flow.created - 1)}

    wrap(world.views, "flow", flow_view)
