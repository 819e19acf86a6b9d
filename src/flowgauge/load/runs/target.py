"""The server under load: found and reached, or started for the occasion; and its tokens."""

import logging
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import gevent

from flowgauge.client.connection import Connection, connection_from
from flowgauge.client.oauth import BearerToken, bearer_of, fetch_token
from flowgauge.client.proxy import (
    DENIED,
    GATEWAY_STATUSES,
    Proxy,
    proxy_of,
    reach,
    unreached,
    why_refused,
)
from flowgauge.client.reasons import refused, unreachable
from flowgauge.edition import Edition
from flowgauge.errors import TargetError, TargetUnreachable, UsageError, WrongTarget
from flowgauge.extra_headers import extra_headers
from flowgauge.inert import inert
from flowgauge.load.runs.greeting import greeted
from flowgauge.load.transport.dialing import Address
from flowgauge.load.transport.tunnels import channel_for
from flowgauge.load.transport.wire import Wire
from flowgauge.reference.server.embedded import embedded_server
from flowgauge.results import TargetIdentity
from flowgauge.trust import is_insecure

__all__ = ["LoadTarget", "addresses_of", "fresh_tokens", "opened_target", "reached_target"]

LOG = logging.getLogger(__name__)
# A token is renewed at this part of its lifetime, so that a slow answer of the endpoint still comes in time.
_RENEWED_AT = 0.75
_SHORTEST, _RETRY = 1.0, 5.0
# So many paths are tried before a server is called another one.
_FIRST_PATHS = 4
# Seconds for a proxy to make way.
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class LoadTarget:
    """A server that answered. `headers` go with every request, and their values are secrets."""

    connection: Connection
    identity: TargetIdentity
    bearer: str | None = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@contextmanager
def opened_target(
    edition: Edition,
    environment: Mapping[str, str],
    flags: Mapping[str, str | None],
    *,
    faults: Sequence[str] = (),
    headers: Sequence[str] = (),
) -> Iterator[LoadTarget]:
    """The server that flags and environment name, or an embedded one that ends with the block.

    `headers` are texts such as "Name: value". Raises UsageError or TargetError.
    """
    more = tuple(extra_headers([*headers], environment))
    connection = connection_from(environment, **flags)
    if connection is not None:
        path = edition.document.token_path
        if path is not None and not connection.token_url:
            # The document's own token endpoint, where the connection names none.
            url = path if "://" in path else connection.url + path
            connection = replace(connection, token_url=url)
        if faults:
            raise UsageError(
                "faults can only be switched on in the embedded server", hint="leave the URL out"
            )
        yield reached_target(connection, edition, more)
        return
    with embedded_server(edition=edition.name, faults=faults) as embedded:
        own = Connection(embedded.url, token=embedded.token)
        # Nobody asks a faulty server whether it is there: failing is what it is for.
        yield LoadTarget(own, TargetIdentity("embedded", embedded.url, tuple(faults)), embedded.token, more)


def _first_paths(edition: Edition) -> list[str]:
    """Paths that need no id and no query, that of the greeting first."""
    reads = [op for op in edition.operations if op.method == "GET" and not op.path_parameters]
    plain = [op for op in reads if not any(p.required for p in op.parameters)]
    plain.sort(key=lambda op: op.id != edition.greeting)
    return [op.url_path({}) for op in plain[:_FIRST_PATHS]]


def reached_target(
    connection: Connection, edition: Edition, headers: tuple[tuple[str, str], ...] = ()
) -> LoadTarget:
    """The server, after it has answered one request with these credentials.

    Any HTTP answer will do but one that refuses them, or sends us elsewhere: what it answers is for the
    contract suites to judge. Where the first path is not there, another may be: a server that has none
    of them is another one. Raises TargetUnreachable, TargetRefused or WrongTarget.
    """
    bearer, url, proxy = bearer_of(connection), connection.url, proxy_of(connection.proxy)
    if proxy is not None:
        # Asked once alone, so that what it says is told in its own words.
        reach(proxy, url, PATIENCE).close()
    wire = Wire(url, bearer, headers, proxy)
    paths = _first_paths(edition)
    addresses, channel = addresses_of(url, proxy), channel_for(url, proxy)
    greetings = (greeted(wire, addresses, channel, path) for path in paths or ["/"])
    first = greeting = next(greetings)
    while greeting.is_elsewhere and (another := next(greetings, None)) is not None:
        greeting = another
    if not greeting.status:
        raise unreachable(url, greeting.failure)
    if proxy is not None and not url.startswith("https:"):
        if greeting.status == DENIED:
            raise unreached(proxy, url, why_refused(DENIED, ""))
        if greeting.status in GATEWAY_STATUSES:
            because = f"answers {greeting.status}, as one does that cannot reach the server"
            raise unreached(proxy, url, because)
    if greeting.location is not None:
        raise WrongTarget(
            f"{url} redirects to {inert(greeting.location)} (status {greeting.status})",
            hint="name the URL at which the API itself answers; no redirect is followed under load",
        )
    if greeting.status in {401, 403}:
        raise refused(url, greeting.status, has_token=bearer is not None)
    if paths and greeting.is_elsewhere:
        page = ", a page of HTML" if first.is_html else ""
        raise WrongTarget(
            f"what answers at {url} is not the API of edition {edition.name}: "
            f"GET {first.path} is answered with {first.status}{page}",
            hint="check host, port and path of the URL, and the edition",
        )
    identity = TargetIdentity("server", url, unverified=is_insecure(url))
    return LoadTarget(connection, identity, bearer, headers)


@contextmanager
def fresh_tokens(connection: Connection, use: Callable[[str], None]) -> Iterator[None]:
    """Buys tokens with client credentials, each before the one before ends, and hands them to `use`.

    Does nothing for other credentials. Raises TargetError where the first token cannot be had.
    """
    if connection.token or not connection.client_id:
        yield
        return
    token = fetch_token(connection)
    use(token.value)
    keeper = gevent.spawn(_renew, connection, token, use)
    try:
        yield
    finally:
        keeper.kill()


def _renew(connection: Connection, token: BearerToken, use: Callable[[str], None]) -> None:
    pause = max(token.expires_in * _RENEWED_AT, _SHORTEST)
    while True:
        gevent.sleep(pause)
        try:
            token = fetch_token(connection)
        except TargetError as error:
            # The token in use may still hold; once it does not, the answers say so.
            LOG.warning("no new token: %s", error)
            pause = _RETRY
        else:
            use(token.value)
            pause = max(token.expires_in * _RENEWED_AT, _SHORTEST)


def addresses_of(url: str, proxy: Proxy | None = None) -> list[Address]:
    """Where the URL's host is, or the proxy. Raises TargetUnreachable where its name cannot be resolved."""
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    if proxy is not None:
        host, port = proxy.host, proxy.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise TargetUnreachable(f"the name {host} cannot be resolved: {error}") from None
    return list(dict.fromkeys((family, where) for family, _, _, _, where in found))
