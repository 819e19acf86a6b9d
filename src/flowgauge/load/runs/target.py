"""The server under load: found, greeted, or started for the occasion."""

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from flowgauge.client.connection import Connection, connection_from
from flowgauge.client.oauth import bearer_of
from flowgauge.errors import TargetRefused, TargetUnreachable, UsageError
from flowgauge.load.transport.channel import Address
from flowgauge.openapi.v0_shim import operation
from flowgauge.reference.server.embedded import embedded_server

__all__ = ["Target", "addresses_of", "greeted", "opened_target"]

GREETING_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Target:
    """A server that answered. `name` is what reports call it; `version` what it says of itself, if so."""

    connection: Connection
    name: str
    bearer: str | None = field(repr=False)
    version: str | None = None


@contextmanager
def opened_target(
    environment: Mapping[str, str], flags: Mapping[str, str | None], *, faults: Sequence[str] = ()
) -> Iterator[Target]:
    """The server that flags and environment name, or an embedded one that ends with the block.

    Raises UsageError, TargetUnreachable or TargetRefused.
    """
    connection = connection_from(environment, **flags)
    if connection is not None:
        if faults:
            raise UsageError(
                "faults can only be switched on in the embedded server", hint="leave the URL out"
            )
        yield greeted(connection)
        return
    with embedded_server(faults=faults) as embedded:
        own = Connection(embedded.url, token=embedded.token)
        # A faulty server may fail at being greeted: that is what it is for.
        yield Target(own, f"embedded server at {embedded.url}", embedded.token)


def greeted(connection: Connection) -> Target:
    """The server, after it has answered one request with these credentials.

    Any HTTP answer will do except one that refuses them: what it answers is for the contract suites to
    judge. Raises TargetUnreachable or TargetRefused.
    """
    bearer = bearer_of(connection)
    url = connection.url + operation("orchestrationgetServerInfo").url_path({})
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        answer = httpx.get(url, headers=headers, timeout=GREETING_TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        raise TargetUnreachable(
            f"{connection.url} does not answer: {error}", hint="is the server running, and the URL right?"
        ) from None
    if answer.status_code in {401, 403}:
        raise TargetRefused(
            f"{connection.url} refuses the credentials (status {answer.status_code})",
            hint="set FLOWGAUGE_TOKEN, or FLOWGAUGE_CLIENT_ID and FLOWGAUGE_CLIENT_SECRET",
        )
    return Target(connection, connection.url, bearer, _version(answer))


def addresses_of(url: str) -> list[Address]:
    """Where the URL's host is. Raises TargetUnreachable where its name cannot be resolved."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise TargetUnreachable(f"the name {parts.hostname} cannot be resolved: {error}") from None
    return list(dict.fromkeys((family, where) for family, _, _, _, where in found))


def _version(answer: httpx.Response) -> str | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    version = body.get("version") if isinstance(body, dict) else None
    return version if isinstance(version, str) else None
