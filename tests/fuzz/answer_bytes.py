"""Answers of a server as they are read: by the suites' connection, and by the load's channel.

The first byte of an input says into pieces of what size the rest is cut, and whether it answers a HEAD.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import h11

from flowgauge.codings import BrokenAnswer, decoded
from flowgauge.contract.targets.wire_connection import NoAnswer, WireConnection
from flowgauge.limits import PeerLimits
from flowgauge.load.transport import answer_reading, failures
from flowgauge.load.transport.answer_reading import AnswerMemory, AnswerReading
from flowgauge.load.transport.channel import NEVER, Channel

__all__ = [
    "ANSWERS",
    "CODED",
    "by_the_load",
    "by_the_suites",
    "read_by_the_load",
    "read_by_the_suites",
    "read_coded",
]

LIMITS = PeerLimits(answer=1 << 16, unpacked=1 << 16, head=1 << 12)
FINE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"data":[1, 2]}'
ANSWERS = (
    b"\x00" + FINE,
    b"\x01" + FINE,
    b"\x00HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + FINE,
    b"\x02HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    b"\x00HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2;a=b\r\nhi\r\n0\r\nX: y\n\r\n",
    # Empty lines between interim answers, of which the last is no answer that the end ends.
    b"\x02HTTP/1.1 100 C\xc3\r\n\r\nHTTP/1.1 104 No\r\n\r\n\r\n\r\nHTTP/1.1 104 No\r\n\r\n",
    b"\x02HTTP/1.1 100 C\xc3\r\n\r\nHTTP/1.1 104 No\r\n\r\n\r\n\r\nHTTP/1.0 104 No\r\n\r\n",
    # An interim answer that tells a length, where none may.
    (
        b"\x82HTTP/1.1 100 C\xc3\r\n\r\nHTTP/1.1 104\r\nTransfer-Encoding: gz, chunked\r\n\r\n0\r\n\r\n"
        b"\r\n\r\nHTTP/1.1 204 No\r\n\r\n"
    ),
    b"\x82HTTP/1.1 104\r\nContent-Length: 19\r\n\r\nHTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    b"\x03HTTP/1.0 200 OK\r\n\r\nuntil the end",
    b"\x80HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
    b"\x00HTTP/1.1 304 Not Modified\r\nX-Fold: a\r\n  b\r\nContent-Length: 3\r\n\r\n",
    (
        b"\x00HTTP/1.1 200 \r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n"
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    ),
    b"\x00HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"\x00HTTP/1.1 200 OK\nContent-Length: 2, 2\nConnection: close\n\nhiHTTP/1.1 200",
    b"\x00HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n\x00",
)


class Peer:
    """What a socket gives: the data in pieces, and then its end."""

    def __init__(self, data: bytes, size: int) -> None:
        self._pieces = iter([data[at : at + size] for at in range(0, len(data), size)])

    def recv(self, _most: int) -> bytes:
        return next(self._pieces, b"")

    def recvmsg(self, most: int, _notes: int) -> tuple[bytes, list[Any], int, None]:
        return self.recv(most), [], 0, None

    def sendall(self, _: bytes) -> None:
        pass

    def settimeout(self, _: float) -> None:
        pass


def _cut(data: bytes) -> tuple[bytes, int, bool]:
    shape = data[0] if data else 0
    return data[1:], shape & 0x7F or len(data) or 1, shape >= 0x80


def read_by_the_suites(data: bytes) -> None:
    """No error but its own; the same however it is cut; as h11 reads it, where h11 takes it at all."""
    answer, size, is_head = _cut(data)
    method = "HEAD" if is_head else "GET"
    read = _by_the_suites(answer, size, method)
    assert read == _by_the_suites(answer, len(answer) or 1, method)
    theirs = _by_h11(answer, method)
    if theirs is not None:
        status, body, codings = theirs
        if not codings:
            assert read == (status, body), (read, theirs)


def _by_the_suites(answer: bytes, size: int, method: str) -> tuple[int, bytes] | str:
    read = by_the_suites(answer, size, method)
    return read if isinstance(read, str) else read[:2]


def by_the_suites(answer: bytes, size: int, method: str = "GET") -> tuple[int, bytes, bool] | str:
    """Status, body and whether the connection is kept; the name of an error."""
    connection = WireConnection(Peer(answer, size), 10.0, LIMITS)  # type: ignore[arg-type]
    try:
        response = connection.exchange(method, b"")
    except (NoAnswer, BrokenAnswer) as error:
        return type(error).__name__
    assert 100 <= response.status <= 999
    return response.status, response.body, connection.is_kept


def _by_h11(answer: bytes, method: str) -> tuple[int, bytes, bool] | None:
    """Status, body and whether it is in a coding; None where h11 refuses it, or where it has no end."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 11)
    connection.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(answer)
    connection.receive_data(b"")
    status, body, codings = 0, b"", False
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.InformationalResponse | h11.Response) and (
                # It takes any version; nobody said what the head of a later one means.
                event.status_code == 101 or not event.http_version.startswith(b"1.")
            ):
                return None
            if isinstance(event, h11.Response):
                status = event.status_code
                codings = any(name == b"content-encoding" for name, _ in event.headers)
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return status, body, codings
            elif event in (h11.NEED_DATA, h11.PAUSED) or isinstance(event, h11.ConnectionClosed):
                return None
            if len(body) > LIMITS.answer:
                return None
    except h11.RemoteProtocolError:
        return None


