"""Reading one answer after another off one connection, with httptools (llhttp), and heads met before.

Most answers of one server begin with the same few heads: their date changes once a second, their length
takes a handful of values. A head that was parsed once says all there is to know about the next answer that
begins with exactly these bytes, so parsing, which costs more than all else the generator does for a
request, is done once a second and not for every answer. A head never met goes to the parser, as does any
answer that did not arrive whole, and any whose body is in a content coding. The parser is stricter than a
client has to be: a head that it refuses is read once more, put plainly.
"""

from dataclasses import dataclass

import httptools

from flowgauge.load.transport.answer_head import END, end_of, is_misread, is_odd, plain_head

__all__ = ["AnswerMemory", "AnswerReading", "known_heads", "remember"]

_MOST = 1024
_MOST_HELD = 256 << 20

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
        "_is_deaf",
        "_is_plain",
        "_is_refused",
        "_keep",
        "_memory",
        "_parser",
        "_passed",
        "_status",
        "_surplus",
        "is_complete",
        "size",
    )

    def __init__(self, memory: AnswerMemory) -> None:
        self._parser = self._new_parser()
        self._memory = memory
        self.size = self._head_size = 0
        self._begin()

    def _begin(self) -> None:
        self._memory.held -= self.size + self._head_size
        # Not a list of pieces: an object for each chunk of one byte would be forty times as large as it is.
        self._body = bytearray()
        self.size = self._head_size = self._status = self._passed = 0
        self.is_complete = self._surplus = self._is_refused = self._is_plain = self._is_deaf = False
        self._keep = True

    def hold_head(self, size: int) -> None:
        """Count a head of so many bytes among what is kept until the answer is whole."""
        self._memory.held += size - self._head_size
        self._head_size = size

    def feed(self, data: bytes) -> bool:
        """Read on; False where the parser refuses it."""
        if self._is_refused:
            return False
        self._passed = 0
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self.is_complete:
                return False
            self._surplus = True
        return True

    def would_misread(self, head: bytes) -> bool:
        """Whether the parser would take a final head for something else, and not refuse it."""
        return not (self._is_plain or self.size) and is_misread(head)

    def feed_plainly(self, received: bytes, head: bytes, size: int) -> bytes | None:
        """Read on after a refusal: from the final `head` on, which `received` ends with, put plainly.

        Returns it as it was read; as it is, where its end has yet to come; None where it is not HTTP. So many
        bytes of it are new: only there can an end be that was not seen before.
        """
        start = max(0, len(head) - size - 3) if self._is_refused else 0
        if not self._is_refused:
            # Nothing but an oddity in a head, that of an interim answer too, is worth a second reading.
            is_worth_it = self._is_deaf or is_odd(self._refused_head(received))
            self._is_refused = is_worth_it and not (self._is_plain or self.size)
        if not self._is_refused:
            return None
        interim = received[: len(received) - len(head)]
        while end := end_of(interim):
            if self._fed_anew(plain_head(interim[: end[0]]) + END) is None:
                return None
            interim = interim[end[1] :].lstrip(b"\r\n")
        self._is_refused = True
        end = end_of(head, start)
        return self._fed_anew(plain_head(head[: end[0]]) + END + head[end[1] :]) if end else head

    def is_broken_off(self, head: bytes) -> bool:
        """Whether `head`, without an end so far, is the beginning of one: no more was wrong with it."""
        if not self._is_refused:
            return True
        plain = plain_head(head)
        # The first line has ended, where what follows it is nothing, too.
        ended = b"" if b"\n" in plain or b"\n" not in head else END[:2]
        return self._fed_anew(plain + ended) is not None

    def _refused_head(self, received: bytes) -> bytes:
        """What was received from the head on that the parser stumbled over."""
        for _ in range(self._passed):
            end = end_of(received)
            received = received[end[1] :].lstrip(b"\r\n") if end else received
        return received

    def _fed_anew(self, plain: bytes) -> bytes | None:
        self._begin()
        self._parser, self._is_plain = self._new_parser(), True
        return plain if self.feed(plain) else None

    def _new_parser(self) -> httptools.HttpResponseParser:
        parser = httptools.HttpResponseParser(self)
        # Chunks are the length, where another is told, too (RFC 9112, 6.3); some pad their sizes with blanks.
        parser.set_dangerous_leniencies(lenient_chunked_length=True, lenient_spaces_after_chunk_size=True)
        return parser

    def taken(self) -> tuple[int, bytes, bool, bool]:
        """Status, body, whether the connection is kept, whether there was more than one answer.

        Of an answer that the end of the connection ended, so far as it came.
        """
        status = self._status or self._parser.get_status_code()
        taken = status, bytes(self._body), self._keep, self._surplus
        self._begin()
        return taken

    def taken_head(self) -> tuple[int, bool]:
        """Status, and whether the connection is kept, of an answer that its head ends, whatever that says.

        The parser, which waits for a body, gives way to another.
        """
        told = self._status or self._parser.get_status_code(), self._parser.should_keep_alive()
        self._begin()
        self._parser = self._new_parser()
        return told

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
        if self.is_complete:
            # More than was asked for.
            return
        if 100 <= status < 200:
            # An interim answer (RFC 9110, 15.2). If it says close, the parser takes nothing behind it, while
            # only the final one can mean it (RFC 9112, 9.6).
            self._passed += 1
            self._is_deaf |= not self._parser.should_keep_alive()
            return
        self._status = status
        self.is_complete = True
        self._keep = self._parser.should_keep_alive()


def remember(answer: bytes, status: int, body_length: int) -> None:
    """Note the head of an answer that arrived whole and in one piece, and keeps the connection."""
    end = answer.find(END) + len(END)
    # Chunked bodies carry more than themselves: what follows the head does not have the body's length.
    if len(answer) - end == body_length:
        if len(known_heads) >= _MOST:
            known_heads.clear()
        known_heads[answer[:end]] = (status, body_length)
