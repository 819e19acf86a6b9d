"""The proxy through which a server is asked: for suites, load, token endpoint, doctor and typed client alike.

Nobody is asked through a proxy that was not named: those of HTTP_PROXY and its kin are for browsing, and what
they add would be measured. Requests to an http URL go to the proxy in absolute form (RFC 9112, section
3.2.2); for an https URL it is asked once a connection for a tunnel (RFC 9110, section 9.3.6).
"""

import base64
import re
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from flowgauge.errors import TargetUnreachable, UsageError
from flowgauge.redaction import keep_secret

__all__ = [
    "DENIED",
    "GATEWAY_STATUSES",
    "VARIABLE",
    "Proxy",
    "TunnelAnswer",
    "authority_of",
    "checked_proxy",
    "proxy_of",
    "reach",
    "unreached",
    "why_refused",
]

VARIABLE = "FLOWGAUGE_PROXY"
DENIED = 407
GATEWAY_STATUSES = frozenset({502, 503, 504})
"""What a proxy says of a server that it cannot reach."""
_HINT = f"give {VARIABLE}, or --proxy, as http://host:port or http://user:password@host:port"
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})\b([^\r\n]*)")
_LONGEST_HEAD = 65_536
_PORT = 80


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it is, and what `Proxy-Authorization` shows it; None where it asks for nothing."""

    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What it is sent beside the request's own headers."""
        return () if self.authorization is None else (("Proxy-Authorization", self.authorization),)

    def connect(self, url: str) -> bytes:
        """The request for a tunnel to the server of that URL."""
        place = authority_of(url)
        lines = (f"CONNECT {place} HTTP/1.1", f"Host: {place}", *(f"{n}: {v}" for n, v in self.headers))
        return "\r\n".join((*lines, "", "")).encode("ascii")


class TunnelAnswer:
    """The answer to CONNECT, read from bytes as they come."""

    def __init__(self) -> None:
        self._head = b""

    def feed(self, data: bytes) -> tuple[int, str, bytes] | None:
        """Status, reason and what came after the head; None while that is not whole.

        A status of 0 stands for what is no answer.
        """
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        match = _STATUS_LINE.match(head)
        if end and match is not None:
            return int(match[1]), match[2].decode("latin-1").strip(), rest
        is_hopeless = end or len(head) > _LONGEST_HEAD or not b"HTTP/1.".startswith(head[:7])
        return (0, "", b"") if is_hopeless else None


def proxy_of(text: str | None) -> Proxy | None:
    """The proxy of a URL, or None. Raises UsageError, which shows nothing that may be secret."""
    if not text:
        return None
    parts = _split(text)
    if parts.username is None:
        return Proxy(parts.hostname or "", parts.port or _PORT)
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    shown = base64.b64encode(pair.encode()).decode()
    for secret in (parts.password, unquote(parts.password or ""), shown):
        keep_secret(secret, f"${VARIABLE}")
    return Proxy(parts.hostname or "", parts.port or _PORT, f"Basic {shown}")


def checked_proxy(text: str | None) -> str | None:
    """The text, where it is the URL of a proxy or none. Raises UsageError."""
    return text if proxy_of(text) else None


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        # A host that is not ASCII, or a port that is none, is told by these.
        is_sound = bool((parts.hostname or "").encode("idna").decode()) and parts.port != 0
        is_plain = text.isascii() and text.isprintable() and " " not in text
    except ValueError:
        raise UsageError("the proxy's URL is not one", hint=_HINT) from None
    if parts.scheme == "https" or parts.scheme.startswith("socks"):
        raise UsageError(f"a proxy that is spoken to with {parts.scheme} is not supported", hint=_HINT)
    has_more = parts.path not in {"", "/"} or parts.query or parts.fragment
    if parts.scheme != "http" or not is_sound or not is_plain or has_more:
        raise UsageError("the proxy's URL is not one", hint=_HINT)
    return parts


def authority_of(url: str) -> str:
    """Host and port of a URL, as CONNECT names them."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    place = f"[{host}]" if ":" in host else host.encode("idna").decode()
    return f"{place}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def unreached(proxy: Proxy, url: str, because: str) -> TargetUnreachable:
    """The error for a proxy that is not there, or does not let us through."""
    return TargetUnreachable(
        f"{url} cannot be reached: the proxy {proxy} {because}",
        hint=f"check {VARIABLE} (--proxy): its host, its port, and user and password if it asks for them",
    )


def why_refused(status: int, reason: str) -> str:
    """Why there is no tunnel, as the end of a sentence."""
    if not status:
        return "does not answer as a proxy"
    if status == DENIED:
        return "wants other credentials, or any at all (407)"
    told = f" {reason}" if reason.isascii() and reason.isprintable() and len(reason) < 60 and reason else ""
    return f"makes no way: {status}{told}"


def reach(proxy: Proxy, url: str, timeout: float) -> socket.socket:
    """A connection to the server of that URL: a tunnel for https, else the one to the proxy itself.

    Raises TargetUnreachable, with the proxy and its reason in one sentence.
    """
    try:
        sock = socket.create_connection((proxy.host, proxy.port), timeout)
    except OSError as error:
        raise unreached(proxy, url, f"cannot be reached: {_because(error)}") from None
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not url.startswith("https:"):
        return sock
    try:
        _tunnel(sock, proxy, url, timeout)
    except BaseException:
        sock.close()
        raise
    return sock


def _tunnel(sock: socket.socket, proxy: Proxy, url: str, timeout: float) -> None:
    answer, until = TunnelAnswer(), time.monotonic() + timeout
    try:
        sock.sendall(proxy.connect(url))
        told = None
        while told is None:
            sock.settimeout(max(until - time.monotonic(), 0.001))
            # One by one: what comes after the head is the server's.
            data = sock.recv(1)
            told = answer.feed(data) if data else (0, "", b"")
    except OSError as error:
        raise unreached(proxy, url, f"does not answer: {_because(error)}") from None
    status, reason, _ = told
    if not 200 <= status < 300:
        raise unreached(proxy, url, why_refused(status, reason))


def _because(error: OSError) -> str:
    # Late: whoever only reads a connection needs no HTTP client, which that has with it.
    from flowgauge.client.reasons import no_answer_because  # noqa: PLC0415

    return no_answer_because(error)
