"""What the tests of the seed's names share: the backends that hold them, and calls without a network."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

import Formance
from flowgauge.fake import Fake
from flowgauge.reference.server.embedded import embedded_server
from Formance.apis.tags.orchestration_api import OrchestrationApi

FLOW_ID = "5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01"
RUN_ID = "0d1c7f8e-50c9-4c5c-9c62-6f1f5ad7a102"
TIME = "2023-02-14T09:30:00.000000Z"


@dataclass(frozen=True)
class Backend:
    """A server that the seed's examples can be pointed at."""

    host: str
    token: str


@contextmanager
def server() -> Iterator[Backend]:
    """The reference server in a process of its own."""
    with embedded_server() as running:
        yield Backend(running.url, running.token)


@contextmanager
def fake() -> Iterator[Backend]:
    """The fake, in this process."""
    with Fake(url="http://fake.test", token="t0k3n", strict=False) as running:
        yield Backend(running.url, "t0k3n")


# Every test that asks for `backend` runs against each of these.
BACKENDS = {"server": server, "fake": fake}


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    with BACKENDS[request.param]() as running:
        yield running


@pytest.fixture
def api_of() -> Callable[..., OrchestrationApi]:
    """Makes an OrchestrationApi whose requests go to `handler`, a function from request to response."""

    def make(handler: Callable[[httpx.Request], httpx.Response], **settings: Any) -> OrchestrationApi:
        configuration = Formance.Configuration(host="http://server.test", access_token="t0k3n")
        configuration.transport = httpx.MockTransport(handler)
        for name, value in settings.items():
            setattr(configuration, name, value)
        return OrchestrationApi(Formance.ApiClient(configuration))

    return make


def _segments(request: httpx.Request) -> list[str]:
    return request.url.raw_path.decode().partition("?")[0].rpartition("/orchestration/")[2].split("/")


@pytest.fixture
def workflow() -> dict[str, Any]:
    return {"id": FLOW_ID, "config": {"stages": [{"a": {"b": 1}}]}, "createdAt": TIME, "updatedAt": TIME}


@pytest.fixture
def run() -> dict[str, Any]:
    status = {"stage": 0, "occurrenceID": "o", "startedAt": TIME, "terminatedAt": TIME}
    return {"id": RUN_ID, "workflowID": FLOW_ID, "createdAt": TIME, "updatedAt": TIME, "statuses": [status]}


@pytest.fixture
def answers(workflow: dict[str, Any], run: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    """A handler with a sound answer for every operation; `.requests` are what it saw."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        match request.method, _segments(request):
            case "GET", ["_info"]:
                return httpx.Response(200, json={"version": "1"})
            case "GET", ["flows"]:
                return httpx.Response(200, json={"data": [workflow]})
            case "POST", ["flows"]:
                return httpx.Response(201, json={"data": workflow})
            case "GET", ["flows", _]:
                return httpx.Response(200, json={"data": workflow})
            case "GET", ["flows", _, "runs"]:
                cursor = {"pageSize": 15, "hasMore": False, "data": [run]}
                return httpx.Response(200, json={"cursor": cursor})
            case "POST", ["flows", _, "runs"]:
                return httpx.Response(201, json={"data": run})
            case "GET", ["flows", _, "runs", _]:
                return httpx.Response(200, json={"data": run})
        raise AssertionError(f"no such operation: {request.method} {request.url}")

    handle.requests = seen  # type: ignore[attr-defined]
    return handle
