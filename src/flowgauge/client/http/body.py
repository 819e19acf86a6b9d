"""The body of a response on its way: in time, unpacked within limits, and with nothing behind it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx

from flowgauge.client.answers.refusal import TRANSPORT_FAILURES, transport_error
from flowgauge.client.http.leftovers import has_surplus
from flowgauge.client.http.timing import Deadline
from flowgauge.codings import BrokenAnswer, Unpacking
from flowgauge.limits import PeerLimits

__all__ = ["Body", "unpacked"]


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of a response, held to the deadline. Raises TransportError.

    A server that drips it, a byte at a time, never keeps one read waiting for long; so the whole is checked
    at each chunk. It is unpacked here, within limits: httpx unpacks whatever comes.
    """

    def __init__(
        self, response: httpx.Response, request: httpx.Request, deadline: Deadline, limits: PeerLimits
    ) -> None:
        self._inner: Any = response.stream
        self._network: Any = response.extensions.get("network_stream")
        self._codings = response.headers.get_list("content-encoding", split_commas=True)
        self._limits = limits
        self._unpacking: Unpacking | None = None
        self._request = request
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._inner:
                yield from self._pieces(chunk)
            yield from self._pieces(None)
        except httpx.DecodingError:
            raise
        except TRANSPORT_FAILURES as error:
            raise transport_error(error, self._request, total=self._deadline.total) from error
        if has_surplus(self._inner, self._network):
            self._network.close()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if not isinstance(self._inner, httpx.AsyncByteStream):
            for chunk in self:
                yield chunk
            return
        async for chunk in self._inner:
            for piece in self._pieces(chunk):
                yield piece
        for piece in self._pieces(None):
            yield piece
        if has_surplus(self._inner, self._network):
            await self._network.aclose()

    def close(self) -> None:
        """Give the connection back, or up."""
        self._inner.close()

    async def aclose(self) -> None:
        """Give the connection back, or up."""
        if isinstance(self._inner, httpx.AsyncByteStream):
            await self._inner.aclose()
        else:
            self._inner.close()

    def _pieces(self, chunk: bytes | None) -> Iterator[bytes]:
        try:
            if self._unpacking is None:
                # Only now: what has no body is in no coding.
                self._unpacking = Unpacking([c for c in self._codings if chunk and c], self._limits)
            yield from self._unpacking.end() if chunk is None else self._unpacking.feed(chunk)
        except BrokenAnswer as flaw:
            raise httpx.DecodingError(str(flaw), request=self._request) from None
        if chunk is not None and self._deadline.left <= 0:
            raise httpx.ReadTimeout("the body took too long")


def unpacked(response: httpx.Response, body: Body) -> httpx.Response:
    """The response with its body unpacked on the way; no header says otherwise."""
    if "content-encoding" not in response.headers:
        response.stream = body
        return response
    gone = {"content-encoding", "content-length"}
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in gone]
    return httpx.Response(
        response.status_code,
        headers=headers,
        stream=body,
        request=response.request,
        extensions=response.extensions,
    )
