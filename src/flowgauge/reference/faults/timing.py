"""Faults that only time, volume or concurrency bring out."""

import itertools
from collections.abc import Callable
from dataclasses import replace

from flowgauge.reference.faults.rewriting import internal_error
from flowgauge.reference.faults.table import ANY, fault, wrap
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.store import Flow
from flowgauge.reference.world.world import Call, World

__all__: list[str] = []

SLOW_SECONDS = 0.5
# How long a create takes; over HTTP, calls that are sent together arrive well within it.
CREATE_SECONDS = 0.02
CAPACITY = 100
Answer = Callable[[Call], Reply]


@fault("every-fifth-list-slow", ANY, "time", "Every fifth list takes half a second longer.")
def _(world: World) -> None:
    count = itertools.count(1)

    def stalled(answer: Answer, call: Call) -> Reply:
        reply = answer(call)
        if next(count) % 5:
            return reply
        return replace(reply, due=max(call.now, reply.due or call.now) + SLOW_SECONDS)

    wrap(world.answers, "listFlows", stalled)
    wrap(world.answers, "listRuns", stalled)


@fault(
    "concurrent-create-lost",
    "createWorkflow",
    "concurrency",
    "A create that arrives while another is being written is acknowledged and lost.",
)
def _(world: World) -> None:
    written_at = float("-inf")

    def keep_alone(keep_flow: Callable[[Flow], None], flow: Flow) -> None:
        nonlocal written_at
        if flow.created >= written_at:
            written_at = flow.created + CREATE_SECONDS
            keep_flow(flow)

    def take_time(answer: Answer, call: Call) -> Reply:
        return replace(answer(call), due=call.now + CREATE_SECONDS)

    wrap(world, "keep_flow", keep_alone)
    wrap(world.answers, "createWorkflow", take_time)


@fault(
    "hundred-and-first-create-500",
    "createWorkflow",
    "volume",
    f"Once there are {CAPACITY} workflows, a create breaks the server.",
)
def _(world: World) -> None:
    def limited(answer: Answer, call: Call) -> Reply:
        if len(world.flows) >= CAPACITY:
            raise internal_error()
        return answer(call)

    wrap(world.answers, "createWorkflow", limited)
