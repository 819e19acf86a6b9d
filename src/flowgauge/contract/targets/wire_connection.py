"""A connection to a server, and the answers on it in every dress that HTTP/1.1 allows (RFC 9112).

The standard library's client stumbles over some of them: it takes 102 and 103 for final, and ends a header
line at any character that Unicode takes for a line break.
"""

import re
import socket
import ssl
import time

from flowgauge.content_codings import LIMIT, BrokenAnswer, decoded
from flowgauge.results import Response
from flowgauge.results.exchange import Headers

__all__ = ["NoAnswer", "WireConnection"]

# Any other character may be a value's own.
_BLANK = " \t"
_HEAD_LIMIT = 256 * 1024
_STATUS_LINE = re.compile(rb"HTTP/(1\.[0-9]) ([1-9][0-9]{2})(?: .*)?", re.DOTALL)
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,16})[ \t]*(?:;.*)?", re.DOTALL)
# An answer may take so many times as long as its first byte may.
_PATIENCE = 4


class NoAnswer(ConnectionError):
    """The connection was closed before the first byte of an answer."""


class WireConnection:
    """A connected socket, kept between answers as long as both sides want it."""

    def __init__(self, sock: socket.socket, timeout: float) -> None:
        self._sock, self._timeout = sock, timeout
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
        except (BrokenPipeError, ConnectionResetError):
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
        codings = _listed(headers, "content-encoding")
        return Response(status, headers, decoded(self._body(headers), codings))

    def _head(self) -> tuple[str, int, Headers]:
        line = self._line()
        match = _STATUS_LINE.fullmatch(line)
        if match is None:
            raise BrokenAnswer(f"not HTTP/1.1: it begins with {line[:40]!r}")
        headers: list[tuple[str, str]] = []
        size = 0
        while line := self._line():
            size += len(line)
            text = line.decode("latin-1")
            name, colon, value = text.partition(":")
            if text[0] in " \t" and headers:
                # A line that is folded goes on in the next (RFC 9112, section 5.2).
                headers[-1] = headers[-1][0], f"{headers[-1][1]} {text.strip(_BLANK)}".strip(_BLANK)
            elif colon and name.strip(_BLANK):
                headers.append((name.strip(_BLANK), value.strip(_BLANK)))
            else:
                raise BrokenAnswer(f"not HTTP/1.1: {text[:40]!r} is no header")
            if size > _HEAD_LIMIT:
                raise BrokenAnswer(f"the head is longer than {_HEAD_LIMIT // 1024} KiB")
        return match[1].decode(), int(match[2]), tuple(headers)

    def _body(self, headers: Headers) -> bytes:
        transfer = _listed(headers, "transfer-encoding")
        lengths = set(_listed(headers, "content-length"))
        if transfer and transfer[-1] == "chunked":
            return decoded(self._chunks(), transfer[:-1])
        if lengths and not transfer:
            if len(lengths) > 1 or not (length := lengths.pop()).isdecimal():
                raise BrokenAnswer(f"not HTTP/1.1: Content-Length {lengths}")
            try:
                return self._exactly(int(length))
            except EOFError:
                raise BrokenAnswer("the body ended before its announced length") from None
        self.is_kept = False
        try:
            while True:
                self._fill()
                _check_body(len(self._buffer))
        except EOFError:
            return decoded(self._taken(len(self._buffer)), transfer)

    def _chunks(self) -> bytes:
        body = bytearray()
        while True:
            line = self._line()
            match = _CHUNK_SIZE.fullmatch(line)
            if match is None:
                raise BrokenAnswer(f"not HTTP/1.1: a chunk begins with {line[:40]!r}")
            size = int(match[1], 16)
            if size == 0:
                break
            _check_body(len(body) + size)
            body += self._exactly(size)
            if self._line():
                raise BrokenAnswer("not HTTP/1.1: a chunk is longer than it says")
        # What stands after the last chunk has no say here.
        while self._line():
            pass
        return bytes(body)

    def _line(self) -> bytes:
        start = 0
        while (end := self._buffer.find(b"\n", start)) < 0:
            start = len(self._buffer)
            if start > _HEAD_LIMIT:
                raise BrokenAnswer(f"a line is longer than {_HEAD_LIMIT // 1024} KiB")
            self._fill()
        return self._taken(end + 1)[:-1].removesuffix(b"\r")

    def _exactly(self, size: int) -> bytes:
        _check_body(size)
        while len(self._buffer) < size:
            self._fill()
        return self._taken(size)

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _fill(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(left, self._timeout))
        read = self._sock.recv(65_536)
        if not read:
            raise EOFError
        self._buffer += read


def _check_body(size: int) -> None:
    if size > LIMIT:
        raise BrokenAnswer(f"the body is larger than {LIMIT // 1024 // 1024} MiB")


def _listed(headers: Headers, wanted: str) -> list[str]:
    """The elements of a header that is a list (RFC 9110, section 5.6.1), in small letters."""
    values = [value for name, value in headers if name.lower() == wanted]
    return [element for value in values for each in value.lower().split(",") if (element := each.strip())]
