"""OAuth2 client credentials as an `httpx.Auth`: for these clients and for any httpx client.

A token is fetched on first use and again shortly before it ends; of many threads or tasks that need one at
the same moment, one fetches it and the others wait. A 401 to a token that was thought good fetches one more.
"""

import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from flowgauge.client.connection import Connection
from flowgauge.client.errors import TokenRefused
from flowgauge.client.http.exchange import bearer, origin_of, url_of
from flowgauge.client.oauth import basic_credentials, parsed_token, token_url_of
from flowgauge.errors import TargetRefused

if TYPE_CHECKING:
    import asyncio

__all__ = ["ClientCredentials"]

# How long before its end a token is no longer used: clocks differ and requests travel.
_SKEW = 30.0
_SKEW_RATIO = 0.1


_QUEUED = "another call is still fetching a token"


def _longest_wait(request: httpx.Request) -> float | None:
    """How long a request may wait for its turn: as long as for a connection."""
    limits: Mapping[str, float | None] = request.extensions.get("timeout") or {}
    return limits.get("pool")


@dataclass(frozen=True, slots=True)
class _Held:
    token: str = field(repr=False)
    good_until: float


class ClientCredentials(httpx.Auth):
    """Fetches bearer tokens for a connection that has a client id and secret (RFC 6749, section 4.4).

    The token goes to the connection's own origin only, whatever redirects say. Raises TokenRefused.
    """

    def __init__(self, connection: Connection, *, now: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._now = now
        self._origin = origin_of(url_of(connection.url))
        self._held: _Held | None = None
        self._lock = threading.Lock()
        self._async_lock: asyncio.Lock | None = None

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Yields the requests to send in turn; see `httpx.Auth`."""
        if origin_of(request.url) != self._origin:
            yield request
            return
        held = self._fresh()
        if held is None:
            with self._turn(request):
                held = self._fresh()
                if held is None:
                    held = self._keep((yield self._token_request()))
        response = yield self._signed(request, held)
        if response.status_code == 401:
            with self._turn(request):
                held = self._other_than(held) or self._keep((yield self._token_request()))
            yield self._signed(request, held)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """`sync_auth_flow` with a lock that tasks wait for."""
        if origin_of(request.url) != self._origin:
            yield request
            return
        held = self._fresh()
        if held is None:
            async with self._task_turn(request):
                held = self._fresh()
                if held is None:
                    held = self._keep((yield self._token_request()))
        response = yield self._signed(request, held)
        if response.status_code == 401:
            async with self._task_turn(request):
                held = self._other_than(held) or self._keep((yield self._token_request()))
            yield self._signed(request, held)

    @contextmanager
    def _turn(self, request: httpx.Request) -> Iterator[None]:
        """One fetch at a time. Where the endpoint hangs, the others do not queue up for its timeouts."""
        limit = _longest_wait(request)
        if not self._lock.acquire(timeout=-1 if limit is None else min(limit, threading.TIMEOUT_MAX)):
            raise httpx.PoolTimeout(_QUEUED, request=request)
        try:
            yield
        finally:
            self._lock.release()

    @asynccontextmanager
    async def _task_turn(self, request: httpx.Request) -> AsyncIterator[None]:
        """`_turn` for tasks."""
        import asyncio  # noqa: PLC0415 - heavy, and already loaded wherever this runs

        if self._async_lock is None:
            self._async_lock = asyncio.Lock()
        try:
            async with asyncio.timeout(_longest_wait(request)):
                await self._async_lock.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout(_QUEUED, request=request) from None
        try:
            yield
        finally:
            self._async_lock.release()

    def _fresh(self) -> _Held | None:
        held = self._held
        return held if held is not None and self._now() < held.good_until else None

    def _other_than(self, refused: _Held) -> _Held | None:
        """A token that another call fetched while this request was on its way."""
        return self._held if self._held is not refused else None

    def _signed(self, request: httpx.Request, held: _Held) -> httpx.Request:
        request.headers["Authorization"] = bearer(held.token)
        return request

    def _token_request(self) -> httpx.Request:
        request = httpx.Request(
            "POST",
            url_of(token_url_of(self._connection)),
            data={"grant_type": "client_credentials"},
            headers={"Accept": "application/json"},
        )
        return next(httpx.BasicAuth(*basic_credentials(self._connection)).sync_auth_flow(request))

    def _keep(self, response: httpx.Response) -> _Held:
        response.read()
        url = str(response.request.url)
        try:
            endpoint = token_url_of(self._connection)
            token = parsed_token(self._connection, endpoint, response.status_code, response.content)
        except TargetRefused as error:
            raise TokenRefused(
                error.message, hint=error.hint, request=f"POST {url}", status=response.status_code
            ) from None
        skew = min(_SKEW, token.expires_in * _SKEW_RATIO)
        self._held = _Held(token.value, self._now() + token.expires_in - skew)
        return self._held
