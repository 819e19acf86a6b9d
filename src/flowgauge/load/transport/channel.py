"""One HTTP/1.1 connection on gevent's hub: one request at a time, no greenlet, no blocking call.

Everything here runs inside the hub: callbacks of watchers, called when the socket can be read or written.
The owner (the engine) is told of answers and failures; it decides what they mean.
"""

import errno
import time
from collections.abc import Callable
from typing import Any, Protocol

import gevent

from flowgauge.codings import BrokenAnswer, decoded
from flowgauge.limits import PeerLimits
from flowgauge.load.transport import failures
from flowgauge.load.transport.answer_head import (
    END,
    codings_of,
    is_ended_by_close,
    is_kept,
    without_interim,
)
from flowgauge.load.transport.answer_reading import AnswerMemory, AnswerReading, known_heads, remember
from flowgauge.load.transport.dialing import Addresses, Dialing
from flowgauge.load.transport.failures import failure_of
from flowgauge.load.transport.readiness import ReadinessSet
from flowgauge.load.transport.stamps import NOTES_SIZE, note_arrivals

__all__ = ["Channel", "Owner"]

NEVER = float("inf")
LIMITS = PeerLimits()
_WRITE = 2
_CHUNK = 1 << 14


class Owner(Protocol):
    """Whoever uses channels."""

    response_timeout: float
    memory: AnswerMemory
    sockets: ReadinessSet

    def connected(self, channel: "Channel", seconds: float) -> None:
        """The connection stands, after so many seconds."""

    def answered(self, channel: "Channel", status: int, body: bytes, keep: bool, flaw: str = "") -> None:
        """The answer to `channel.pending` is whole; the channel is free again, if `keep`.

        `flaw` names what makes it a failure all the same, whatever its status.
        """

    def failed(self, channel: "Channel", kind: str) -> None:
        """There will be no answer to `channel.pending`; the channel is closed."""

    def unsent(self, channel: "Channel") -> None:
        """The kept connection was closed before a byte of `channel.pending` left; the channel is closed."""

    def closed(self, channel: "Channel") -> None:
        """The channel is closed."""


