"""A world behind HTTP: a raw-ASGI adapter, on uvicorn.

A world finds its operations itself, so no framework is needed.
"""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn

from flowgauge.errors import UsageError
from flowgauge.limits import PeerLimits, size_text
from flowgauge.reference.server.memory import Memory
from flowgauge.reference.server.protocol import WireProtocol
from flowgauge.reference.server.refusals import Refusals
from flowgauge.reference.world.clock import Clock
from flowgauge.reference.world.inputs import MAX_BODY_BYTES
from flowgauge.reference.world.message import JSON_HEADERS, Reply, ServedWorld, WorldRequest
from flowgauge.reference.world.wire import encoded

__all__ = ["WorldApp", "bound_socket", "serve"]

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_log = logging.getLogger(__name__)
# asyncio's timers overflow on very long delays; a wait that long is taken in pieces.
_LONGEST_SLEEP = 3600.0
# Closing a connection on which something is still unread makes the peer's system throw the answer away
# (RFC 9112, section 9.6); so much of it is read first, and so long.
LINGER_BYTES = 256 * MAX_BODY_BYTES
LINGER_SECONDS = 5.0


class WorldApp:
    """An ASGI application: reads a request, asks the world, and sends the reply when it is due."""

    def __init__(self, world: ServedWorld, clock: Clock, limits: PeerLimits | None = None) -> None:
        self._world = world
        self._clock = clock
        self.limits = limits or PeerLimits()
        self._memory = Memory(self.limits.memory)
        self._refusals = Refusals(self.limits.refusals)
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Answer 503 to whoever still waits for a reply."""
        self._closing.set()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            async with asyncio.timeout(self.limits.request_body_seconds):
                read = await _body(receive, self.limits.request_body)
        except TimeoutError:
            seconds = self.limits.request_body_seconds
            await _send(self.failure(408, f"the body took more than {seconds} s"), send, rest=None)
            return
        if read is None:
            return
        body, is_whole = read
        request = WorldRequest(
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]),
            body=body,
        )
        reply = await self._when_allowed(request, (scope.get("client") or ("",))[0])
        if reply is not None and reply.due is not None:
            reply = await self._when_due(reply, reply.due, receive)
        if reply is not None:
            await _send(reply, send, rest=None if is_whole else receive)

    async def _when_allowed(self, request: WorldRequest, address: str) -> Reply | None:
        """The world's answer, at once unless that address was refused too often."""
        now = asyncio.get_running_loop().time
        if pause := self._refusals.seconds_to_wait(address, now()):
            await asyncio.sleep(pause)
        reply = self._answer(request)
        if reply.status == 401:
            self._refusals.note(address, now())
        return reply

    def _answer(self, request: WorldRequest) -> Reply:
        """The world's answer, whenever it is due."""
        if request.method not in _SAFE and self._memory.is_short(len(request.body)):
            most = size_text(self.limits.memory)
            return self.failure(503, f"the server keeps all in memory, and takes no more than {most} of it")
        try:
            return self._world.handle(request, self._clock())
        # The last line of defence: a defect of the world must not take the server down or leak.
        except Exception:  # noqa: BLE001
            _log.exception("%s %s", request.method, request.path)
            return self.failure(500, "internal error")

    def failure(self, status: int, message: str) -> Reply:
        """An error of the server, not of the world, after which the connection is closed."""
        body = encoded(self._world.error_body(message))
        return Reply(status, (*JSON_HEADERS, ("connection", "close")), body)

    async def _when_due(self, reply: Reply, due: float, receive: Receive) -> Reply | None:
        """The reply once it is due; None where the client has left by then."""
        left = asyncio.ensure_future(_disconnected(receive))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            while (remaining := due - self._clock()) > 0:
                pause = min(remaining, _LONGEST_SLEEP)
                await asyncio.wait({left, closing}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                if left.done():
                    return None
                if closing.done():
                    return self.failure(503, "the server is stopping")
            return reply
        finally:
            left.cancel()
            closing.cancel()


async def _body(receive: Receive, most: int) -> tuple[bytes, bool] | None:
    """The body, cut just over the limit, and whether that is all of it; None where the client left."""
    pieces: list[bytes] = []
    size, more = 0, True
    while more and size <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        more = message.get("more_body", False)
    return b"".join(pieces), not more


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(reply: Reply, send: Send, *, rest: Receive | None) -> None:
    """Send the reply; where there is a `rest` of the request, read it before the reply counts as complete."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.status != 204:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    body = b"" if reply.head_only else reply.body
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": rest is not None})
    if rest is not None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                await _thrown_away(rest)
        await send({"type": "http.response.body", "body": b""})


async def _thrown_away(rest: Receive) -> None:
    size, more = 0, True
    while more and size <= LINGER_BYTES:
        message = await rest()
        more = message["type"] != "http.disconnect" and message.get("more_body", False)
        size += len(message.get("body", b""))


class _Server(uvicorn.Server):
    """Uvicorn that tells when it is ready, and without its signal handling.

    Its own handling raises the signal again after a clean stop, so the process would not exit with 0.
    """

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._on_ready()


def bound_socket(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one. Raises UsageError where it cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"cannot resolve {host!r}: {error}", hint="give --host an address") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(
            f"cannot listen on {host}:{port}: {error}", hint="use --port 0 for a free port"
        ) from None
    return listener


def serve(  # noqa: PLR0913 - each keyword is a choice of its own
    world: ServedWorld,
    listener: socket.socket,
    *,
    clock: Clock,
    on_ready: Callable[[], None],
    control: int | None = None,
    on_reset: Callable[[], None] = lambda: None,
    limits: PeerLimits | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until the file descriptor `control` reaches its end.

    `on_ready` is called once connections are accepted. A line that arrives on `control` empties the store,
    and then `on_reset` is called.
    """
    app = WorldApp(world, clock, limits)
    config = uvicorn.Config(
        app,
        http=WireProtocol,
        ws="none",
        lifespan="off",
        # What clients do wrong is said to them.
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )
    server = _Server(config, on_ready)

    def stop() -> None:
        app.close()
        server.should_exit = True

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        if control is not None:

            def obey() -> None:
                lines = os.read(control, 4096)
                if not lines:
                    loop.remove_reader(control)
                    stop()
                for _ in range(lines.count(b"\n")):
                    world.reset()
                    on_reset()

            loop.add_reader(control, obey)
        await server.serve(sockets=[listener])

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(main())
