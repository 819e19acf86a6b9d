"""A sync transport whose sockets keep the deadline of the call.

httpcore gives a whole head, and a whole body, the limit of one read, and begins it anew with each byte that
comes: a server that drips them would never be given up on. So each wait on a socket here takes the smaller
of its own limit and what is left of the call. The async client needs none of this: one timer ends whatever
is going on.
"""

import os
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from flowgauge.client.http.timing import Allowed

__all__ = ["DeadlineTransport"]

# A peer that reads slowly takes a large body piece by piece; between two pieces the deadline is asked.
_PIECE = 65536
_FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


class DeadlineTransport(httpx.BaseTransport):
    """`httpx.HTTPTransport` with sockets that keep a request's Deadline, passed as its `timeout`.

    Raises httpx's errors, and RuntimeError for a SOCKS proxy where socksio is not installed.
    """

    def __init__(
        self, verify: ssl.SSLContext, limits: httpx.Limits, proxy: httpx.Proxy | None = None
    ) -> None:
        self._proxy = proxy
        self._options: dict[str, Any] = {
            "ssl_context": verify,
            "max_connections": limits.max_connections,
            "max_keepalive_connections": limits.max_keepalive_connections,
            "keepalive_expiry": limits.keepalive_expiry,
            "network_backend": _Backend(),
        }
        self._process = os.getpid()
        self._pool = self._new_pool()

    def _new_pool(self) -> httpcore.ConnectionPool:
        options, proxy = self._options, self._proxy
        if proxy is None:
            return httpcore.ConnectionPool(**options)
        options = options | {"proxy_url": _url(proxy.url), "proxy_auth": proxy.raw_auth}
        if proxy.url.scheme in {"http", "https"}:
            return httpcore.HTTPProxy(proxy_headers=proxy.headers.raw, **options)
        return httpcore.SOCKSProxy(**options)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The response, its body unread."""
        if self._process != os.getpid():
            # In a fork: on its parent's connections, it would read its parent's answers.
            self._process, self._pool = os.getpid(), self._new_pool()
        with _failing_as_httpx():
            response = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    _url(request.url),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        assert isinstance(response.stream, Iterable)
        body = _Body(response.stream)
        return httpx.Response(
            response.status, headers=response.headers, stream=body, extensions=response.extensions
        )

    def close(self) -> None:
        """Drop all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Iterable[bytes]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        with _failing_as_httpx():
            yield from self._inner

    def close(self) -> None:
        if hasattr(self._inner, "close"):
            self._inner.close()


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        limit = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(super().connect_tcp(host, port, limit, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self.close = inner.close  # type: ignore[method-assign]
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._inner.write(buffer[start : start + _PIECE], _left(timeout, httpcore.WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, limit))


@contextmanager
def _failing_as_httpx() -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        # httpx has the same names; of a kind that it does not know, the nearest above.
        name = next(kind.__name__ for kind in type(error).__mro__ if hasattr(httpx, kind.__name__))
        raise getattr(httpx, name)(str(error)) from error


def _left(limit: float | None, over: type[Exception]) -> float | None:
    """The smaller of a wait's own limit and what is left of the call. Raises `over` at its end."""
    if not isinstance(limit, Allowed):
        return limit
    left = limit.deadline.left
    if left <= 0:
        raise over("timed out")
    return min(limit, left)


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
