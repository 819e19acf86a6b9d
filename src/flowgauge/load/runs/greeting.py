"""One question before the load, asked by the engine that sends the load: one client, one rule of trust."""

import re
from collections.abc import Callable, Iterator
from itertools import repeat

from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import CallResult, EngineLimits, Iteration, Journey
from flowgauge.load.engine.tally import Tally
from flowgauge.load.transport.answer_head import headers_of
from flowgauge.load.transport.channel import Channel
from flowgauge.load.transport.dialing import Address
from flowgauge.load.transport.wire import Wire, WireCall

__all__ = ["Greeting", "greeted"]

_NAME, _OK = "greeting", (200,)
_ACCEPT = b"Accept: application/json\r\n"
_NOT_HERE = frozenset({404, 405, 410})
_HTML = re.compile(rb"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_TIMEOUT = 10.0


class Greeting:
    """What came back to a GET of `path`: a status, 0 where nothing did, and then the name of the failure."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.status = 0
        self.is_html = False
        self.failure = ""
        self.gaps: Iterator[int] = repeat(1)
        self._head = b""

    @property
    def location(self) -> str | None:
        """Where a redirect leads to; None where the answer is none."""
        found = (value for name, value in headers_of(self._head) if name.lower() == "location")
        return next(found, None) if 300 <= self.status < 400 else None

    @property
    def is_elsewhere(self) -> bool:
        """Whether the API seems not to be here: the path is not there, or it is a page for people."""
        return self.is_html or self.status in _NOT_HERE

    def saw(self, _iteration: Iteration, head: bytes, _status: int, _body: bytes, _at: float) -> None:
        """Observer: an answer."""
        self._head = head

    def failed(self, _kind: str, _iteration: Iteration, _head: bytes, _status: int, _at: float) -> None:
        """Observer: a failure, which the journey is told as well."""


def greeted(wire: Wire, addresses: list[Address], channel: Callable[..., Channel], path: str) -> Greeting:
    """The answer to one GET of that path below the wire's URL. Blocks this greenlet."""
    greeting = Greeting(path)
    call = WireCall(_NAME, b"GET " + (wire.path + path).encode("ascii") + wire.head + _ACCEPT + b"\r\n")

    def ask() -> Journey:
        answer: CallResult | None = yield call
        assert answer is not None
        greeting.status, greeting.failure = answer.status, answer.failure or ""
        greeting.is_html = _HTML.match(answer.body) is not None

    engine = Engine(addresses, limits=EngineLimits(_TIMEOUT, _TIMEOUT), channel=channel, observer=greeting)
    try:
        engine.depart(ask(), Tally([(_NAME, _OK)]))
        engine.wait_quiet(None)
    finally:
        engine.close()
    return greeting
