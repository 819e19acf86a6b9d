"""OAuth2 client credentials (RFC 6749, section 4.4): fetch a bearer token, once or whenever one is needed."""

import math
import os
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import httpx
import msgspec

from flowgauge.client.connection import ENVIRONMENT, Connection
from flowgauge.client.errors import InvalidRequest, TokenRefused
from flowgauge.client.http.operations import TOKEN_PATH
from flowgauge.client.http.timing import finished
from flowgauge.client.http.wire import bearer, origin_of, url_of
from flowgauge.client.proxy import proxy_of
from flowgauge.codings import BrokenAnswer, Unpacking
from flowgauge.errors import TargetRefused, TargetUnreachable
from flowgauge.limits import MIB, PeerLimits
from flowgauge.redaction import Redaction, keep_secret

if TYPE_CHECKING:
    import asyncio
from flowgauge.trust import trust

__all__ = ["BearerToken", "ClientCredentials", "bearer_of", "fetch_token", "token_url_of"]

DEFAULT_LIFETIME = 3600.0
TIMEOUT = 10.0
# How long before its end a token is no longer used: clocks differ and requests travel.
_SKEW, _SKEW_RATIO = 30.0, 0.1
_LONGEST_QUOTE = 500
_LONGEST_LIFETIME = 1e9
_LIMITS = PeerLimits(answer=MIB, unpacked=MIB)
_GRANT = {"grant_type": "client_credentials"}
_HEADERS = {"Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A bearer token and for how many seconds it holds."""

    value: str = field(repr=False)
    expires_in: float


class ClientCredentials(httpx.Auth):
    """Fetches bearer tokens for a connection that has a client id and secret: for any httpx client, too.

    A token is fetched on first use and again shortly before it ends; of many threads or tasks that need one
    at the same moment, one fetches it and the others wait. A 401 to a token that was thought good fetches
    one more. The token goes to the connection's own origin only, whatever redirects say. Raises TokenRefused.
    """

    def __init__(self, connection: Connection, *, now: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._now = now
        self._origin = origin_of(url_of(connection.url))
        self._held: BearerToken | None = None
        self._good_until = -math.inf
        self._process, self._lock = os.getpid(), threading.Lock()
        self._async_lock: asyncio.Lock | None = None

    async def flow(
        self, request: httpx.Request, *, blocks: bool
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Yields the requests to send in turn; with `blocks` it never waits for a loop."""
        if origin_of(request.url) != self._origin:
            yield request
            return
        held = self._fresh()
        if held is None:
            async with self._turn(request, blocks=blocks):
                held = self._fresh()
                if held is None:
                    held = self._keep((yield self._token_request()))
        response = yield self._signed(request, held)
        if response.status_code == 401:
            async with self._turn(request, blocks=blocks):
                # Another call may have fetched one while this request was on its way.
                if self._held is not None and self._held is not held:
                    held = self._held
                else:
                    held = self._keep((yield self._token_request()))
            yield self._signed(request, held)

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """For `httpx.Client`."""
        flow = self.flow(request, blocks=True)
        try:
            asked = finished(anext(flow))
            while True:
                asked = finished(flow.asend((yield asked)))
        except StopAsyncIteration:
            return
        finally:
            finished(flow.aclose())

    def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """For `httpx.AsyncClient`."""
        return self.flow(request, blocks=False)

    @asynccontextmanager
    async def _turn(self, request: httpx.Request, *, blocks: bool) -> AsyncIterator[None]:
        """One fetch at a time. Where the endpoint hangs, the others do not queue up for its timeouts.

        A request waits for its turn as long as for a connection.
        """
        limits: Mapping[str, float | None] = request.extensions.get("timeout") or {}
        limit = limits.get("pool")
        lock: Any
        if blocks:
            if self._process != os.getpid():
                # In a fork: whoever held it has stayed behind.
                self._process, self._lock = os.getpid(), threading.Lock()
            lock = self._lock
            has_turn = lock.acquire(timeout=-1 if limit is None else min(limit, threading.TIMEOUT_MAX))
        else:
            import asyncio  # noqa: PLC0415 - heavy, and already loaded wherever this runs

            lock = self._async_lock = self._async_lock or asyncio.Lock()
            try:
                async with asyncio.timeout(limit):
                    has_turn = await lock.acquire()
            except TimeoutError:
                has_turn = False
        if not has_turn:
            raise httpx.PoolTimeout("another call is still fetching a token", request=request)
        try:
            yield
        finally:
            lock.release()

    def _fresh(self) -> BearerToken | None:
        return self._held if self._now() < self._good_until else None

    def _signed(self, request: httpx.Request, held: BearerToken) -> httpx.Request:
        request.headers["Authorization"] = bearer(held.value)
        return request

    def _token_request(self) -> httpx.Request:
        url = url_of(token_url_of(self._connection))
        request = httpx.Request("POST", url, data=_GRANT, headers=_HEADERS)
        return next(httpx.BasicAuth(*_basic(self._connection)).sync_auth_flow(request))

    def _keep(self, response: httpx.Response) -> BearerToken:
        response.read()
        try:
            token = _token_in(response.status_code, response.content, self._connection)
        except TargetRefused as error:
            raise TokenRefused(
                error.message,
                hint=error.hint,
                request=f"POST {response.request.url}",
                status=response.status_code,
            ) from None
        skew = min(_SKEW, token.expires_in * _SKEW_RATIO)
        self._held, self._good_until = token, self._now() + token.expires_in - skew
        return token


def token_url_of(connection: Connection) -> str:
    """Where the connection's tokens come from: its own `token_url`, or the API's path on its server."""
    return connection.token_url or connection.url + TOKEN_PATH


def bearer_of(connection: Connection) -> str | None:
    """The static token, or one fetched with the client credentials, or None where there are neither."""
    if connection.token or not connection.client_id:
        return connection.token
    return fetch_token(connection).value


def fetch_token(connection: Connection) -> BearerToken:
    """Fetch a token. Raises TargetUnreachable or TargetRefused, with the endpoint in the message."""
    url = token_url_of(connection)
    try:
        auth = _basic(connection)
        with (
            httpx.Client(verify=trust(), timeout=TIMEOUT, proxy=connection.proxy) as http,
            http.stream("POST", url, data=_GRANT, auth=auth, headers=_HEADERS) as response,
        ):
            body = _small_body(response)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, BrokenAnswer) as error:
        way = f" through the proxy {proxy}" if (proxy := proxy_of(connection.proxy)) else ""
        raise TargetUnreachable(f"the token endpoint {url} does not answer{way}: {error}") from error
    return _token_in(response.status_code, body, connection)


def _small_body(response: httpx.Response) -> bytes:
    """The whole body, unpacked. Raises BrokenAnswer for one that is larger than any token."""
    unpacking = Unpacking(response.headers.get_list("content-encoding", split_commas=True), _LIMITS)
    body = b"".join(piece for chunk in response.iter_raw() for piece in unpacking.feed(chunk))
    return body + b"".join(unpacking.end())


def _basic(connection: Connection) -> tuple[str, str]:
    """Client id and secret as they stand in a Basic header: form-encoded first (RFC 6749, section 2.3.1)."""
    return quote_plus(connection.client_id or ""), quote_plus(connection.client_secret or "")


def _token_in(status: int, body: bytes, connection: Connection) -> BearerToken:
    """The token in an answer of the connection's token endpoint. Raises TargetRefused where there is none."""
    url = token_url_of(connection)
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        answer = None
    fields = answer if isinstance(answer, dict) else {}
    if status != 200:
        reason = str(fields.get("error_description") or fields.get("error") or f"status {status}")
        # Struck out before it is cut, or half of it could stay.
        reason = Redaction([("[redacted]", connection.client_secret or "")]).of(reason)
        raise TargetRefused(
            f"the token endpoint {url} refused the client credentials: {reason[:_LONGEST_QUOTE]}",
            hint="check FLOWGAUGE_CLIENT_ID, FLOWGAUGE_CLIENT_SECRET and FLOWGAUGE_TOKEN_URL",
        )
    value = fields.get("access_token")
    if not isinstance(value, str) or not value:
        raise TargetRefused(f"the token endpoint {url} answered 200 without an access_token")
    keep_secret(value, f"${ENVIRONMENT['token']}")
    try:
        bearer(value)
    except InvalidRequest:
        raise TargetRefused(f"the access_token of {url} holds characters that no header can carry") from None
    return BearerToken(value, _lifetime(fields.get("expires_in"), url))


def _lifetime(said: object, url: str) -> float:
    """Seconds. Not all endpoints say it, and some say it as text."""
    if said is None:
        return DEFAULT_LIFETIME
    try:
        if isinstance(said, int | float | str) and not isinstance(said, bool):
            seconds = float(said)
            if not math.isnan(seconds):
                return min(seconds, _LONGEST_LIFETIME)
    except ValueError:
        pass
    except OverflowError:
        return _LONGEST_LIFETIME
    raise TargetRefused(f"the token endpoint {url} answered with an expires_in that is not a number")
