"""Reading one answer after another off one connection, with httptools (llhttp), and heads met before.

Most answers of one server begin with the same few heads: their date changes once a second, their length
takes a handful of values. A head that was parsed once says all there is to know about the next answer that
begins with exactly these bytes, so parsing, which costs more than all else the generator does for a
request, is done once a second and not for every answer. A head never met goes to the parser, as does any
answer that did not arrive whole, and any whose body is in a content coding. The parser is stricter than a
client has to be: a head that it refuses is read once more, put plainly.
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
_FOLD = re.compile(rb"\r?\n[ \t]+")
# A line so far, of which its rest says whether it is only odd.
_UNTOLD = re.compile(rb"\n(?:content-length[ \t]*:[^\n]*|[^\s:]+[ \t]+)", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")

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

    __slots__ = (
        "_body",
        "_head_size",
        "_is_plain",
        "_is_refused",
        "_keep",
        "_memory",
        "_parser",
        "_status",
        "_surplus",
        "is_complete",
        "size",
    )

    def __init__(self, memory: AnswerMemory) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._memory = memory
        self.size = self._head_size = 0
        self._begin()

    def _begin(self) -> None:
        self._memory.held -= self.size + self._head_size
        # Not a list of pieces: an object for each chunk of one byte would be forty times as large as it is.
        self._body = bytearray()
        self.size = self._head_size = self._status = 0
        self.is_complete = self._surplus = self._is_refused = self._is_plain = False
        self._keep = True

    def hold_head(self, size: int) -> None:
        """Count a head of so many bytes among what is kept until the answer is whole."""
        self._memory.held += size - self._head_size
        self._head_size = size

    def feed(self, data: bytes) -> bool:
        """Read on; False where the parser refuses it."""
        if self._is_refused:
            return False
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self.is_complete:
                return False
            self._surplus = True
        return True

    def feed_plainly(self, received: bytes, head: bytes) -> bytes | None:
        """Read on after a refusal: from the final `head` on, which `received` ends with, put plainly.

        Returns it as it was read; as it is, where its end has yet to come; None where it is not HTTP.
        """
        end = _HEAD_END.search(head)
        if not self._is_refused:
            # Nothing but an oddity in a head, that of an interim answer too, is worth a second reading.
            heads = received[: len(received) - len(head) + end.start()] if end else received
            self._is_refused = not (self._is_plain or self.size) and _is_odd(heads)
        if not self._is_refused:
            return None
        if end is None:
            return head
        self._begin()
        self._parser, self._is_plain = httptools.HttpResponseParser(self), True
        plain = _plain_head(head[: end.start()]) + END + head[end.end() :]
        return plain if self.feed(plain) else None

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


def _is_odd(heads: bytes) -> bool:
    """Whether what came of a head, or of several, differs from its plain form, or may yet."""
    heads = heads.removesuffix(b"\r")
    return _plain_head(heads) != heads or bool(_UNTOLD.fullmatch(heads, heads.rfind(b"\n")))


def _plain_head(head: bytes) -> bytes:
    r"""A head, without its empty line, with all that a client may take written as everybody takes it.

    Folded lines are one (RFC 9112, 5.2), as are lengths that agree (RFC 9110, 8.6); a line may end with LF
    (RFC 9112, 2.2), and blanks before a colon are none of the name (5.1).

    >>> _plain_head(b"HTTP/1.1 200 OK" b"\nContent-Length : 2," b"\r\n 2")
    b'HTTP/1.1 200 OK\r\nContent-Length: 2'
    """
    first, *lines = _FOLD.sub(b" ", head).split(b"\n")
    plain, lengths = [first.removesuffix(b"\r")], set[bytes]()
    for line in lines:
        name, colon, value = line.removesuffix(b"\r").partition(b":")
        name = name.rstrip(b" \t") if colon else name
        if name.lower() == b"content-length":
            told = [each.strip(b" \t") for each in value.split(b",")]
            new = [each for each in dict.fromkeys(told) if each not in lengths]
            if not new:
                continue
            lengths.update(new)
            value = value if new == told else b" " + b", ".join(new)
        plain.append(name + colon + value)
    return b"\r\n".join(plain)


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