@dataclass
class Owner:
    """Whoever uses a channel; `came` is all that it was told."""

    came: list[tuple[Any, ...]] = field(default_factory=list)
    memory: AnswerMemory = field(default_factory=AnswerMemory)
    response_timeout: float = 10.0
    sockets: set[int] = field(default_factory=lambda: {Closing.NUMBER})

    def answered(self, _: Channel, status: int, body: bytes, keep: bool, flaw: str = "") -> None:
        self.came.append((status, body, keep, flaw))

    def failed(self, _: Channel, kind: str) -> None:
        self.came.append((kind,))

    def closed(self, _: Channel) -> None:
        pass


class Watcher:
    """A watcher of nothing."""

    def stop(self) -> None:
        pass

    close = stop


def read_by_the_load(data: bytes) -> None:
    """One answer or one failure; the same however it is cut, and from a head that is known by now.

    Where the suites read one, too, it is the same one.
    """
    answer, size, is_head = _cut(data)
    answer_reading.known_heads.clear()
    whole = by_the_load(answer, len(answer) or 1, is_head=is_head)
    # Its head may be known now.
    assert by_the_load(answer, len(answer) or 1, is_head=is_head) == whole
    theirs = by_the_suites(answer, len(answer) or 1, "HEAD" if is_head else "GET")
    if len(whole) > 1 and whole[3] != failures.MISCODED and not isinstance(theirs, str):
        assert whole[:2] == theirs[:2], (whole, theirs)
    parts = by_the_load(answer, size, is_head=is_head)
    ended = {failures.CLOSED_EARLY, failures.CLOSED_UNANSWERED}
    if whole[0] in ended and parts[0] in ended:
        # Whether half an interim answer is an answer is nobody's concern.
        return
    # What stands behind an answer shows only where it came with it; behind one to a HEAD it may be anything.
    if is_head or failures.SURPLUS in (parts[-1], whole[-1]) or len(whole) != len(parts):
        assert parts[0] in {whole[0], failures.NOT_HTTP} or whole[0] == failures.NOT_HTTP, (parts, whole)
    else:
        assert (parts[:2], parts[3:]) == (whole[:2], whole[3:]), (parts, whole)


def by_the_load(answer: bytes, size: int, *, is_head: bool = False) -> tuple[Any, ...]:
    """Status, body, whether the connection is kept, and a flaw; or a failure alone."""
    owner = Owner()
    channel = Channel.__new__(Channel)
    peer: Any = Peer(answer, size)
    # As `_adopt` and `ask` leave it, without a socket.
    channel._owner, channel._sock, channel._dialing = owner, Closing(), None  # type: ignore[assignment]
    channel._receive, channel._writer = peer.recvmsg, Watcher()
    channel._reading, channel._head_length, channel.head = AnswerReading(owner.memory), 0, b""
    channel._asked, channel.pending = b"HEAD /" if is_head else b"GET /", object()
    channel.is_open = channel.is_connected = True
    channel.is_reused = False
    channel.deadline = channel.rested_since = NEVER
    for _ in _turns(channel, owner):
        channel._readable()
    assert len(owner.came) == 1, owner.came
    if channel.is_open:
        channel.close()
    assert owner.memory.held == 0
    return owner.came[0]


class Closing:
    """A socket that can be closed."""

    NUMBER = 7

    def fileno(self) -> int:
        return self.NUMBER

    def close(self) -> None:
        pass


def _turns(channel: Channel, owner: Owner) -> Iterator[None]:
    begun = time.monotonic()
    while channel.is_open and not owner.came:
        assert time.monotonic() - begun < 10, "it never ends"
        yield


CODINGS = (["gzip"], ["deflate"], ["br"], ["gzip", "deflate"], ["identity", "x-gzip"], ["gzip"] * 3, ["zstd"])
CODED = (
    b"\x00\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x4b\x4c\x4a\x06\x00\xc2\x41\x24\x35\x03\x00\x00\x00",
    b"\x01\x78\x9c\x4b\x4c\x4a\x06\x00\x02\x4d\x01\x27",
    b"\x01\x4b\x4c\x4a\x06\x00",
    b"\x02\x0b\x01\x80abc\x03",
    b"\x06abc",
)


def read_coded(data: bytes) -> None:
    """No error but its own, never more than the limit, and the same however it is cut."""
    if not data:
        return
    codings, body = CODINGS[data[0] % len(CODINGS)], data[1:]
    try:
        read = decoded(body, codings, LIMITS)
    except BrokenAnswer:
        return
    assert len(read) <= LIMITS.unpacked
    from flowgauge.codings import Unpacking  # noqa: PLC0415

    steps = Unpacking(codings, LIMITS)
    pieces = [piece for at in range(len(body)) for piece in steps.feed(body[at : at + 1])]
    assert b"".join([*pieces, *steps.end()]) == read
