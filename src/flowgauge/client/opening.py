"""From a connection to what a client needs: an endpoint, credentials, and the settings of its pool."""

import ssl
from collections.abc import Callable
from functools import cache, lru_cache

import httpx

from flowgauge import __version__
from flowgauge.client.connection import ENVIRONMENT, Connection, connection_from
from flowgauge.client.errors import InvalidRequest
from flowgauge.client.exchange import Endpoint
from flowgauge.client.http.timing import Retry
from flowgauge.client.http.wire import bearer, url_of
from flowgauge.client.oauth import ClientCredentials
from flowgauge.errors import UsageError

__all__ = ["KEEP_ALIVE", "LIMITS", "opened", "proxy_for", "root_url", "trust"]

_HEADERS = (("Accept", "application/json"), ("User-Agent", f"flowgauge/{__version__}"))
# Servers close idle connections after 5 s by default (uvicorn); reusing one at that moment fails.
KEEP_ALIVE = 4.0
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=KEEP_ALIVE)


def opened(
    connection: Connection | str, retry: Retry | None, follow_redirects: bool, now: Callable[[], float]
) -> tuple[Endpoint, ClientCredentials | None]:
    """The endpoint, and the auth that fetches tokens where the connection has client credentials.

    `now` is the clock that tokens end by. Raises InvalidRequest for a URL or a token that cannot be one.
    """
    checked = _checked(connection)
    if retry is not None and not isinstance(retry, Retry):
        raise InvalidRequest(f"retry must be a Retry or None, not {retry!r}")
    auth = None
    if checked.token is not None:
        bearer(checked.token)
    elif checked.client_id is not None:
        auth = ClientCredentials(checked, now=now)
    return Endpoint(checked.url, _HEADERS, checked.token, retry, follow_redirects), auth


def proxy_for(connection: Connection | str) -> httpx.Proxy | None:
    """The connection's proxy, as httpx takes it. Raises InvalidRequest for a connection that is none."""
    proxy = _checked(connection).proxy
    return httpx.Proxy(proxy) if proxy else None


def _checked(connection: Connection | str) -> Connection:
    if isinstance(connection, str):
        connection = Connection(connection)
    if not isinstance(connection, Connection):
        raise InvalidRequest(f"a Connection or a URL is needed, not {type(connection).__name__}")
    try:
        found = connection_from({}, **{name: getattr(connection, name) for name in ENVIRONMENT})
    except UsageError as error:
        raise InvalidRequest(error.message, hint=error.hint) from None
    if found is None:
        raise InvalidRequest("the connection has no URL")
    for url in filter(None, (found.url, found.token_url)):
        url_of(url)
    return found


@lru_cache(maxsize=16)
def root_url(url: str) -> str:
    """A server's root URL, without a trailing slash. Raises InvalidRequest."""
    return _checked(url).url


@cache
def trust() -> ssl.SSLContext:
    """The default trust store. Loading it takes longer than many calls, so all clients share it."""
    return httpx.create_ssl_context()
