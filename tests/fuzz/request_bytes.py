"""Requests as the reference server reads them: all of its protocol, over a transport that is a list.

The first byte of an input says into pieces of what size the rest is cut; `@` stands for a Host and a token.
"""

import asyncio
import logging
from functools import cache
from random import Random
from typing import Any

import h11
import uvicorn
from uvicorn.server import ServerState

from flowgauge.editions import world_part
from flowgauge.limits import PeerLimits
from flowgauge.reference import Access, Credential
from flowgauge.reference.server.protocol import WireProtocol
from flowgauge.reference.server.server import WorldApp

__all__ = ["REQUESTS", "read_by_the_server"]

ROOT = b"/api/orchestration/flows"
TOKEN = "t"
HOST = b"host: x\r\nauthorization: Bearer t"
POST = b"POST " + ROOT + b" HTTP/1.1\r\n@\r\n"
BODY = b'{"stages":[{"noop":{"a":"b"}}]}'
REQUESTS = (
    b"\x00GET " + ROOT + b" HTTP/1.1\r\n@\r\n\r\n",
    b"\x00GET " + ROOT + b"?cursor=WyJmbG93cyIsIm9sZGVyIiwxLDE1XQ&pageSize=3 HTTP/1.1\r\n@\r\n\r\n",
    b"\x07" + POST + b"content-length: 31\r\n\r\n" + BODY,
    b"\x00" + POST + b"transfer-encoding: chunked\r\n\r\n1f\r\n" + BODY + b"\r\n0\r\nx: y\r\n\r\n",
    b"\x00" + POST + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}",
    b"\x00" + POST + b"connection: Upgrade\r\nupgrade: h2c\r\ncontent-length: 31\r\n\r\n" + BODY,
    b"\x00OPTIONS * HTTP/1.1\r\n@\r\nx-fold: a\r\n b\r\n\r\n",
    b"\x01GET http://x"
    + ROOT
    + b"/%2e%2e/a HTTP/1.0\r\n\r\n\r\nHEAD / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
    (
        b"\x00POST /api/auth/oauth/token HTTP/1.1\r\nhost: x\r\n"
        b"content-type: application/x-www-form-urlencoded\r\n"
        b"content-length: 29\r\n\r\ngrant_type=client_credentials"
    ),
    b"\x00"
    + POST
    + b"expect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\nnull",
)


class Wire(asyncio.Transport):
    """What a transport does, kept in `written`."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.is_closed = b"", False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)}.get(name, default)

    def write(self, data: bytes) -> None:  # type: ignore[override]
        assert not self.is_closed or not data, "written behind the end"
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Serving:
    """A world behind its protocol, on a loop that is turned by hand."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.wrong: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda _, context: self.wrong.append(context))
        self.world = world_part("v0").new_world(Access((Credential(TOKEN),)), Random(1))
        limits = PeerLimits(request_head=1 << 12, request_body=1 << 12)
        self.loop.run_until_complete(self._begin(limits))

    async def _begin(self, limits: PeerLimits) -> None:
        self.config = uvicorn.Config(
            WorldApp(self.world, lambda: 1_700_000_000.0, limits),
            http=WireProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
        )
        self.config.load()
        # Of each request that is no HTTP it has a word to say.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)

    def said(self, data: bytes, size: int) -> bytes:
        """Everything that is answered to these bytes, cut like that, and the end of them."""
        return self.loop.run_until_complete(self._said(data, size))

    async def _said(self, data: bytes, size: int) -> bytes:
        state = ServerState()
        protocol = WireProtocol(self.config, state, {}, _loop=self.loop)
        wire = Wire()
        protocol.connection_made(wire)
        for at in range(0, len(data), size):
            protocol.data_received(data[at : at + size])
            await asyncio.sleep(0)
        if not wire.is_closed and not protocol.eof_received():
            wire.is_closed = True
        for _ in range(50):
            if not state.tasks:
                break
            await asyncio.sleep(0)
        # Whoever waits, waits for a stage.
        protocol.connection_lost(None)
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=10)
        assert not state.tasks, "it never ends"
        return wire.written


@cache
def serving() -> Serving:
    return Serving()


def read_by_the_server(data: bytes) -> None:
    """Answers that a strict client reads, none of them a 5xx, whatever came; and nothing breaks inside."""
    if not data:
        return
    served = serving()
    served.world.reset()
    size = data[0] or len(data)
    said = served.said(data[1:].replace(b"@", HOST), size)
    assert not served.wrong, served.wrong.pop()
    for status in _statuses(said, data[1:]):
        assert status < 500, said


def _statuses(said: bytes, asked: bytes) -> list[int]:
    statuses = []
    rest = said
    # Whether an answer has a body depends on what was asked; where that is not plain, HEAD is left out.
    if b"HEAD" in asked:
        return [int(line[9:12]) for line in said.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    while rest:
        connection = h11.Connection(h11.CLIENT)
        connection.send(h11.Request(method="GET", target="/", headers=[("host", "x")]))
        connection.send(h11.EndOfMessage())
        connection.receive_data(rest)
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if event in (h11.NEED_DATA, h11.PAUSED):
                return statuses
            if isinstance(event, h11.Response):
                statuses.append(event.status_code)
        rest = connection.trailing_data[0]
    return statuses
