"""A context manager as a decorator, for sync and async functions alike."""

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["decorated"]


def decorated(
    function: Callable[..., Any], entered: Callable[[], AbstractContextManager[Any]], *, name: str
) -> Callable[..., Any]:
    """`function`, run in `entered()` each time; a parameter called `name` is given what that yields."""
    signature = inspect.signature(function)
    is_wanted = name in signature.parameters

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with entered() as value:
            return function(*args, **kwargs, **({name: value} if is_wanted else {}))

    @functools.wraps(function)
    async def async_call(*args: Any, **kwargs: Any) -> Any:
        with entered() as value:
            return await function(*args, **kwargs, **({name: value} if is_wanted else {}))

    made: Any = async_call if inspect.iscoroutinefunction(function) else call
    # Or pytest would look for a fixture of that name.
    made.__signature__ = signature.replace(
        parameters=[p for parameter, p in signature.parameters.items() if parameter != name]
    )
    return made  # type: ignore[no-any-return]
