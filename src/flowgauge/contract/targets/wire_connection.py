"""A connection to a server, and the answers on it in every dress that HTTP/1.1 allows (RFC 9112).

The standard library's client stumbles over some of them: it takes 102 and 103 for final, and ends a header
line at any character that Unicode takes for a line break.
"""

import re
import socket
import ssl
import time

from flowgauge.codings import BrokenAnswer, decoded
from flowgauge.contract.header_values import listed_in
from flowgauge.limits import PeerLimits, size_text
from flowgauge.results import Response
from flowgauge.results.exchange import Headers

__all__ = ["NoAnswer", "WireConnection"]

# Any other character may be a value's own.
_BLANK = b" \t"
_STATUS_LINE = re.compile(rb"HTTP/(1\.[0-9]) ([1-9][0-9]{2})(?: [^\r]*)?", re.DOTALL)
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# A recipient must not let them through; it may any other octet (RFC 9110, section 5.5).
_NO_VALUE = re.compile(rb"[\x00\r]")
# Their ends alone may be LF (RFC 9112, section 2.2).
_CHUNK_SIZE = re.compile(rb"0*([0-9a-fA-F]{1,16})[ \t]*(?:;.*)?\r\n", re.DOTALL)
# The digits that tell whether it is too large: Python refuses to read thousands of them.
_LENGTH = re.compile(r"0*([0-9]{1,19})[0-9]*")
# An answer may take so many times as long as its first byte may.
_PATIENCE = 4


class NoAnswer(ConnectionError):
    """The connection was closed before the first byte of an answer."""


