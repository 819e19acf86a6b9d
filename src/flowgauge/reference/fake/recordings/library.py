"""The one place that knows which HTTP client library a fake answers: httpx, or its successor httpx2.

Both have the same names; only the modules differ. A failure of the network is raised by the *name* of its
class, which the client's library and the core library below it share.
"""

import importlib
import importlib.util
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from flowgauge.errors import UsageError

__all__ = ["Library", "LibraryName", "NetworkFailure", "library"]

LibraryName = Literal["httpx", "httpx2"]


class NetworkFailure(Exception):
    """A failure on the way, to be raised as the class `kind` of whatever library is in use."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass(frozen=True, slots=True)
class Library:
    """A client library by its module."""

    module: ModuleType

    def failure(self, cause: NetworkFailure, request: Any = None) -> Exception:
        """The library's own error for a failure on the way."""
        error: Exception = getattr(self.module, cause.kind)(cause.message, request=request)
        return error


def library(name: LibraryName = "httpx") -> Library:
    """The library of that name. Raises UsageError where it is not installed."""
    if name not in {"httpx", "httpx2"}:
        raise UsageError(f"there is no fake for the library {name!r}", hint="httpx or httpx2")
    if importlib.util.find_spec(name) is None:
        raise UsageError(f"{name} is not installed", hint=f"pip install {name}")
    return Library(importlib.import_module(name))
