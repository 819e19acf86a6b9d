"""A context manager as a decorator: for functions, coroutines and generators, and for classes of tests."""

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, aclosing
from typing import Any, TypeVar

from flowgauge.errors import UsageError

__all__ = ["decorated"]

C = TypeVar("C", bound=Callable[..., Any])
Entered = Callable[[], AbstractContextManager[Any]]


def decorated(target: C, entered: Entered, *, name: str) -> C:
    """`target`, run in `entered()` each time; a parameter called `name` is given what that yields.

    Of a class, each method is whose name begins with `test`. Raises UsageError for what cannot be run.
    """
    if inspect.isclass(target):
        return _decorated_class(target, entered, name)
    if not callable(target):
        raise UsageError(f"{target!r} cannot be decorated", hint="a function or a class of tests can")
    return _decorated_function(target, entered, name)  # type: ignore[return-value]


def _decorated_class(target: C, entered: Entered, name: str) -> C:
    tests = [member for member in dir(target) if member.startswith("test")]
    if not tests:
        raise UsageError(f"{target.__name__} has no test in it", hint="their names begin with test")
    for test in tests:
        method = inspect.getattr_static(target, test)
        if isinstance(method, staticmethod | classmethod):
            setattr(target, test, type(method)(_decorated_function(method.__func__, entered, name)))
        elif inspect.isfunction(method):
            setattr(target, test, _decorated_function(method, entered, name))
    return target


def _decorated_function(function: Callable[..., Any], entered: Entered, name: str) -> Callable[..., Any]:
    signature = inspect.signature(function)
    is_wanted = name in signature.parameters

    def given(value: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        return {**kwargs, name: value} if is_wanted else kwargs

    def call(*args: Any, **kwargs: Any) -> Any:
        with entered() as value:
            return function(*args, **given(value, kwargs))

    async def async_call(*args: Any, **kwargs: Any) -> Any:
        with entered() as value:
            return await function(*args, **given(value, kwargs))

    # A fixture's body goes on after its yield, and so must the block.
    def generate(*args: Any, **kwargs: Any) -> Any:
        with entered() as value:
            return (yield from function(*args, **given(value, kwargs)))

    async def async_generate(*args: Any, **kwargs: Any) -> Any:
        with entered() as value:
            async with aclosing(function(*args, **given(value, kwargs))) as items:
                async for item in items:
                    yield item

    kinds: list[tuple[Callable[[Any], bool], Callable[..., Any]]] = [
        (inspect.iscoroutinefunction, async_call),
        (inspect.isasyncgenfunction, async_generate),
        (inspect.isgeneratorfunction, generate),
    ]
    made: Any = next((wrapper for fits, wrapper in kinds if fits(function)), call)
    functools.update_wrapper(made, function)
    # Or pytest would look for a fixture of that name.
    made.__signature__ = signature.replace(
        parameters=[p for parameter, p in signature.parameters.items() if parameter != name]
    )
    return made  # type: ignore[no-any-return]
