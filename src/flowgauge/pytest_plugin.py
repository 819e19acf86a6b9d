"""The pytest plugin: options and fixtures for whoever installs flowgauge.

Only pytest is imported here: a project that merely has flowgauge installed pays for nothing else.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flowgauge.client import Client
    from flowgauge.fake import FakeServer
    from flowgauge.reference.server.embedded import Embedded

__all__ = [
    "flowgauge_client",
    "flowgauge_fake",
    "flowgauge_server",
    "flowgauge_server_process",
    "flowgauge_server_settings",
    "flowgauge_settings",
    "flowgauge_transport",
    "flowgauge_unpatched",
    "flowgauge_url",
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_call",
]

MARKER = (
    "flowgauge(edition=..., url=..., seed=0, start=..., token=..., faults=(), strict=True):"
    " settings of this test's fake"
)
FAKES: "pytest.StashKey[list[FakeServer[Any]]]" = pytest.StashKey()

CONNECTION_OPTIONS = {
    "url": "root URL of the server under test; without one an embedded server is started [FLOWGAUGE_URL]",
    "token": "bearer token [FLOWGAUGE_TOKEN]",
    "client-id": "client credentials to buy a token with [FLOWGAUGE_CLIENT_ID]",
    "client-secret": "their secret [FLOWGAUGE_CLIENT_SECRET]",
    "token-url": "where to buy it, if not at the server's own endpoint [FLOWGAUGE_TOKEN_URL]",
    "proxy": "http://[user:password@]host:port through which the server is asked [FLOWGAUGE_PROXY]",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; all begin with --flowgauge."""
    group = parser.getgroup("flowgauge", "hold an orchestration server to its contract")
    for name, text in CONNECTION_OPTIONS.items():
        group.addoption(f"--flowgauge-{name}", metavar=name.upper(), help=text)
    group.addoption(
        "--flowgauge-edition",
        metavar="NAME",
        help="the edition of the API that the server is held to: a name, or the path of an OpenAPI document,"
        " of a flowgauge.toml or of a Python file (default: flowgauge.toml where there is one, else the"
        " newest that the server at the URL answers with, without a URL the first one)",
    )
    group.addoption(
        "--flowgauge-document-alone",
        action="store_true",
        help="know the edition's document, and nothing else of it",
    )
    group.addoption(
        "--flowgauge-target",
        choices=["server", "in-process", "fake"],
        default="server",
        help="without a URL: the embedded server, or the same world in this process on a virtual clock,"
        " bare or behind the fake",
    )
    group.addoption(
        "--flowgauge-fault",
        action="append",
        default=[],
        metavar="NAME[,NAME]",
        help="without a URL: switch named faults of the reference on (see `flowgauge faults`)",
    )
    group.addoption(
        "--flowgauge-seed", type=int, default=1, metavar="N", help="seed of all generated data (default 1)"
    )
    group.addoption(
        "--flowgauge-examples",
        type=int,
        metavar="N",
        help="examples per generated test (default 30)",
    )
    group.addoption(
        "--flowgauge-read-only", action="store_true", help="send no request that could change anything"
    )
    group.addoption(
        "--flowgauge-no-auth",
        action="store_true",
        help="the server asks for no token: send none, and do not look at credentials",
    )
    group.addoption(
        "--flowgauge-header",
        action="append",
        metavar="'NAME: VALUE'",
        help="a header to send with each request, such as a gateway's key; its value is kept nowhere"
        " [FLOWGAUGE_HEADER_1 to FLOWGAUGE_HEADER_9]",
    )
    group.addoption(
        "--flowgauge-allow",
        action="append",
        metavar="NAME[,NAME]",
        help="cases that an edition sends to no server of others unless they are allowed, such as `money`",
    )
    group.addoption(
        "--flowgauge-budget",
        type=float,
        metavar="SECONDS",
        help="how long the suites may take; what does not fit is cut short or skipped, by name",
    )
    group.addoption(
        "--flowgauge-workers",
        type=int,
        metavar="N",
        help="how many processes share the tests (default: 1 where the server is near, up to 16 where not)",
    )
    group.addoption(
        "--flowgauge-limits",
        metavar="NAME=SIZE[,NAME=SIZE]",
        help="what an answer may cost, such as unpacked=16MiB (see docs/limits.md) [FLOWGAUGE_LIMITS]",
    )
    group.addoption(
        "--flowgauge-tail",
        type=float,
        metavar="SECONDS",
        help="hardly any answer may take so long, and ten times the median (default 1)",
    )
    group.addoption(
        "--flowgauge-waivers",
        metavar="FILE",
        help="findings that are known and accepted (default: waivers.toml beside the suites)",
    )
    group.addoption(
        "--flowgauge-run-folder",
        default="reports/out",
        metavar="DIR",
        help="where contract.json is written (default reports/out, below the root directory)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that passed only because its client swallowed what the fake raised."""
    result = yield
    for fake in item.stash.get(FAKES, ()):
        fake.check()
    return result


@pytest.fixture
def flowgauge_settings() -> dict[str, Any]:
    """Settings of the fakes, as the arguments of `fake_of`. Override it; the marker comes on top."""
    return {}


@pytest.fixture
def flowgauge_unpatched(
    request: pytest.FixtureRequest, flowgauge_settings: dict[str, Any]
) -> "Iterator[FakeServer[Any]]":
    """The test's fake, which answers only through its transport: nothing is patched."""
    from flowgauge.fake import fake_of  # noqa: PLC0415 - the plugin is loaded in every test session

    settings = dict(flowgauge_settings)
    for marker in reversed(list(request.node.iter_markers("flowgauge"))):
        if marker.args:
            raise pytest.UsageError(
                f"the marker flowgauge takes keywords only, not {marker.args!r}: {MARKER}"
            )
        settings |= marker.kwargs
    fake = fake_of(**settings)
    request.node.stash.setdefault(FAKES, []).append(fake)
    yield fake
    # The hook above has asked already, where the test did not fail anyway.
    fake.forgive()


@pytest.fixture
def flowgauge_fake(flowgauge_unpatched: "FakeServer[Any]") -> "Iterator[FakeServer[Any]]":
    """The test's fake, which answers every httpx client."""
    with flowgauge_unpatched as fake:
        yield fake
        fake.forgive()


@pytest.fixture
def flowgauge_transport(flowgauge_unpatched: "FakeServer[Any]") -> Any:
    """An httpx transport that leads to the test's fake."""
    return flowgauge_unpatched.transport()


@pytest.fixture
def flowgauge_client(flowgauge_unpatched: "FakeServer[Any]", flowgauge_transport: Any) -> "Iterator[Client]":
    """The typed client at the test's fake, living by the fake's clock: it waits without waiting."""
    from flowgauge.client import Client, Clock, Connection  # noqa: PLC0415 - the same

    def now() -> float:
        return flowgauge_unpatched.now

    clock = Clock(monotonic=now, wall=now, chance=lambda: 1.0, sleep=flowgauge_unpatched.advance)
    connection = Connection(flowgauge_unpatched.url, flowgauge_unpatched.token)
    with Client(connection, transport=flowgauge_transport, clock=clock) as client:
        yield client


@pytest.fixture(scope="session")
def flowgauge_server_settings() -> dict[str, Any]:
    """Settings of the server, as the arguments of `embedded_server`. Override it."""
    return {}


@pytest.fixture(scope="session")
def flowgauge_server_process(flowgauge_server_settings: dict[str, Any]) -> "Iterator[Embedded]":
    """A reference server of this session (or of this worker), on a free port of the loopback interface."""
    from flowgauge.reference.server.embedded import embedded_server  # noqa: PLC0415 - the same

    with embedded_server(**flowgauge_server_settings) as server:
        yield server


@pytest.fixture
def flowgauge_server(flowgauge_server_process: "Embedded") -> "Embedded":
    """The session's reference server, emptied for this test."""
    flowgauge_server_process.reset()
    return flowgauge_server_process


@pytest.fixture
def flowgauge_url(flowgauge_server: "Embedded") -> str:
    """The root URL of the session's reference server, emptied for this test."""
    return flowgauge_server.url
