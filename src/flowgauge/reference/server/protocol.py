"""HTTP on the wire: uvicorn's protocol over h11, strict, and with the API's own words for what is not HTTP.

Uvicorn answers such requests with plain text; a server that promises its errors as JSON promises these too.
h11 and not httptools: it reads by RFC 9112 (a Host, one length, any method), takes an offer of another
protocol for an offer, and costs a twentieth of a millisecond more for each request.
"""

import asyncio
import re
import sys
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from flowgauge.limits import PeerLimits, size_text
from flowgauge.reference.world.message import Reply

__all__ = ["LONGEST_TARGET", "WireProtocol"]

LONGEST_TARGET = 65_535
# What stands in front of the path where a client asks as if of a proxy (RFC 9112, section 3.2.2).
_ORIGIN = re.compile(rb"https?://([^/?#]+)(?=/)", re.IGNORECASE)
# uri-host [":" port] of RFC 9110, section 7.2; no user name, no list.
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+;=%-]*)(?::[0-9]*)?")


class _Connection(h11.Connection):
    """h11's reading, and what h11 leaves to others to refuse."""

    def __init__(self, limits: PeerLimits) -> None:
        super().__init__(h11.SERVER, limits.request_head)
        self._limits = limits
        self.is_head = False
        """Whether what is answered now was a HEAD, also where it is refused."""

    def start_next_cycle(self) -> None:
        super().start_next_cycle()
        self.is_head = False

    def next_event(self) -> Any:
        event = super().next_event()
        return self._checked(event) if isinstance(event, h11.Request) else event

    def _checked(self, event: h11.Request) -> h11.Request:
        self.is_head = event.method == b"HEAD"
        names = {name for name, _ in event.headers}
        origin = _ORIGIN.match(event.target)
        target = event.target[origin.end() :] if origin else event.target
        if event.http_version not in {b"1.0", b"1.1"}:
            raise h11.RemoteProtocolError("a version that nobody serves")
        if b"#" in target or not target.startswith((b"/", b"*")):
            raise h11.RemoteProtocolError("a form of target that nobody serves (RFC 9112, section 3.2)")
        hosts = [value for name, value in event.headers if name == b"host"]
        if not all(_HOST.fullmatch(host) for host in (*hosts, *(origin.groups() if origin else ()))):
            raise h11.RemoteProtocolError("no host (RFC 9112, section 3.2)")
        if b"transfer-encoding" in names and (b"content-length" in names or event.http_version == b"1.0"):
            # Where one reader takes the one and the next the other, a request hides in a body.
            raise h11.RemoteProtocolError("two lengths (RFC 9112, section 6.1)")
        if len(target) > LONGEST_TARGET:
            raise h11.RemoteProtocolError("a target that is too long", error_status_hint=414)
        if sum(len(name) + len(value) for name, value in event.headers) > self._limits.request_head:
            raise h11.RemoteProtocolError("a head that is too long", error_status_hint=431)
        if origin is None:
            return event
        return h11.Request(
            method=event.method, target=target, headers=event.headers, http_version=event.http_version
        )


class WireProtocol(H11Protocol):
    """One connection.

    The application also has `limits`, and `failure(status, message)`, which is the Reply of an error.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        serving: Any = self.config.app
        self._serving = serving
        limits: PeerLimits = serving.limits
        self._limits = limits
        self.conn = self._reading = _Connection(self._limits)
        self._has_ended = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client comes; one too many is sent away."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(
                self._serving.failure(503, f"more than {self._limits.connections} connections are open")
            )
            return
        self._wait_for_a_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It left."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Something came, all of a head or a piece of one."""
        if self.transport.is_closing():
            return
        if data.startswith(b"\r\n") and self._is_between_requests():
            # Some clients end a body with one too many (RFC 9112, section 2.2).
            data = data[2:]
        if not data:
            # Nothing means the end to h11, after which it has no more to say, over and over.
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._patience is None:
            self._wait_for_a_head()

    def eof_received(self) -> bool:  # type: ignore[override]
        """It says no more, and may well listen still (RFC 9112, section 9.6)."""
        self._has_ended = True
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete and not cycle.more_body

    def on_response_complete(self) -> None:
        """Go on with what waits, and close behind the last answer to who says no more."""
        super().on_response_complete()
        if self._has_ended and self.cycle.response_complete and not self.transport.is_closing():
            self.transport.close()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's name and signature
        """Refuse what is not HTTP, and close. Called while the error is being handled."""
        hint = getattr(sys.exc_info()[1], "error_status_hint", 400)
        if hint == 414 or (hint == 431 and self._is_in_target()):
            reply = self._serving.failure(414, "the request target is too long")
        elif hint == 431:
            said = f"the head of the request is longer than {size_text(self._limits.request_head)}"
            reply = self._serving.failure(431, said)
        else:
            reply = self._serving.failure(400, "this is not HTTP as the server reads it")
        self._refuse(reply)

    def shutdown(self) -> None:
        """Stop: whoever has not sent all of a request has nothing to wait for."""
        if self.cycle is not None and self.cycle.more_body:
            self.transport.close()
        else:
            super().shutdown()

    def _is_between_requests(self) -> bool:
        return self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    def _is_in_target(self) -> bool:
        """Whether what was read so far is no more than the first line of a request."""
        begun: bytes = self.conn.trailing_data[0]
        return begun != b"" and b"\n" not in begun

    def _wait_for_a_head(self) -> None:
        self._patience = self.loop.call_later(self._limits.request_head_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            return
        if self.conn.trailing_data[0]:
            seconds = self._limits.request_head_seconds
            self._refuse(self._serving.failure(408, f"the head of the request took more than {seconds} s"))
        else:
            self.transport.close()

    def _refuse(self, reply: Reply) -> None:
        # Behind the beginning of an answer it would be taken for the rest of that.
        if not self.transport.is_closing() and self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            named = (*reply.headers, ("content-length", str(len(reply.body))))
            headers = [(name.encode(), value.encode()) for name, value in named]
            headers += self.server_state.default_headers
            for event in (
                h11.Response(status_code=reply.status, headers=headers),
                h11.Data(data=b"" if self._reading.is_head else reply.body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
