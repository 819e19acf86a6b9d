"""What the client's tests share: one interface to both clients, a clock that jumps, bad servers."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from loopback import loopback_server

from flowgauge.client import AsyncClient, AsyncClock, Client, Clock

FLOW_ID = "5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01"
RUN_ID = "0d1c7f8e-50c9-4c5c-9c62-6f1f5ad7a102"
TIME = "2023-02-14T09:30:00.000000Z"


@dataclass
class JumpingClock:
    """Sleeping takes no time, and moves the clock on."""

    now: float = 1_000_000.0
    slept: list[float] = field(default_factory=list)
    chance: float = 1.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)

    def parts(self) -> dict[str, Any]:
        return {"monotonic": lambda: self.now, "wall": lambda: self.now, "chance": lambda: self.chance}


class AnyClient:
    """A Client or an AsyncClient; `call` runs one of its methods to the end."""

    def __init__(self, kind: str, handler: Any, connection: Any, clock: JumpingClock | None, **options: Any):
        self.kind = kind
        transport = httpx.MockTransport(handler) if handler else None
        if kind == "sync":
            if clock:
                options["clock"] = Clock(sleep=clock.sleep, **clock.parts())
            self.client: Any = Client(connection, transport=transport, **options)
        else:
            self.runner = asyncio.Runner()
            if clock:
                options["clock"] = AsyncClock(sleep=clock.async_sleep, **clock.parts())
            self.client = AsyncClient(connection, transport=transport, **options)

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        made = getattr(self.client, name)(*args, **kwargs)
        if name == "iter_runs":
            return list(made) if self.kind == "sync" else self.runner.run(self._all(made))
        return made if self.kind == "sync" else self.runner.run(made)

    def close(self) -> None:
        if self.kind == "sync":
            self.client.close()
        else:
            self.runner.run(self.client.aclose())
            self.runner.close()

    @staticmethod
    async def _all(items: Any) -> list[Any]:
        return [item async for item in items]


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture(params=["sync", "async"])
def client_of(request: pytest.FixtureRequest) -> Iterator[Callable[..., AnyClient]]:
    """Makes a client over `handler` (a function from request to response), or over real sockets."""
    made: list[AnyClient] = []

    def make(
        handler: Any = None,
        *,
        at: Any = "http://server.test",
        clock: JumpingClock | None = None,
        **options: Any,
    ) -> AnyClient:
        made.append(AnyClient(request.param, handler, at, clock, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def answer() -> Callable[..., Callable[[httpx.Request], httpx.Response]]:
    """Makes a handler that gives the same answer to everyone."""

    def make(status: int, body: Any = None, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        full = {"content-type": "application/json"} | named
        return lambda _request: httpx.Response(status, headers=full, content=content)

    return make


@pytest.fixture
def socket_server() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Starts loopback servers from functions; answers with the root URL."""
    with ExitStack() as stack:
        yield lambda serve: stack.enter_context(loopback_server(serve))


@pytest.fixture
def workflow() -> dict[str, Any]:
    return {
        "id": FLOW_ID,
        "config": {"stages": [{"noop": {}}, {"noop": {}}]},
        "createdAt": TIME,
        "updatedAt": TIME,
    }


@pytest.fixture
def run() -> dict[str, Any]:
    return {"id": RUN_ID, "workflowID": FLOW_ID, "createdAt": TIME, "updatedAt": TIME, "statuses": []}