class WireConnection:
    """A connected socket, kept between answers as long as both sides want it."""

    def __init__(self, sock: socket.socket, timeout: float, limits: PeerLimits) -> None:
        self._sock, self._timeout, self._limits = sock, timeout, limits
        self._buffer = bytearray()
        self._deadline = 0.0
        self.is_fresh = True
        self.is_kept = True
        self.used_at = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since its last answer."""
        return time.monotonic() - self.used_at

    def is_open(self) -> bool:
        """Whether nothing came since the last answer: neither the end, nor what nobody asked for."""
        if self._buffer:
            return False
        self._sock.setblocking(False)
        try:
            self._sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        else:
            return False

    def close(self) -> None:
        """Give it up."""
        self._sock.close()

    def exchange(self, method: str, message: bytes) -> Response:
        """Send a message, and read its answer; interim ones are passed over.

        Raises NoAnswer, BrokenAnswer or OSError.
        """
        self._deadline = time.monotonic() + _PATIENCE * self._timeout
        self._sock.settimeout(self._timeout)
        try:
            self._sock.sendall(message)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            # Who refuses a body need not read it, and may have said so.
            self.is_kept = False
        try:
            self._fill()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise NoAnswer from None
        try:
            response = self._response(method)
        except EOFError:
            raise BrokenAnswer("the answer ended before its end") from None
        self.is_fresh, self.used_at = False, time.monotonic()
        return response

    def _response(self, method: str) -> Response:
        version, status, headers = self._head()
        while 100 <= status < 200 and status != 101:
            version, status, headers = self._head()
        options = _listed(headers, "connection")
        self.is_kept &= "close" not in options and (version != "1.0" or "keep-alive" in options)
        if status == 101:
            # What is spoken from here on is not HTTP/1.1.
            self.is_kept = False
            return Response(status, headers)
        if method == "HEAD" or status in {204, 304}:
            return Response(status, headers)
        body = self._body(version, headers)
        # None is in no coding.
        codings = _listed(headers, "content-encoding") if body else []
        return Response(status, headers, decoded(body, codings, self._limits))

    def _head(self) -> tuple[str, int, Headers]:
        # Empty lines behind the answer before are nothing's.
        while not (line := self._line()):
            pass
        match = _STATUS_LINE.fullmatch(line)
        if match is None:
            raise BrokenAnswer(f"not HTTP/1.1: it begins with {line[:40]!r}")
        return match[1].decode(), int(match[2]), self._fields()

    def _fields(self) -> Headers:
        headers: list[tuple[str, str]] = []
        size = 0
        while line := self._line():
            size += len(line)
            if size > self._limits.head:
                raise BrokenAnswer(f"the head is longer than {size_text(self._limits.head)}")
            is_folded = line[0] in _BLANK
            if is_folded and not headers:
                # What looks like more of the first line is nothing (RFC 9112, section 2.2).
                continue
            name, colon, value = (b"", b":", line) if is_folded else line.partition(b":")
            is_named = is_folded or (colon and _NAME.fullmatch(name.rstrip(_BLANK)))
            if not is_named or _NO_VALUE.search(value):
                raise BrokenAnswer(f"not HTTP/1.1: {line[:40].decode('latin-1')!r} is no header")
            text = value.strip(_BLANK).decode("latin-1")
            if is_folded:
                # It goes on with the line before (RFC 9112, section 5.2).
                headers[-1] = headers[-1][0], f"{headers[-1][1]} {text}".strip(" \t")
            else:
                headers.append((name.rstrip(_BLANK).decode(), text))
        return tuple(headers)

    def _body(self, version: str, headers: Headers) -> bytes:
        transfer = _listed(headers, "transfer-encoding")
        lengths = sorted(set(_listed(headers, "content-length")))
        for name, value in headers:
            if name.lower() in {"transfer-encoding", "content-length"} and not value.strip(" \t,"):
                raise BrokenAnswer(f"not HTTP/1.1: {name} is empty")
        # Whoever speaks HTTP/1.0 does not know of chunks (RFC 9112, section 6.1).
        self.is_kept &= not transfer or version != "1.0"
        length = _LENGTH.fullmatch(lengths[0]) if len(lengths) == 1 else None
        if lengths and length is None:
            raise BrokenAnswer(f"not HTTP/1.1: Content-Length {', '.join(lengths)[:40]}")
        if transfer and transfer[-1] == "chunked":
            return decoded(self._chunks(), transfer[:-1], self._limits)
        if length and not transfer:
            try:
                return self._exactly(int(length[1]))
            except EOFError:
                raise BrokenAnswer("the body ended before its announced length") from None
        self.is_kept = False
        try:
            while True:
                self._fill()
                self._check_body(len(self._buffer))
        except EOFError:
            return decoded(self._taken(len(self._buffer)), transfer, self._limits)

    def _chunks(self) -> bytes:
        body = bytearray()
        while True:
            line = self._raw_line()
            match = _CHUNK_SIZE.fullmatch(line)
            if match is None:
                shown = line.removesuffix(b"\r\n")[:40]
                raise BrokenAnswer(f"not HTTP/1.1: a chunk begins with {shown!r}")
            size = int(match[1], 16)
            if size == 0:
                break
            self._check_body(len(body) + size)
            body += self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise BrokenAnswer("not HTTP/1.1: a chunk is longer than it says")
        # What stands after the last chunk has no say here.
        self._fields()
        return bytes(body)

    def _line(self) -> bytes:
        return self._raw_line()[:-1].removesuffix(b"\r")

    def _raw_line(self) -> bytes:
        start, limit = 0, self._limits.head
        while (end := self._buffer.find(b"\n", start)) < 0 and len(self._buffer) <= limit:
            start = len(self._buffer)
            self._fill()
        if not 0 <= end <= limit:
            raise BrokenAnswer(f"a line is longer than {size_text(limit)}")
        return self._taken(end + 1)

    def _exactly(self, size: int) -> bytes:
        self._check_body(size)
        while len(self._buffer) < size:
            self._fill()
        return self._taken(size)

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _check_body(self, size: int) -> None:
        if size > self._limits.answer:
            raise BrokenAnswer(f"the body is larger than {size_text(self._limits.answer)}")

    def _fill(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(left, self._timeout))
        read = self._sock.recv(65_536)
        if not read:
            raise EOFError
        self._buffer += read


def _listed(headers: Headers, wanted: str) -> list[str]:
    return listed_in(value.lower() for name, value in headers if name.lower() == wanted)
