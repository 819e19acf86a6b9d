"""Fixtures of the reference's tests: a world on a virtual clock, and servers in processes of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from asking import Asking
from calling import Caller

from flowgauge.reference.server.embedded import Embedded, embedded_server

__all__ = ["caller", "caller_of", "clean", "server"]


@pytest.fixture
def server() -> Asking:
    """A clean world on a virtual clock, and a way to ask it."""
    return Asking()


@pytest.fixture(scope="module")
def clean() -> Iterator[Embedded]:
    """A clean server in a process of its own."""
    with embedded_server() as server:
        yield server


@pytest.fixture
def caller(clean: Embedded) -> Iterator[Caller]:
    """A connection to the clean server, whose store is empty."""
    clean.reset()
    made = Caller(clean)
    with closing(made.connection):
        yield made


@pytest.fixture
def caller_of() -> Iterator[Callable[..., Caller]]:
    """Makes callers of servers with faults."""
    with ExitStack() as stack:

        def make(*faults: str) -> Caller:
            made = Caller(stack.enter_context(embedded_server(faults=faults)))
            stack.enter_context(closing(made.connection))
            return made

        yield make
