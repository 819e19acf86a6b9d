"""Exchanges as evidence: from the bytes on the wire to values, with the token taken out."""

import re

from flowgauge.load.transport.wire import WireCall
from flowgauge.redaction import without_secrets
from flowgauge.results import Exchange, Request, Response

__all__ = ["exchange_of"]

_LONGEST_BODY = 65_536
_TOKEN = "$FLOWGAUGE_TOKEN"  # noqa: S105 - what stands in a report where the token was
_CREDENTIALS = re.compile(rb"(?<=\r\nauthorization: bearer )([^\r\n]+)", re.IGNORECASE)
_HIDDEN = _TOKEN.encode()


def exchange_of(
    call: WireCall,
    operation: str,
    answer: tuple[int, bytes, bytes] | None,
    *,
    sent: float,
    at: float,
    error: str | None = None,
) -> Exchange:
    """An exchange from a call and its answer: status, head as received (may hold the body), body."""
    head, _, body = call.wire.partition(b"\r\n\r\n")
    request_line = head.partition(b"\r\n")[0]
    method, target, _ = request_line.decode("latin-1").split(" ")
    found = _CREDENTIALS.search(head)
    secrets = {_TOKEN: found[1].decode("latin-1")} if found else {}
    request = Request(
        method, target, _headers(_CREDENTIALS.sub(_HIDDEN, head).split(b"\r\n")[1:]), body or None
    )
    return Exchange(
        operation,
        request,
        _response(*answer, secrets) if answer else None,
        sent_at=sent,
        received_at=at,
        error=error,
    )


def _response(status: int, head: bytes, body: bytes, secrets: dict[str, str]) -> Response:
    lines = without_secrets(head.partition(b"\r\n\r\n")[0], secrets).split(b"\r\n")[1:]
    return Response(status, _headers(lines), without_secrets(body, secrets)[:_LONGEST_BODY])


def _headers(lines: list[bytes]) -> tuple[tuple[str, str], ...]:
    parted = (line.decode("latin-1").partition(":") for line in lines)
    return tuple((name, value.strip()) for name, colon, value in parted if colon)
