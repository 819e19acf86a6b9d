"""The pytest plugin: options and fixtures for whoever installs flowgauge.

Only pytest is imported here: a project that merely has flowgauge installed pays for nothing else.
"""

import pytest

__all__ = ["pytest_addoption"]

CONNECTION_OPTIONS = {
    "url": "root URL of the server under test; without one an embedded server is started [FLOWGAUGE_URL]",
    "token": "bearer token [FLOWGAUGE_TOKEN]",
    "client-id": "client credentials to buy a token with [FLOWGAUGE_CLIENT_ID]",
    "client-secret": "their secret [FLOWGAUGE_CLIENT_SECRET]",
    "token-url": "where to buy it, if not at the server's own endpoint [FLOWGAUGE_TOKEN_URL]",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; all begin with --flowgauge."""
    group = parser.getgroup("flowgauge", "hold an orchestration server to its contract")
    for name, text in CONNECTION_OPTIONS.items():
        group.addoption(f"--flowgauge-{name}", metavar=name.upper(), help=text)
    group.addoption(
        "--flowgauge-target",
        choices=["server", "in-process"],
        default="server",
        help="without a URL: the embedded server, or the same world in this process on a virtual clock",
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
        help="examples per generated test (default 30 over HTTP)",
    )
    group.addoption(
        "--flowgauge-read-only", action="store_true", help="send no request that could change anything"
    )
    group.addoption(
        "--flowgauge-budget",
        type=float,
        metavar="SECONDS",
        help="how long the suites may take; what does not fit is cut short or skipped, by name",
    )
    group.addoption(
        "--flowgauge-run-folder",
        default="reports/out",
        metavar="DIR",
        help="where contract.json is written (default reports/out, below the root directory)",
    )
