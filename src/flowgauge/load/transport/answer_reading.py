"""Reading one answer after another off one connection, with httptools (llhttp), and heads met before.

Most answers of one server begin with the same few heads: their date changes once a second, their length
takes a handful of values. A head that was parsed once says all there is to know about the next answer that
begins with exactly these bytes, so parsing, which costs more than all else the generator does for a
request, is done once a second and not for every answer. A head never met goes to the parser, as does any
answer that did not arrive whole, and any whose body is in a content coding.
"""

import re
from dataclasses import dataclass

import httptools

__all__ = [
    "END",
    "AnswerMemory",
    "AnswerReading",
    "codings_of",
    "headers_of",
    "is_ended_by_close",
    "known_heads",
    "remember",
    "without_interim",
]

END = b"\r\n\r\n"
_MOST = 1024
_MOST_HELD = 256 << 20
_INTERIM = re.compile(rb"HTTP/1\.[0-9] 1(?!01)[0-9][0-9][ \r]")
# Any of it, and the parser would look for a body where none may be.
_FRAMING = re.compile(
    rb"\n(?:transfer-encoding[ \t]*:|content-length[ \t]*:(?![ \t]*0*[ \t]*\r))", re.IGNORECASE
)
_BEGINNING = b"HTTP/"

known_heads: dict[bytes, tuple[int, int]] = {}
"""Head, with its empty line -> status and length of the body; only of answers that keep the connection."""


@dataclass(slots=True)
class AnswerMemory:
    """Bytes of answers not yet whole: how many a process holds, and may hold on all connections together."""

    held: int = 0
    most: int = _MOST_HELD

    @property
    def is_spent(self) -> bool:
        """Whether one more byte is too many."""
        return self.held > self.most


class AnswerReading:
    """The answer that is being read. `size` is how much of its body there is, which `memory` knows, too."""

    __slots__ = ("_body", "_keep", "_memory", "_parser", "_status", "_surplus", "is_complete", "size")

    def __init__(self, memory: AnswerMemory) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._memory = memory
        self.size = 0
        self._begin()

    def _begin(self) -> None:
        self._memory.held -= self.size
        # Not a list of pieces: an object for each chunk of one byte would be forty times as large as it is.
        self._body = bytearray()
        self.size = self._status = 0
        self.is_complete = self._surplus = False
        self._keep = True

    def feed(self, data: bytes) -> bool:
        """Read on; False where this is not HTTP."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self.is_complete:
                return False
            self._surplus = True
        return True

    def taken(self) -> tuple[int, bytes, bool, bool]:
        """Status, body, whether the connection is kept, whether there was more than one answer.

        Of an answer that the end of the connection ended, so far as it came.
        """
        status = self._status or self._parser.get_status_code()
        taken = status, bytes(self._body), self._keep, self._surplus
        self._begin()
        return taken

    def end(self) -> None:
        """Read no more. Parser and reader hold each other: left alone they would wait for the collector."""
        self._begin()
        del self._parser

    # What the parser calls

    def on_message_begin(self) -> None:
        """Parser: the first byte of a message."""
        if self.is_complete:
            self._surplus = True

    def on_body(self, body: bytes) -> None:
        """Parser: a piece of the body."""
        if not self.is_complete:
            self._body += body
            self.size += len(body)
            self._memory.held += len(body)

    def on_message_complete(self) -> None:
        """Parser: the end of a message."""
        status = self._parser.get_status_code()
        if self.is_complete or 100 <= status < 200:
            # An interim answer (RFC 9110, 15.2), or more than was asked for.
            return
        self._status = status
        self.is_complete = True
        self._keep = self._parser.should_keep_alive()


def without_interim(head: bytes) -> bytes | None:
    """What was received from the final answer's first byte on; all of it where there is no interim one.

    None where an interim answer tells the length of a body, which none may have (RFC 9110, 8.6; RFC 9112,
    6.1), or where what follows it begins no answer: nobody knows then where the final one begins. Line ends
    after an interim answer are nothing's: the parser passes over them.

    >>> without_interim(b"HTTP/1.1 103 Early Hints" + END + b"HTTP/1.1 200 OK")
    b'HTTP/1.1 200 OK'
    """
    while _INTERIM.match(head) and (end := head.find(END)) >= 0:
        if _FRAMING.search(head, 0, end + 2):
            return None
        head = head[end + len(END) :].lstrip(b"\r\n")
    return head if _BEGINNING.startswith(head[: len(_BEGINNING)]) else None


def headers_of(head: bytes) -> tuple[tuple[str, str], ...]:
    """Names and values of a head, which may have its body behind it."""
    lines = head.partition(END)[0].decode("latin-1").split("\r\n")[1:]
    parted = (line.partition(":") for line in lines)
    return tuple((name, value.strip()) for name, colon, value in parted if colon)


def codings_of(head: bytes) -> list[str]:
    """The content codings of an answer's body, the last of which was applied last (RFC 9110, 8.4)."""
    values = (value for name, value in headers_of(head) if name.strip().lower() == "content-encoding")
    return [coding for value in values for each in value.split(",") if (coding := each.strip().lower())]


def is_ended_by_close(head: bytes) -> bool:
    """Whether the answer's length is told by the end of the connection (RFC 9112, 6.3)."""
    if END not in head:
        return False
    headers = [(name.strip().lower(), value.lower()) for name, value in headers_of(head)]
    transfer = [value for name, value in headers if name == "transfer-encoding"]
    if transfer:
        return not transfer[-1].endswith("chunked")
    return all(name != "content-length" for name, _ in headers)


def remember(answer: bytes, status: int, body_length: int) -> None:
    """Note the head of an answer that arrived whole and in one piece, and keeps the connection."""
    end = answer.find(END) + len(END)
    # Chunked bodies carry more than themselves: what follows the head does not have the body's length.
    if len(answer) - end == body_length:
        if len(known_heads) >= _MOST:
            known_heads.clear()
        known_heads[answer[:end]] = (status, body_length)
