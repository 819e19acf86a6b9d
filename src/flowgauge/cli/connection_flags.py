"""The flags of the connection vocabulary, the same for every command that has a target."""

import argparse
import os

from flowgauge.client.connection import ENVIRONMENT, Connection, connection_from

__all__ = ["add_connection_flags", "connection_of"]

_HELP = {
    "url": "root URL of the server under test; without one an embedded server is started",
    "token": "bearer token",
    "client_id": "client credentials to buy a token with",
    "client_secret": "their secret",
    "token_url": "where to buy it, if not at the server's own endpoint",
}


def add_connection_flags(parser: argparse.ArgumentParser) -> None:
    """Add `--flowgauge-url` and its siblings."""
    group = parser.add_argument_group(
        "target", "each flag has a variable of the same name, FLOWGAUGE_URL and so on"
    )
    for name in ENVIRONMENT:
        group.add_argument(f"--flowgauge-{name.replace('_', '-')}", metavar=name.upper(), help=_HELP[name])


def connection_of(args: argparse.Namespace) -> Connection | None:
    """The connection that the flags and the environment describe; None for the embedded server."""
    flags = {name: getattr(args, f"flowgauge_{name}") for name in ENVIRONMENT}
    return connection_from(os.environ, **flags)
