"""Any server over HTTP/1.1, with full say over what goes on the wire.

No client library is used: they tidy up what a contract test means to send (dot segments, escapes, repeated
headers, framing), and hide what came back.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from flowgauge.client.proxy import DENIED, Proxy, reach, unreached, why_refused
from flowgauge.client.reasons import no_answer_because, unreachable
from flowgauge.codings import BrokenAnswer
from flowgauge.contract.requests import AUTHORIZATION
from flowgauge.contract.target import Capability
from flowgauge.contract.targets.wire_connection import NoAnswer, WireConnection
from flowgauge.contract.tokens import TOKEN, redaction_of, with_token_in_target, with_tokens
from flowgauge.limits import PeerLimits
from flowgauge.results import UNDECIDED, Exchange, Request, Response, TargetIdentity
from flowgauge.results.exchange import Headers
from flowgauge.trust import is_insecure, trust

__all__ = ["HttpTarget"]

TIMEOUT = 15.0
CHUNK = 8192
# Of several addresses of a name, one that does not answer so soon gives way to the next.
PATIENCE = 1.0
# After so many idle seconds a server may well be about to close a connection.
IDLE = 1.0
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


class HttpTarget:
    """A server at a URL. Safe from many threads: each has a keep-alive connection of its own.

    `headers` go with every request, by way of the `proxy` if there is one; `limits` hold for every answer.
    Without `TOKEN` among the tokens the server asks for none, and none is sent; an empty one is none that
    could be sent. `secrets` are more that no evidence may hold, by what stands for them.
    """

    def __init__(
        self,
        url: str,
        *,
        tokens: Mapping[str, str],
        capabilities: frozenset[Capability],
        secrets: Mapping[str, str] | None = None,
        on_reset: Callable[[], None] | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self.identity = TargetIdentity("server", url, unverified=is_insecure(url))
        self.url = url
        self.capabilities = capabilities
        self.headers: Headers = ()
        self.limits = PeerLimits()
        self.proxy: Proxy | None = None
        self._tokens, self._secrets = dict(tokens), dict(secrets or {})
        self._redaction = redaction_of(self._tokens | self._secrets)
        self._on_reset = on_reset
        self._timeout = timeout
        parts = urlsplit(url)
        self._is_tls = parts.scheme == "https"
        self._address = (parts.hostname or "", parts.port or (443 if self._is_tls else 80))
        self._host = parts.netloc.rpartition("@")[2]
        self._prefix = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=")
        self._local = threading.local()
        self._connections: list[WireConnection] = []
        self._answering: Any = None
        # Whether the server has been seen to keep a connection, and to close one that was hardly idle.
        self._has_kept = self._closes_early = False
        self._offset = time.time() - time.monotonic()

    def at(self, url: str, *, timeout: float) -> "HttpTarget":
        """A target like this one at another URL, or with another patience."""
        other = HttpTarget(
            url, tokens=self._tokens, capabilities=self.capabilities, secrets=self._secrets, timeout=timeout
        )
        other.headers, other.limits, other.proxy = self.headers, self.limits, self.proxy
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
        """Close all connections. Whoever sends again, in a fork for one, opens new ones."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._local = threading.local()

    def send(self, request: Request) -> Exchange:
        """Send one request; a connection that fails is an exchange without a response.

        Raises TargetUnreachable where it is the proxy that fails: of the server that says nothing.
        """
        request = self._as_it_goes(request)
        sent_at = self.now()
        try:
            response = self._answered(request)
        except (OSError, BrokenAnswer) as error:
            self._drop()
            reason = self._redaction.of(_reason(error))
            return Exchange(None, request, None, sent_at, self.now(), reason)
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
            raise unreachable(self.url, error) from None

    def _as_it_goes(self, request: Request) -> Request:
        headers = request.headers
        if TOKEN not in self._tokens:
            headers = tuple(header for header in headers if header != AUTHORIZATION)
        return replace(request, headers=(*headers, *self.headers))

    def _answered(self, request: Request) -> Response:
        if request.is_behind:
            connection = self._connect()
            if connection.is_fresh or not connection.is_open():
                raise NoAnswer
            return self._exchange(connection, request)
        connection = self._connection_for(request)
        was_fresh, age = connection.is_fresh, connection.age
        try:
            response = self._exchange(connection, request)
        except NoAnswer:
            if was_fresh:
                raise
            # The server may close an idle connection at any time; one that is new must answer.
            self._closes_early |= age < IDLE
            self._drop()
            if request.method not in _IDEMPOTENT:
                raise _Undecided from None
            return self._exchange(self._connect(), request)
        self._has_kept |= not was_fresh
        return response

    def _connection_for(self, request: Request) -> WireConnection:
        """One that is kept, if it is open still; who must not ask twice asks on one that is surely open."""
        connection = self._connect()
        if connection.is_fresh:
            return connection
        is_open = connection.is_open()
        self._closes_early |= not is_open and connection.age < IDLE
        is_steady = self._has_kept and not self._closes_early and connection.age < IDLE
        if is_open and (is_steady or request.method in _IDEMPOTENT):
            return connection
        self._drop()
        return self._connect()

    def _exchange(self, connection: WireConnection, request: Request) -> Response:
        answer = connection.exchange(request.method, self._message(request))
        if not connection.is_kept:
            self._drop()
        if answer.status == DENIED and self.proxy is not None:
            raise unreached(self.proxy, self.url, why_refused(DENIED, ""))
        return Response(answer.status, self._redaction.of(answer.headers), self._redaction.of(answer.body))

    def _message(self, request: Request) -> bytes:
        """The request as it goes on the wire."""
        target = self._prefix + with_token_in_target(request.target, self._tokens)
        given = request.headers
        if not self._tokens.get(TOKEN):
            given = tuple(header for header in given if header != AUTHORIZATION)
        headers = with_tokens(given, self._tokens)
        named = {name.lower() for name, _ in headers} | ({"host"} if request.form == "hostless" else set())
        # No other coding is asked for; one that comes all the same is taken off.
        for own in (("Accept-Encoding", "identity"), ("Host", self._host)):
            if own[0].lower() not in named:
                headers.insert(0, own)
        body = request.body or b""
        if request.chunked:
            headers.append(("Transfer-Encoding", "chunked"))
            pieces = [body[start : start + CHUNK] for start in range(0, len(body), CHUNK)]
            body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b""))
        elif request.body is not None or request.method in {"POST", "PUT", "PATCH"}:
            headers.append(("Content-Length", str(len(body))))
        is_read_along = self.proxy is not None and not self._is_tls
        if request.form == "absolute" or is_read_along:
            target = f"{'https' if self._is_tls else 'http'}://{self._host}{target}"
        if self.proxy is not None and is_read_along:
            headers.extend(self.proxy.headers)
        first = f"{request.method} {target} HTTP/{request.version}"
        lines = (first, *(f"{n}: {v}" for n, v in headers), "", "")
        return "\r\n".join(lines).encode("latin-1") + body

    def _connect(self) -> WireConnection:
        """The connection of this thread; a new one where there is none."""
        connection: WireConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = WireConnection(self._dialled(), self._timeout, self.limits)
            self._connections.append(connection)
        return connection

    def _dialled(self) -> socket.socket:
        """A socket to the first address that takes it: nothing was sent, so the next may be tried (RFC 8305).

        The one that answered last comes first.
        """
        if self.proxy is not None:
            sock = reach(self.proxy, self.url, self._timeout)
            sock.settimeout(self._timeout)
            return self._secured(sock) if self._is_tls else sock
        found = socket.getaddrinfo(*self._address, type=socket.SOCK_STREAM)
        found.sort(key=lambda entry: entry != self._answering)
        failure: OSError = TimeoutError()
        for patience in (PATIENCE, self._timeout) if len(found) > 1 else (self._timeout,):
            for entry in found:
                sock = socket.socket(*entry[:3])
                sock.settimeout(patience)
                try:
                    sock.connect(entry[4])
                except OSError as error:
                    failure = error
                    sock.close()
                    continue
                self._answering = entry
                # Nothing is gained by waiting for more to send.
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._secured(sock) if self._is_tls else sock
        raise failure

    def _secured(self, sock: socket.socket) -> socket.socket:
        sock.settimeout(self._timeout)
        return self._tls.wrap_socket(sock, server_hostname=self._address[0])

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return trust()

    def _drop(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None
            self._connections.remove(connection)


class _Undecided(ConnectionError):
    """A kept connection was closed, and nobody can tell whether the request was taken."""


def _reason(error: Exception) -> str:
    match error:
        case _Undecided():
            return UNDECIDED
        case NoAnswer():
            return "the connection was closed without an answer"
        case _:
            return no_answer_because(error)
