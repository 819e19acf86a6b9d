"""Any server over HTTP/1.1, with full say over what goes on the wire.

The standard library's client is used bare, since the higher ones tidy up what a contract test means to
send: dot segments, escapes, repeated headers, framing.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

from flowgauge.contract.requests import AUTHORIZATION
from flowgauge.contract.target import Capability
from flowgauge.contract.tokens import TOKEN, with_token_in_target, with_tokens, without_tokens
from flowgauge.errors import TargetUnreachable
from flowgauge.results import Exchange, Request, Response, TargetIdentity
from flowgauge.results.exchange import Headers

__all__ = ["HttpTarget"]

TIMEOUT = 15.0
CHUNK = 8192
_SWITCHED = 101


class HttpTarget:
    """A server at a URL. Safe from many threads: each has a keep-alive connection of its own.

    `headers` go with every request. Without `TOKEN` among the tokens the server asks for none, and none is
    sent; an empty one is none that could be sent.
    """

    def __init__(
        self,
        url: str,
        *,
        tokens: Mapping[str, str],
        capabilities: frozenset[Capability],
        on_reset: Callable[[], None] | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self.identity = TargetIdentity("server", url)
        self.url = url
        self.capabilities = capabilities
        self.headers: Headers = ()
        self._tokens = dict(tokens)
        self._on_reset = on_reset
        self._timeout = timeout
        parts = urlsplit(url)
        self._is_tls = parts.scheme == "https"
        self._address = (parts.hostname or "", parts.port)
        self._prefix = parts.path.rstrip("/")
        self._local = threading.local()
        self._connections: list[http.client.HTTPConnection] = []
        self._offset = time.time() - time.monotonic()

    def at(self, url: str, *, timeout: float) -> "HttpTarget":
        """A target like this one at another URL, or with another patience."""
        other = HttpTarget(url, tokens=self._tokens, capabilities=self.capabilities, timeout=timeout)
        other.headers = self.headers
        return other

    def now(self) -> float:
        """Wall time, from the monotonic clock: a stepped clock must not look like a slow server."""
        return self._offset + time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Really sleep."""
        time.sleep(max(0.0, seconds))

    def reset(self) -> None:
        """Empty the store."""
        assert self._on_reset is not None
        self._on_reset()

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            connection.close()

    def send(self, request: Request) -> Exchange:
        """Send one request; a connection that fails is an exchange without a response."""
        request = self._as_it_goes(request)
        sent_at = self.now()
        try:
            response = self._answered(request)
        except (OSError, http.client.HTTPException) as error:
            self._drop()
            return Exchange(None, request, None, sent_at, self.now(), _reason(error))
        return Exchange(None, request, response, sent_at, self.now())

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send from as many threads, let loose at once."""
        barrier = threading.Barrier(len(requests))

        def after_the_others(request: Request) -> Exchange:
            try:
                self._connect()
            finally:
                barrier.wait()
            try:
                return self.send(request)
            finally:
                # The pool's threads end here, and their connections with them.
                self._drop()

        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(after_the_others, requests))

    def check_reachable(self) -> None:
        """Raise TargetUnreachable, with the reason, where no connection can be made."""
        try:
            self._connect()
        except OSError as error:
            raise TargetUnreachable(
                f"{self.url} cannot be reached: {_reason(error)}",
                hint="check FLOWGAUGE_URL, or leave it out to test the embedded server",
            ) from None

    def _as_it_goes(self, request: Request) -> Request:
        headers = request.headers
        if TOKEN not in self._tokens:
            headers = tuple(header for header in headers if header != AUTHORIZATION)
        return replace(request, headers=(*headers, *self.headers))

    def _answered(self, request: Request) -> Response:
        connection, is_fresh = self._connect()
        try:
            return self._exchange(connection, request)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            if is_fresh:
                raise
            # The server may close an idle connection at any time; one that is new must answer.
            self._drop()
            return self._exchange(self._connect()[0], request)

    def _exchange(self, connection: http.client.HTTPConnection, request: Request) -> Response:
        target = self._prefix + with_token_in_target(request.target, self._tokens)
        connection.putrequest(request.method, target, skip_accept_encoding=True)
        headers = request.headers
        if not self._tokens.get(TOKEN):
            headers = tuple(header for header in headers if header != AUTHORIZATION)
        for name, value in with_tokens(headers, self._tokens):
            connection.putheader(name, value)
        if request.chunked:
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders(_chunks(request.body or b""), encode_chunked=True)
        else:
            if request.body is not None:
                connection.putheader("Content-Length", str(len(request.body)))
            elif request.method in {"POST", "PUT", "PATCH"}:
                connection.putheader("Content-Length", "0")
            connection.endheaders(request.body)
        answer = connection.getresponse()
        body = answer.read()
        if answer.will_close or answer.status == _SWITCHED:
            self._drop()
        return Response(
            answer.status,
            tuple(self._visible(*each) for each in answer.getheaders()),
            without_tokens(body, self._tokens),
        )

    def _visible(self, name: str, value: str) -> tuple[str, str]:
        return name, without_tokens(value.encode("latin-1"), self._tokens).decode("latin-1")

    def _connect(self) -> tuple[http.client.HTTPConnection, bool]:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            return connection, False
        host, port = self._address
        if self._is_tls:
            connection = http.client.HTTPSConnection(
                host, port, timeout=self._timeout, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self._timeout)
        connection.connect()
        # Without this, a request whose head and body go out apart waits for a delayed acknowledgement.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._local.connection = connection
        self._connections.append(connection)
        return connection, True

    def _drop(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None
            self._connections.remove(connection)


def _chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK):
        yield body[start : start + CHUNK]


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "no answer in time"
        case http.client.RemoteDisconnected():
            return "the connection was closed without an answer"
        case http.client.IncompleteRead():
            return "the body ended before its announced length"
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionResetError():
            return "connection reset"
        case socket.gaierror():
            return "unknown host"
        case http.client.HTTPException():
            return f"not HTTP: {type(error).__name__}"
        case _:
            return str(error) or type(error).__name__
