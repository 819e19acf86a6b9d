"""Flags that are the same for every command that has them: who and where the server is, and its edition."""

import argparse
import os

from flowgauge.client.connection import ENVIRONMENT, Connection, connection_from
from flowgauge.editions import DEFAULT_EDITION, EDITIONS

__all__ = ["add_connection_flags", "add_edition_flag", "connection_of"]

_HELP = {
    "url": "root URL of the server under test; without one an embedded server is started",
    "token": "bearer token",
    "client_id": "id to get a token with (client credentials)",
    "client_secret": "their secret",
    "token_url": "where to get it, if not at the server's own endpoint",
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


def add_edition_flag(parser: argparse.ArgumentParser) -> None:
    """Add `--edition`."""
    parser.add_argument(
        "--edition",
        default=DEFAULT_EDITION,
        metavar="NAME",
        help=f"edition of the API: {', '.join(EDITIONS)} (default %(default)s)",
    )
