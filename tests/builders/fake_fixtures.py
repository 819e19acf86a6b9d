"""Fixtures of the fakes' tests: the situations of `fixtures/`, and both shells of the client on a fake."""

import asyncio
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowgauge.client import AsyncClient, AsyncClock, Client, Clock, Connection
from flowgauge.fake import Fake

FIXTURES = Path(__file__).parents[2] / "fixtures"


def _situations() -> Any:
    name = "flowgauge_situations"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, FIXTURES / "situations.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def situations() -> Any:
    return _situations()


class Typed:
    """A Client or an AsyncClient at a fake, living by its clock; `call` runs a method to its end."""

    def __init__(self, kind: str, fake: Fake, options: dict[str, Any]) -> None:
        self.kind = kind
        parts: dict[str, Any] = {
            "monotonic": lambda: fake.now,
            "wall": lambda: fake.now,
            "chance": lambda: 1.0,
        }
        connection = options.pop("connection", Connection(fake.url, fake.token))
        transport = fake.transport()
        if kind == "sync":
            clock: Any = Clock(sleep=fake.advance, **parts)
            self.client: Any = Client(connection, transport=transport, clock=clock, **options)
            return

        async def sleep(seconds: float) -> None:
            fake.advance(seconds)

        self.runner = asyncio.Runner()
        clock = AsyncClock(sleep=sleep, **parts)
        self.client = AsyncClient(connection, transport=transport, clock=clock, **options)

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


@pytest.fixture(params=["sync", "async"])
def typed(request: pytest.FixtureRequest) -> Iterator[Callable[..., Typed]]:
    made: list[Typed] = []

    def make(fake: Fake, **options: Any) -> Typed:
        made.append(Typed(request.param, fake, options))
        return made[-1]

    yield make
    for client in made:
        client.close()


class FakeAsking:
    """Sends bare requests to a fake: through respx or through its transport, sync or async."""

    def __init__(self, way: str, kind: str) -> None:
        self.way, self.kind = way, kind

    def __call__(self, fake: Fake, method: str, path: str, **options: Any) -> httpx.Response:
        timeout = options.pop("timeout", 5)
        settings: dict[str, Any] = {"base_url": options.pop("url", fake.url), "timeout": timeout}
        settings["headers"] = fake.headers | options.pop("headers", {})
        if self.way == "transport":
            settings["transport"] = fake.transport()
        if self.kind == "sync":
            with httpx.Client(**settings) as client:
                return client.request(method, path, **options)

        async def main() -> httpx.Response:
            async with httpx.AsyncClient(**settings) as client:
                return await client.request(method, path, **options)

        return asyncio.run(main())


@pytest.fixture(params=["respx-sync", "respx-async", "transport-sync", "transport-async"])
def ask(request: pytest.FixtureRequest) -> FakeAsking:
    way, _, kind = request.param.partition("-")
    return FakeAsking(way, kind)


@pytest.fixture
def fake(request: pytest.FixtureRequest) -> Iterator[Fake]:
    """A fake in use; it forgives, so that tests can look at mismatches."""
    with Fake() as made:
        yield made
        made.forgive()
