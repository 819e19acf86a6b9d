"""What several faults are made of: an answer's body changed, a refusal turned into something else."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import wrap_answer
from flowgauge.reference.faults.rewriting import internal_error
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.wire import encoded
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest

__all__ = ["change_answer", "change_items", "instead_of", "unforeseen"]

View = dict[str, Any]


def change_answer(world: InstanceWorld, operation: str, change: Callable[[View], Any]) -> None:
    """Pass the body of each success of an operation through `change`."""

    def changed(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        reply = answer(call)
        return replace(reply, body=encoded(change(json.loads(reply.body))))

    wrap_answer(world, operation, changed)


def change_items(
    world: InstanceWorld, operation: str, change: Callable[[list[Any]], list[Any] | None]
) -> None:
    """Pass the items of a list, or of each page of one, through `change`."""

    def page(body: View) -> View:
        if "cursor" not in body:
            return {**body, "data": change(body["data"])}
        return {**body, "cursor": page(body["cursor"])}

    change_answer(world, operation, page)


def instead_of(
    world: InstanceWorld, operation: str, status: int, other: Callable[[RoutedRequest], Reply]
) -> None:
    """Answer with something else where an operation refuses with that status."""

    def answered(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        try:
            return answer(call)
        except Refused as refusal:
            if refusal.status != status:
                raise
            return other(call)

    wrap_answer(world, operation, answered)


def unforeseen(call: RoutedRequest) -> Reply:
    """What a server answers that did not see the case coming."""
    del call
    raise internal_error()
