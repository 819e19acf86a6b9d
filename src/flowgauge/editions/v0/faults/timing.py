"""Faults that only time, volume or concurrency bring out."""

import itertools
from collections.abc import Callable
from dataclasses import replace

from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.store import StoredWorkflow
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.faults.rewriting import internal_error
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest

__all__ = ["SEEDED"]

SEEDED = FaultGroup[FlowWorld]("seeded")
fault = SEEDED.fault
SLOW_SECONDS = 0.5
# How long a create takes; over HTTP, calls that are sent together arrive well within it.
CREATE_SECONDS = 0.02
CAPACITY = 100


@fault(
    "every-fifth-list-slow",
    ANY,
    "time",
    "Every fifth list takes half a second longer.",
    ("FG-801 listFlows", "FG-801 listRuns"),
)
def _(world: FlowWorld) -> None:
    count = itertools.count(1)

    def stalled(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        reply = answer(call)
        if next(count) % 5:
            return reply
        return replace(reply, due=max(call.now, reply.due or call.now) + SLOW_SECONDS)

    wrap_answer(world, "listFlows", stalled)
    wrap_answer(world, "listRuns", stalled)


@fault(
    "concurrent-create-lost",
    "createWorkflow",
    "concurrency",
    "A create that arrives while another is being written is acknowledged and lost.",
    "FG-209",
)
def _(world: FlowWorld) -> None:
    written_at = float("-inf")

    def keep_alone(keep_flow: Callable[[StoredWorkflow], None], flow: StoredWorkflow) -> None:
        nonlocal written_at
        if flow.created >= written_at:
            written_at = flow.created + CREATE_SECONDS
            keep_flow(flow)

    def take_time(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        return replace(answer(call), due=call.now + CREATE_SECONDS)

    wrap(world.keep_flow, keep_alone)
    wrap_answer(world, "createWorkflow", take_time)


@fault(
    "hundred-and-first-create-500",
    "createWorkflow",
    "volume",
    f"Once there are {CAPACITY} workflows, a create breaks the server.",
    "FG-101",
)
def _(world: FlowWorld) -> None:
    def limited(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        if len(world.flows) >= CAPACITY:
            raise internal_error()
        return answer(call)

    wrap_answer(world, "createWorkflow", limited)


@fault(
    "every-fortieth-start-slow",
    "runWorkflow",
    "time",
    "Every fortieth start takes two seconds longer.",
    "FG-801",
)
def _(world: FlowWorld) -> None:
    count = itertools.count(1)

    def stalled(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        reply = answer(call)
        if next(count) % 40:
            return reply
        return replace(reply, due=max(call.now, reply.due or call.now) + 4 * SLOW_SECONDS)

    wrap_answer(world, "runWorkflow", stalled)
