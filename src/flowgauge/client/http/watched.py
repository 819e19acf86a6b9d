"""A response body that keeps the call's deadline and fails with the client's own errors."""

from collections.abc import AsyncIterator, Iterator

import httpx

from flowgauge.client.answers.refusal import TRANSPORT_FAILURES, transport_error
from flowgauge.client.http.timing import Deadline

__all__ = ["WatchedStream"]


class WatchedStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Wraps the stream of a response. Raises TransportError.

    A server that drips its body, a byte at a time, never keeps one read waiting for long; so the whole is
    checked at each chunk.
    """

    def __init__(
        self,
        inner: httpx.SyncByteStream | httpx.AsyncByteStream,
        request: httpx.Request,
        deadline: Deadline,
    ) -> None:
        self._inner = inner
        self._request = request
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._inner, httpx.SyncByteStream)
        try:
            for chunk in self._inner:
                yield chunk
                self._check()
        except TRANSPORT_FAILURES as error:
            raise transport_error(error, self._request, total=self._deadline.total) from error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self._inner, httpx.AsyncByteStream)
        try:
            async for chunk in self._inner:
                yield chunk
                self._check()
        except TRANSPORT_FAILURES as error:
            raise transport_error(error, self._request, total=self._deadline.total) from error

    def close(self) -> None:
        """Give the connection back, or drop it where the body is unread."""
        assert isinstance(self._inner, httpx.SyncByteStream)
        self._inner.close()

    async def aclose(self) -> None:
        """`close` for the async client."""
        assert isinstance(self._inner, httpx.AsyncByteStream)
        await self._inner.aclose()

    def _check(self) -> None:
        if self._deadline.is_over:
            raise httpx.ReadTimeout("the body took too long")
