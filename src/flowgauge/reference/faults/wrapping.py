"""Replacing a step of a world: the only way in which a fault gets into one."""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any, Concatenate, ParamSpec, TypeVar

from flowgauge.errors import HarnessError
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest, World

__all__ = ["wrap", "wrap_answer"]

P = ParamSpec("P")
R = TypeVar("R")


def wrap(step: Callable[P, R], replacement: Callable[Concatenate[Callable[P, R], P], R]) -> None:
    """Replace a step by `replacement(step, *arguments)`, on the object that it is a method of.

    The step is given as it is called, `wrap(world.inputs.json_body, ...)`, so the two are held to one
    signature. Where faults meet on one step, the later wraps the earlier. Raises HarnessError for a function
    that is no object's step.
    """
    owner, name = getattr(step, "__self__", None), getattr(step, "__name__", "")
    # A built-in function's owner is a module, a class method's a class: those belong to everybody.
    if owner is None or isinstance(owner, ModuleType | type) or getattr(owner, name, None) != step:
        raise HarnessError(f"{step!r} is no step of an object")
    wrapped: Any = functools.partial(replacement, step)
    # As a method knows them: the next fault finds the step by these two.
    wrapped.__self__, wrapped.__name__ = owner, name
    setattr(owner, name, wrapped)


def wrap_answer(
    world: World, operation: str, replacement: Callable[[OperationAnswer, RoutedRequest], Reply]
) -> None:
    """Replace the answer to an operation by `replacement(answer, request)`."""
    world.answers[operation] = functools.partial(replacement, world.answers[operation])
