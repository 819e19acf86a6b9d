"""HTTP on the wire: uvicorn's protocol, with the API's own words for what its parser does not take.

Uvicorn answers such requests with plain text; a server that promises its errors as JSON promises these too.
"""

import re
import sys
from typing import Protocol, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from flowgauge.reference.world.message import Reply, WorldRequest

__all__ = ["Answering", "WireProtocol"]

# httptools keeps the length of a target in 16 bits.
LONGEST_TARGET = 65_535
# The parser has a list of methods; RFC 9110 allows any token.
_REQUEST_LINE = re.compile(rb"[\r\n]*([!#$%&'*+.^_`|~0-9A-Za-z-]++) ([!-~]++) HTTP/1\.[01]\r?\n")


class Answering(Protocol):
    """What the application of this protocol knows besides ASGI."""

    def answer(self, request: WorldRequest) -> Reply:
        """The answer to a request that ASGI does not bring."""

    def failure(self, status: int, message: str) -> Reply:
        """An error of this status, after which the connection is closed."""


class WireProtocol(HttpToolsProtocol):
    """One connection."""

    _latest = b""
    # The protocols that are offered beside this one by the request in hand, which is being read again.
    _offered: tuple[tuple[bytes, bytes], ...] = ()

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived."""
        self._latest = data
        super().data_received(data)
        self._latest = b""

    def on_headers_complete(self) -> None:
        """Answer the request."""
        self.headers += self._offered
        self._offered = ()
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """Take an offer of another protocol for what it is: it may be ignored (RFC 9110, section 7.8).

        The parser takes it for a switch, and the body for the other protocol's: so it reads the request again
        with the offer left out. Called while its error is being handled, which tells where the body begins.
        """
        error = sys.exc_info()[1]
        assert error is not None
        head = [self.parser.get_method(), b" ", self.url, b" HTTP/1.1\r\n"]
        for name, value in self.headers:
            head += [] if name == b"upgrade" else [name, b": ", value, b"\r\n"]
        self._offered = tuple(header for header in self.headers if header[0] == b"upgrade")
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"".join([*head, b"\r\n", self._latest[error.args[0] :]]))

    def _should_upgrade(self) -> bool:
        # A tunnel is no offer.
        return self.parser.get_method() != b"CONNECT" and any(name == b"upgrade" for name, _ in self.headers)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's name and signature
        """Refuse what the parser did not take, and close. Called while its error is being handled."""
        cycle = self.cycle
        if self.transport.is_closing():
            return
        if cycle is not None and not cycle.response_complete and not cycle.more_body:
            # It came behind a request whose answer is still to come, and must not be taken for that.
            cycle.keep_alive = False
            return
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(self._written(self._refusal()))
        self.transport.close()

    def shutdown(self) -> None:
        """Stop: whoever has not sent all of a request has nothing to wait for."""
        if self.cycle is not None and self.cycle.more_body:
            self.transport.close()
        else:
            super().shutdown()

    def _refusal(self) -> Reply:
        app = cast("Answering", self.config.app)
        line = _REQUEST_LINE.match(self._latest)
        if line and isinstance(sys.exc_info()[1], httptools.HttpParserInvalidMethodError):
            method, target = line[1].decode(), line[2].decode()
            # Whatever its query and its body: no operation has this method.
            return app.answer(WorldRequest(method, target.partition("?")[0]))
        if len(getattr(self, "url", b"")) > LONGEST_TARGET:
            return app.failure(414, "the request target is too long")
        return app.failure(400, "this is not HTTP as the server reads it")

    def _written(self, reply: Reply) -> bytes:
        headers = [(name.encode(), value.encode()) for name, value in reply.headers if name != "connection"]
        headers += [(b"content-length", b"%d" % len(reply.body)), (b"connection", b"close")]
        lines = [b"%b: %b\r\n" % header for header in [*self.server_state.default_headers, *headers]]
        return b"".join([STATUS_LINE[reply.status], *lines, b"\r\n", reply.body])
