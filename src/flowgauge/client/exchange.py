"""A call on its way: sent in time, with credentials, redirected, tried again; its failures named.

All of it awaits, and is written once. Over a transport that is `Blocking` it never waits for a loop, so
`finished` carries it out where there is none: that is the sync client.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import inf
from typing import Any

import httpx

from flowgauge.client.answers.refusal import (
    TRANSPORT_FAILURES,
    intact,
    is_shown_in,
    refusal,
    secrets_of,
    transport_error,
    unexpected,
    unpackable,
)
from flowgauge.client.errors import InvalidRequest, TransportError
from flowgauge.client.http.body import Body, unpacked
from flowgauge.client.http.timing import AsyncClock, Deadline, Retry, Timeout
from flowgauge.client.http.wire import DEFAULT_PORTS, Call, bearer, origin_of, url_of
from flowgauge.client.oauth import ClientCredentials
from flowgauge.limits import PeerLimits, is_deeper

__all__ = ["Blocking", "Endpoint", "Sender", "exchange"]

# These two repeat the method and the body; the others would turn a POST into a GET.
_SAME_METHOD = frozenset({307, 308})
_MOVED = frozenset({301, 302, 303, 307, 308})
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where calls go and how. `url` has no trailing slash; `headers` go with each request."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    token: str | None = field(default=None, repr=False)
    retry: Retry | None = None
    follow_redirects: bool = False

    def request(self, call: Call[Any]) -> httpx.Request:
        """The request of a call to this server. Raises InvalidRequest."""
        headers = list(self.headers)
        if self.token is not None:
            headers.append(("Authorization", bearer(self.token)))
        if call.body is not None:
            headers.append(("Content-Type", "application/json"))
        url = url_of(self.url + call.target)
        try:
            return httpx.Request(call.method, url, headers=headers, content=call.body)
        except UnicodeEncodeError as error:
            raise InvalidRequest(f"no request can be made of {self.url}: {error}") from None


class Blocking(httpx.AsyncBaseTransport):
    """A transport that blocks, for code that awaits."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response, its body unread."""
        return self._inner.handle_request(request)

    async def aclose(self) -> None:
        """Drop all connections."""
        self._inner.close()


class Sender:
    """Sends requests. Safe to share between tasks, or between threads where the transport is Blocking."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        auth: ClientCredentials | None,
        clock: AsyncClock,
        limits: PeerLimits | None = None,
    ) -> None:
        self.clock = clock
        self.limits = limits or PeerLimits()
        self._transport = transport
        self._blocks = isinstance(transport, Blocking)
        self._auth = auth

    async def aclose(self) -> None:
        """Drop all connections; the next call makes new ones."""
        await self._transport.aclose()

    async def send(
        self, request: httpx.Request, deadline: Deadline, *, is_streamed: bool = False
    ) -> httpx.Response:
        """What the server answers. The body of a streamed success is left unread. Raises TransportError."""
        if self._auth is None:
            return await self._sent(request, deadline, is_streamed)
        # Before the flow begins: it may have to wait for another call to fetch a token.
        request.extensions["timeout"] = deadline
        flow = self._auth.flow(request, blocks=self._blocks)
        try:
            asked = await anext(flow)
            while True:
                response = await self._sent(asked, deadline, is_streamed)
                try:
                    asked = await flow.asend(response)
                except StopAsyncIteration:
                    return response
                await response.aclose()
        except httpx.PoolTimeout as error:
            raise transport_error(error, request, total=deadline.total) from error
        finally:
            await flow.aclose()

    async def _sent(self, request: httpx.Request, deadline: Deadline, is_streamed: bool) -> httpx.Response:
        request.extensions["timeout"] = deadline
        try:
            async with self._within(deadline.left):
                response = await self._transport.handle_async_request(request)
                response.request = request
                if not response.is_stream_consumed:
                    response = unpacked(response, Body(response, request, deadline, self.limits))
                if is_streamed and response.status_code < 300:
                    return response
                try:
                    await response.aread()
                except httpx.DecodingError as flaw:
                    return unpackable(response, flaw)
                finally:
                    await response.aclose()
        except TRANSPORT_FAILURES as error:
            raise transport_error(error, request, total=deadline.total) from error
        return response

    @asynccontextmanager
    async def _within(self, seconds: float) -> AsyncIterator[None]:
        """Ends what is in the block, wherever it waits, once the time is over. Raises `httpx.ReadTimeout`.

        A pool keeps its limits wait by wait; this ends a head that is dripped byte by byte. A transport that
        blocks has to keep the time by itself.
        """
        if self._blocks:
            yield
            return
        import asyncio  # noqa: PLC0415 - heavy, and already loaded wherever this runs

        try:
            async with asyncio.timeout(seconds if seconds < inf else None):
                yield
        except TimeoutError:
            raise httpx.ReadTimeout("timed out") from None


async def exchange(
    call: Call[Any], endpoint: Endpoint, limits: Timeout, sender: Sender, *, is_streamed: bool = False
) -> httpx.Response:
    """Send a call until it succeeds, is refused, or is not worth another attempt.

    Returns the success; raises ApiError, TransportError, or UnexpectedReply where it cannot be unpacked.
    """
    request, clock = endpoint.request(call), sender.clock
    deadline = Deadline(limits, clock.monotonic)
    attempt, hops = 1, 0
    while True:
        outcome: httpx.Response | TransportError
        try:
            outcome = await sender.send(request, deadline, is_streamed=is_streamed)
        except TransportError as failure:
            outcome = failure
        if isinstance(outcome, httpx.Response):
            if 200 <= outcome.status_code < 300:
                if not is_streamed and is_deeper(outcome.content, sender.limits.depth):
                    flaw = f"its JSON is nested more than {sender.limits.depth} deep"
                    raise unexpected(outcome, flaw, is_json=True)
                return intact(outcome)
            moved = (
                _moved(request, outcome)
                if endpoint.follow_redirects and hops < sender.limits.redirects
                else None
            )
            if moved is not None:
                request, hops = moved, hops + 1
                continue
        pause = None
        if endpoint.retry is not None:
            pause = endpoint.retry.pause_after(
                attempt, call.method, outcome, chance=clock.chance(), wall=clock.wall()
            )
        if pause is None:
            raise outcome if isinstance(outcome, TransportError) else refusal(outcome)
        await clock.sleep(pause)
        deadline = Deadline(limits, clock.monotonic)
        attempt += 1


def _moved(request: httpx.Request, response: httpx.Response) -> httpx.Request | None:
    """The request to make instead, or None where following would change what is asked.

    Credentials stay behind when the other address is another origin. An address that holds some is not
    followed: addresses are shown and logged.
    """
    status, location = response.status_code, response.headers.get("location")
    if status not in _MOVED or not location or (request.method != "GET" and status not in _SAME_METHOD):
        return None
    try:
        url = request.url.join(location)
        is_address = url.scheme in DEFAULT_PORTS and url.host and (url.port or 0) <= _HIGHEST_PORT
    except (httpx.InvalidURL, UnicodeError):
        return None
    if not is_address or url.userinfo or is_shown_in(secrets_of(request), location):
        return None
    is_same = origin_of(url) == origin_of(request.url)
    headers = [
        (name, value)
        for name, value in request.headers.multi_items()
        if name not in {"host", "content-length"} and (is_same or name not in _CREDENTIALS)
    ]
    return httpx.Request(request.method, url, headers=headers, content=request.content or None)
