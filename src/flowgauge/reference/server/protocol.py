"""HTTP on the wire: uvicorn's protocol over h11, strict, and with the API's own words for what is not HTTP.

Uvicorn answers such requests with plain text; a server that promises its errors as JSON promises these too.
h11 and not httptools: it reads by RFC 9112 (a Host, one length, any method), takes an offer of another
protocol for an offer, and costs a twentieth of a millisecond more for each request.
"""

import re
import sys
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["LONGEST_TARGET", "WireProtocol"]

LONGEST_TARGET = 65_535
# Of a head that has not ended yet: the longest target, and as much for the headers behind it.
_LONGEST_HEAD = 2 * LONGEST_TARGET
# What stands in front of the path where a client asks as if of a proxy (RFC 9112, section 3.2.2).
_ORIGIN = re.compile(rb"https?://[^/?#]+(?=/)", re.IGNORECASE)


class _Connection(h11.Connection):
    """h11's reading, and what h11 leaves to others to refuse."""

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            origin = _ORIGIN.match(event.target)
            target = event.target[origin.end() :] if origin else event.target
            if event.http_version not in {b"1.0", b"1.1"} or not target.startswith((b"/", b"*")):
                raise h11.RemoteProtocolError("a version or a form of target that nobody serves")
            if {b"content-length", b"transfer-encoding"} <= names:
                # Where one reader takes the one and the next the other, a request hides in a body.
                raise h11.RemoteProtocolError("two lengths (RFC 9112, section 6.1)")
            if len(target) > LONGEST_TARGET:
                raise h11.RemoteProtocolError("a target that is too long", error_status_hint=414)
            if origin:
                event = h11.Request(method=event.method, target=target, headers=list(event.headers))
        return event


class WireProtocol(H11Protocol):
    """One connection. The application also has `failure(status, message)`, which is the Reply of an error."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _Connection(h11.SERVER, _LONGEST_HEAD)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's name and signature
        """Refuse what is not HTTP, and close. Called while the error is being handled."""
        # Behind the beginning of an answer it would be taken for the rest of that.
        if not self.transport.is_closing() and self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            app: Any = self.config.app
            if getattr(sys.exc_info()[1], "error_status_hint", 400) in {414, 431}:
                reply = app.failure(414, "the request target is too long")
            else:
                reply = app.failure(400, "this is not HTTP as the server reads it")
            named = (*reply.headers, ("content-length", str(len(reply.body))))
            headers = [(name.encode(), value.encode()) for name, value in named]
            headers += self.server_state.default_headers
            for event in (
                h11.Response(status_code=reply.status, headers=headers),
                h11.Data(data=reply.body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def shutdown(self) -> None:
        """Stop: whoever has not sent all of a request has nothing to wait for."""
        if self.cycle is not None and self.cycle.more_body:
            self.transport.close()
        else:
            super().shutdown()
