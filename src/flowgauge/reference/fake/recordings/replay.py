"""Transports that record exchanges with a live server, and that replay them."""

import threading
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import httpx

from flowgauge.json_diff import json_diff
from flowgauge.reference.fake.recordings.mismatch import RequestMismatch
from flowgauge.reference.fake.recordings.recording import (
    RecordedExchange,
    Recording,
    all_scrubbed,
    scrubbed,
    value_of,
)
from flowgauge.reference.world.message import Headers

__all__ = ["ExchangeRecorder", "replaying"]

# They describe the bytes on the wire; the body that is kept is the decoded one.
_FRAMING = frozenset({b"content-encoding", b"content-length", b"transfer-encoding", b"connection"})


class ExchangeRecorder:
    """Remembers the exchanges of the transports that it gives out, and gives a recording without secrets."""

    def __init__(self, url: str, *, now: Callable[[], float] = time.monotonic) -> None:
        parts = urlsplit(url)
        # Without a user name and a password, should the URL have them.
        self._url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
        self._now = now
        self._started: float | None = None
        self._exchanges: list[RecordedExchange] = []
        self._lock = threading.Lock()

    @property
    def recording(self) -> Recording:
        """What has been recorded so far."""
        with self._lock:
            return Recording(self._url, all_scrubbed(sorted(self._exchanges, key=lambda e: e.at)))

    def transport(self, inner: httpx.BaseTransport) -> httpx.BaseTransport:
        """A transport that asks `inner`, and keeps what came of it."""
        return _Recording(self, inner)

    def async_transport(self, inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """`transport` for async clients."""
        return _AsyncRecording(self, inner)

    def begun(self) -> float:
        """Seconds since the first request."""
        with self._lock:
            if self._started is None:
                self._started = self._now()
            return self._now() - self._started

    def keep(self, request: httpx.Request, response: httpx.Response, at: float) -> httpx.Response:
        """Keep an exchange whose bodies have been read, and pass its response on."""
        headers = [(k, v) for k, v in response.headers.raw if k.lower() not in _FRAMING]
        answer = response.status_code, _texts(headers), response.content
        with self._lock:
            self._exchanges.append(_exchange(request, answer, at))
        return httpx.Response(response.status_code, headers=headers, content=response.content)


class _Recording(httpx.BaseTransport):
    def __init__(self, recorder: ExchangeRecorder, inner: httpx.BaseTransport) -> None:
        self._recorder, self._inner = recorder, inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        at = self._recorder.begun()
        response = self._inner.handle_request(request)
        try:
            response.read()
        finally:
            response.close()
        return self._recorder.keep(request, response, at)

    def close(self) -> None:
        self._inner.close()


class _AsyncRecording(httpx.AsyncBaseTransport):
    def __init__(self, recorder: ExchangeRecorder, inner: httpx.AsyncBaseTransport) -> None:
        self._recorder, self._inner = recorder, inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        at = self._recorder.begun()
        response = await self._inner.handle_async_request(request)
        try:
            await response.aread()
        finally:
            await response.aclose()
        return self._recorder.keep(request, response, at)

    async def aclose(self) -> None:
        await self._inner.aclose()


def replaying(recording: Recording) -> httpx.MockTransport:
    """A transport that gives the recorded answers again, each once and in its order.

    The last answer to a request is given as often as it is asked for. A request that was not recorded raises
    RequestMismatch with the nearest one that was.
    """
    waiting = list(recording.exchanges)
    lock = threading.Lock()

    def handle(request: httpx.Request) -> httpx.Response:
        asked = scrubbed(_exchange(request))
        with lock:
            fitting = [e for e in waiting if _fits(e, asked)]
            if not fitting:
                raise RequestMismatch(_nearest(recording, asked), hint="record again, or mend the client")
            if len(fitting) > 1:
                # By identity: equal exchanges may stand in a recording more than once.
                del waiting[next(i for i, e in enumerate(waiting) if e is fitting[0])]
        found = fitting[0]
        headers = [(k, v) for k, v in found.response_headers if k.lower().encode() not in _FRAMING]
        content = b"" if request.method == "HEAD" else found.response_body
        return httpx.Response(found.status, headers=headers, content=content)

    return httpx.MockTransport(handle)


def _exchange(
    request: httpx.Request, answer: tuple[int, Headers, bytes] = (0, (), b""), at: float = 0.0
) -> RecordedExchange:
    """A request and what came of it, with their secrets."""
    # What httpcore puts on the wire instead of the URL's path, for those who must say it exactly.
    target: bytes = request.extensions.get("target") or request.url.raw_path
    asked = request.method, target.decode("latin-1"), _texts(request.headers.raw), request.content
    return RecordedExchange(*asked, *answer, at)


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def _fits(recorded: RecordedExchange, asked: RecordedExchange) -> bool:
    is_same = (recorded.method, recorded.target) == (asked.method, asked.target)
    return is_same and not json_diff(value_of(recorded.request_body), value_of(asked.request_body))


def _nearest(recording: Recording, asked: RecordedExchange) -> str:
    lines = [f"{asked.method} {asked.target} was not recorded"]
    nearest = max(
        recording.exchanges,
        key=lambda e: (e.target == asked.target) + (e.method == asked.method) / 2,
        default=None,
    )
    if nearest is None:
        return f"{lines[0]}: the recording is empty"
    diff = json_diff(value_of(nearest.request_body), value_of(asked.request_body))
    criteria = {
        "method": asked.method == nearest.method,
        "target": asked.target == nearest.target,
        "body": not diff,
    }
    lines.append(f"nearest: {nearest.method} {nearest.target}")
    lines += [f"  {'✓' if holds else '✗'} {name}" for name, holds in criteria.items()]
    return "\n".join([*lines, *(f"    {line}" for line in diff)])
