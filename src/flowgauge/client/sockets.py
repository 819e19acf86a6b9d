"""Sockets that keep a deadline over many reads.

httpcore gives a whole head the limit of one read: a server that drips it a byte at a time would never be
given up on. These sockets ask the deadline anew each time, and refuse once it is over. The async shell does
without: there one timer ends whatever is going on.
"""

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from flowgauge.client.timing import Remaining

__all__ = ["watched"]

# A peer that reads slowly takes a large body piece by piece; between two pieces the deadline is asked.
_PIECE = 65536


def watched(transport: httpx.HTTPTransport) -> httpx.HTTPTransport:
    """The transport, with sockets that keep the deadline of the request they serve."""
    # httpcore's pool takes a backend, and httpx has no argument that passes one on.
    pool = transport._pool  # noqa: SLF001
    pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001
    return transport


def _left(timeout: float | None, over: type[Exception]) -> float | None:
    if not isinstance(timeout, Remaining):
        return timeout
    if timeout.is_over:
        raise over("timed out")
    return timeout.again


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._inner.write(buffer[start : start + _PIECE], _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options))

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_unix_socket(path, timeout, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)
