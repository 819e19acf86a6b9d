"""The seam to the HTTP library: the same fake serves httpx2 where that is installed."""

import asyncio
import importlib
from typing import Any

import pytest

from flowgauge.errors import UsageError
from flowgauge.fake import Fake
from flowgauge.reference.fake.adapter import library

FLOWS = "/api/orchestration/flows"


@pytest.fixture(params=["httpx", "httpx2"])
def found(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param)


def test_the_transport_is_the_librarys_own(found: Any) -> None:
    fake = Fake()
    transport = fake.transport(found.__name__)
    assert isinstance(transport, found.MockTransport)
    with found.Client(transport=transport, base_url=fake.url, headers=fake.headers) as client:
        assert isinstance(client.post(FLOWS, json={"stages": []}), found.Response)
        fake.fail_next(kind="truncated")
        with pytest.raises(found.RemoteProtocolError):
            client.get(FLOWS)
        fake.fail_next(latency=60)
        with pytest.raises(found.ReadTimeout) as raised:
            client.get(FLOWS, timeout=5)
        assert raised.value.request.method == "GET"
        fake.fail_next(kind="slow-drip", latency=0.5)
        assert len(client.get(FLOWS).json()["data"]) == 1


def test_async_clients_of_the_library(found: Any) -> None:
    fake = Fake()

    async def main() -> None:
        transport = fake.transport(found.__name__)
        async with found.AsyncClient(transport=transport, base_url=fake.url, headers=fake.headers) as client:
            assert (await client.get(FLOWS)).json() == {"data": []}
            fake.fail_next(kind="refused")
            with pytest.raises(found.ConnectError):
                await client.get(FLOWS)
            fake.fail_next(kind="slow-drip", latency=9)
            with pytest.raises(found.ReadTimeout):
                await client.get(FLOWS, timeout=5)

    asyncio.run(main())


def test_a_library_that_nobody_knows_is_told() -> None:
    with pytest.raises(UsageError, match="httpx or httpx2"):
        library("requests")  # type: ignore[arg-type]


def test_a_library_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match="pip install httpx2"):
        library("httpx2")
