"""Reading one answer after another off one connection, with httptools (llhttp), and heads met before.

Most answers of one server begin with the same few heads: their date changes once a second, their length
takes a handful of values. A head that was parsed once says all there is to know about the next answer that
begins with exactly these bytes, so parsing, which costs more than all else the generator does for a
request, is done once a second and not for every answer. A head never met goes to the parser, as does any
answer that did not arrive whole.
"""

import httptools

__all__ = ["END", "AnswerReading", "is_ended_by_close", "known_heads", "remember"]

END = b"\r\n\r\n"
_MOST = 1024

known_heads: dict[bytes, tuple[int, int]] = {}
"""Head, with its empty line -> status and length of the body; only of answers that keep the connection."""


class AnswerReading:
    """The answer that is being read. `size` is how much of its body there is."""

    __slots__ = ("_keep", "_parser", "_parts", "_status", "_surplus", "is_complete", "size")

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._begin()

    def _begin(self) -> None:
        self._parts: list[bytes] = []
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
        parts = self._parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        status = self._status or self._parser.get_status_code()
        taken = status, body, self._keep, self._surplus
        self._begin()
        return taken

    def end(self) -> None:
        """Read no more. Parser and reader hold each other: left alone they would wait for the collector."""
        del self._parser

    # What the parser calls

    def on_message_begin(self) -> None:
        """Parser: the first byte of a message."""
        if self.is_complete:
            self._surplus = True

    def on_body(self, body: bytes) -> None:
        """Parser: a piece of the body."""
        if not self.is_complete:
            self._parts.append(body)
            self.size += len(body)

    def on_message_complete(self) -> None:
        """Parser: the end of a message."""
        status = self._parser.get_status_code()
        if self.is_complete or 100 <= status < 200:
            # An interim answer (RFC 9110, 15.2), or more than was asked for.
            return
        self._status = status
        self.is_complete = True
        self._keep = self._parser.should_keep_alive()


def is_ended_by_close(head: bytes) -> bool:
    """Whether the answer's length is told by the end of the connection (RFC 9112, 6.3)."""
    lines, found, _ = head.partition(b"\r\n\r\n")
    names = {line.partition(b":")[0].strip().lower() for line in lines.split(b"\r\n")[1:]}
    return bool(found) and not names & {b"content-length", b"transfer-encoding"}


def remember(answer: bytes, status: int, body_length: int) -> None:
    """Note the head of an answer that arrived whole and in one piece, and keeps the connection."""
    end = answer.find(END) + len(END)
    # Chunked bodies carry more than themselves: what follows the head does not have the body's length.
    if len(answer) - end == body_length:
        if len(known_heads) >= _MOST:
            known_heads.clear()
        known_heads[answer[:end]] = (status, body_length)
