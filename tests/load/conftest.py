"""A server that does exactly what a test scripts, and an engine to send it journeys."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial

import pytest

from flowgauge.editions import load_part
from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import CallResult, EngineLimits, Journey
from flowgauge.load.engine.tally import Interval, Tally
from flowgauge.load.journeys.context import JourneyContext
from flowgauge.load.transport.wire import Wire

PART = load_part("v0")
BODY = b'{"version":"1.0.0"}'
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


@dataclass
class Peer:
    """The server's end of one connection."""

    sock: socket.socket
    number: int
    stopped: threading.Event
    pending: bytes = b""

    def request(self) -> bytes:
        """The next whole request, or b"" when the client is gone."""
        while b"\r\n\r\n" not in self.pending:
            try:
                data = self.sock.recv(65536)
            except OSError:
                return b""
            if not data:
                return b""
            self.pending += data
        head, _, rest = self.pending.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(rest) < length:
            rest += self.sock.recv(65536)
        self.pending = rest[length:]
        return head + b"\r\n\r\n" + rest[:length]

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reset(self) -> None:
        """Close with a reset instead of a farewell."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def stay_silent(self) -> None:
        self.stopped.wait(30)


Script = Callable[[Peer], None]


def answering(data: bytes = FINE) -> Script:
    """The same answer to every request, on one connection after another."""

    def script(peer: Peer) -> None:
        while peer.request():
            peer.send(data)

    return script


@dataclass
class ScriptedServer:
    """Runs a script per connection, each in a thread; `port` on the loopback interface."""

    script: Script
    wrap: Callable[[socket.socket], socket.socket] = lambda sock: sock
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._socks: list[socket.socket] = []
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            if self.stopped.is_set():
                sock.close()
                return
            self.connections += 1
            self._socks.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock, self.connections))
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        with suppress(OSError), closing(sock), closing(self.wrap(sock)) as wrapped:
            self.script(Peer(wrapped, number, self.stopped))

    def stop(self) -> None:
        self.stopped.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._acceptor.join(5)
        self._listener.close()
        for sock in self._socks:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Start scripted servers; they stop with the test."""
    servers: list[ScriptedServer] = []

    def start(script: Script, **options: object) -> ScriptedServer:
        servers.append(ScriptedServer(script, **options))  # type: ignore[arg-type]
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@dataclass
class Sent:
    """What came of sending: the answers as journeys saw them, and the counts."""

    answers: list[CallResult]
    interval: Interval

    @property
    def errors(self) -> dict[str, int]:
        return self.interval.errors.get("info", {})

    @property
    def requests(self) -> int:
        return self.interval.figures.get("info.requests", 0)


def asking(context: JourneyContext, answers: list[CallResult], times: int = 1) -> Journey:
    """A journey that asks for the server's info, so many times in a row."""
    for _ in range(times):
        answer = yield context.templates["info"].call()
        assert answer is not None
        answers.append(answer)


def send(
    server: ScriptedServer,
    *,
    times: int = 1,
    journeys: int = 1,
    limits: EngineLimits | None = None,
    channel: Callable[..., object] | None = None,
    within: float = 10.0,
) -> Sent:
    """Send `journeys` of `times` requests each, one after another, and wait for their end."""
    context = PART.context(Wire(server.url, "secret"), body=b"{}")
    tally: Tally = context.tally()
    answers: list[CallResult] = []
    options = {} if channel is None else {"channel": channel}
    engine = Engine(
        [(socket.AF_INET, ("127.0.0.1", server.port))],
        limits=limits or EngineLimits(connect_timeout=1.0, response_timeout=5.0),
        **options,  # type: ignore[arg-type]
    )
    try:
        for _ in range(journeys):
            engine.depart(asking(context, answers, times), tally)
            assert engine.wait_quiet(within), "the engine hangs"
        connections = len(engine.connections)
        assert connections <= journeys
    finally:
        engine.close()
    assert not len(engine.connections)
    return Sent(answers, tally.take(0, 0.0, 1.0))


@pytest.fixture
def ask() -> Callable[..., Sent]:
    return partial(send)