class Channel:
    """A connection. `pending` is the owner's pending request; at `deadline` it gives up (seconds, monotonic).

    `head` holds the first bytes of the current answer, with all of its final head, as evidence and for the
    rare question that the parser does not answer; `stamp` is the kernel's note of when its last bytes came.
    """

    _sock: Any
    _writer: Any
    _receive: Callable[[int, int], tuple[bytes, list[Any], int, Any]]
    _send: Callable[[bytes], int]

    def __init__(self, owner: Owner, addresses: Addresses, connect_timeout: float) -> None:
        self._owner = owner
        self._loop = gevent.get_hub().loop
        self.pending: Any = None
        self.head = self.stamp = b""
        self.is_connected = self.is_reused = self._is_clear = False
        self.is_open = True
        self.rested_since = NEVER
        # Where the last answer's head ended: most often so does the next one's.
        self._head_length = 0
        self._unsent = b""
        self._asked = b""
        self._reading = AnswerReading(owner.memory)
        self._began = time.monotonic()
        self.deadline = self._began + connect_timeout
        self._dialing: Dialing | None = Dialing(addresses, self._connected, self._break)

    def ask(self, pending: Any, request: bytes, now: float) -> None:
        """Send `request`, at once or when the connection stands."""
        self.pending = pending
        self._asked = request
        if not self._is_clear:
            self._ask_later(request)
            return
        self.deadline = now + self._owner.response_timeout
        send = self._send
        try:
            sent = send(request)
        except OSError:
            sent = 0
        if sent != len(request):
            self._transmit(request[sent:], is_untouched=not sent)

    def _ask_later(self, request: bytes) -> None:
        if not self.is_connected:
            self._unsent = request
            return
        # The answer before came while its request was still leaving: what is left of that one goes first, and
        # whoever has answered need not read it.
        self.close()
        self._owner.unsent(self)

    def expire(self) -> None:
        """Give up waiting."""
        self._break(failures.RESPONSE_TIMEOUT if self.is_connected else failures.CONNECT_TIMEOUT)

    def close(self) -> None:
        """Close the connection. The pending request stays, for the owner to read."""
        if not self.is_open:
            return
        self.is_open = False
        self.deadline = NEVER
        if self._dialing is not None:
            self._dialing.cancel()
            self._dialing = None
        else:
            self._owner.sockets.remove(self._sock.fileno())
            self._writer.stop()
            self._writer.close()
            self._sock.close()
        self._reading.end()
        self._owner.closed(self)

    # The connection

    def _connected(self, sock: Any) -> None:
        self._dialing = None
        self._adopt(sock)
        self._owner.sockets.add(sock.fileno(), self._readable)
        self._established()

    def _adopt(self, sock: Any) -> None:
        self._sock = sock
        self._receive, self._send = sock.recvmsg, sock.send
        note_arrivals(sock)
        self._writer = self._loop.io(sock.fileno(), _WRITE)

    def _established(self) -> None:
        """The connection can carry a request."""
        now = time.monotonic()
        self.is_connected = self._is_clear = True
        self.deadline = now + self._owner.response_timeout
        self._owner.connected(self, now - self._began)
        request, self._unsent = self._unsent, b""
        if request:
            self._transmit(request)

    def _break(self, kind: str) -> None:
        self.close()
        if self.pending is not None:
            self._owner.failed(self, kind)

    # Sending

    def _transmit(self, data: bytes, *, is_untouched: bool = True) -> None:
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._loop.run_callback(self._refused_bytes, failure_of(error), is_untouched)
            return
        self._is_clear = sent == len(data)
        if not self._is_clear:
            self._unsent = data[sent:]
            self._writer.start(self._send_more)

    def _refused_bytes(self, kind: str, is_untouched: bool) -> None:
        if not self.is_open:
            return
        if self.is_reused and is_untouched:
            self.close()
            self._owner.unsent(self)
            return
        # Whoever takes no more of a request may have answered it.
        pending = self.pending
        self._readable()
        if self.is_open and not self.head and self.pending is pending:
            self._break(kind)

    def _send_more(self) -> None:
        self._writer.stop()
        data, self._unsent = self._unsent, b""
        self._transmit(data, is_untouched=False)

    # Receiving

    def _readable(self) -> None:
        # By way of a local: calling an attribute's value off `self` misses the interpreter's fast path.
        receive = self._receive
        try:
            data, notes, _, _ = receive(_CHUNK, NOTES_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            # A reset after a farewell shows as EPIPE, one without as ECONNRESET (Linux, tcp_reset): the first
            # only crossed with our request, the second was meant for it.
            crossed = error.errno == errno.EPIPE and self.is_reused and not self.head
            self._break(failures.STALE if crossed else failure_of(error))
            return
        self.stamp = notes[0][2] if notes else b""
        if not self.head and self.pending is not None:
            end = self._head_length
            known = known_heads.get(data[:end])
            if known is None:
                self._head_length = end = data.find(END) + 4
                known = known_heads.get(data[:end])
            if known is not None and known[1] == len(data) - end:
                self.head = data
                self._owner.answered(self, known[0], data[end:], True)
                return
        if data:
            self._received(data)
        else:
            self._ended()

    def _received(self, data: bytes) -> None:
        """Bytes of an answer whose head is new, or that did not come whole."""
        if self.pending is None:
            # Nobody had asked for them.
            self.close()
            return
        if not self.head:
            # The parser passes over empty lines in front of a head: they are not its end.
            self.head = data.lstrip(b"\r\n")
        elif len(self.head) < _CHUNK or END not in self.head:
            self.head += data
        reading = self._reading
        head = without_interim(self.head)
        if head is not None and (reading.would_misread(head) or not reading.feed(data)):
            head = reading.feed_plainly(self.head, head, len(data))
        if head is None:
            self._break(failures.NOT_HTTP)
            return
        self.head = head
        if len(head) > 2 * _CHUNK:
            # More than is kept as evidence: a head without an end so far.
            reading.hold_head(len(head))
        if len(head) > LIMITS.head and head.find(END, 0, LIMITS.head) < 0:
            self._break(failures.HEAD_TOO_LARGE)
        elif self._asked.startswith(b"HEAD ") and END in head and (reading.size or not reading.is_complete):
            # Whatever length it tells, there is no body (RFC 9110, 9.3.2); the parser waits for one.
            surplus = len(head) > head.find(END) + len(END)
            status, keep = reading.taken_head()
            self._completed(status, b"", keep, surplus)
        elif reading.is_complete:
            self._completed(*reading.taken(), received=data)
        elif reading.size > LIMITS.answer:
            self._break(failures.TOO_LARGE)
        elif self._owner.memory.is_spent:
            self._break(failures.NO_MEMORY)

    def _completed(
        self, status: int, body: bytes, keep: bool, surplus: bool, *, received: bytes = b""
    ) -> None:
        codings = codings_of(self.head) if body else []
        flaw = failures.SURPLUS if surplus else ""
        try:
            body = decoded(body, codings, LIMITS) if codings else body
        except BrokenAnswer:
            flaw = failures.MISCODED
        keep = keep and not surplus and (not self.head.startswith(b"HTTP/1.0") or is_kept(self.head))
        if not keep:
            self.close()
        elif self.head is received and not codings:
            remember(received, status, len(body))
        self._owner.answered(self, status, body, keep, flaw)

    def _ended(self) -> None:
        """The server closed the connection."""
        if self.pending is None:
            self.close()
        elif not self.head:
            self._break(failures.STALE if self.is_reused else failures.CLOSED_UNANSWERED)
        elif is_ended_by_close(self.head):
            status, body, _, _ = self._reading.taken()
            self._completed(status, body, keep=False, surplus=False)
        else:
            is_http = self._reading.is_broken_off(self.head)
            self._break(failures.CLOSED_EARLY if is_http else failures.NOT_HTTP)
