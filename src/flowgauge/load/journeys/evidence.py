"""Exchanges as evidence: from the bytes on the wire to values, with the token taken out."""

import shlex

from flowgauge.load.journeys.journeys import OPERATIONS
from flowgauge.load.transport.wire import Call
from flowgauge.results import Exchange, Request, Response

__all__ = ["curl_of", "exchange_of"]

_LONGEST_BODY = 65_536
_TOKEN = "Bearer $FLOWGAUGE_TOKEN"  # noqa: S105 - what stands in a report where the token was


def exchange_of(
    call: Call, answer: tuple[int, bytes, bytes] | None, *, sent: float, at: float, error: str | None = None
) -> Exchange:
    """An exchange from a call and its answer: status, head as received (may hold the body), body."""
    head, _, body = call.wire.partition(b"\r\n\r\n")
    request_line, *lines = head.split(b"\r\n")
    method, target, _ = request_line.decode("latin-1").split(" ")
    request = Request(method, target, _headers(lines), body or None)
    return Exchange(
        OPERATIONS[call.name],
        request,
        _response(*answer) if answer else None,
        sent_at=sent,
        received_at=at,
        error=error,
    )


def curl_of(exchange: Exchange, url: str) -> str:
    """A shell command that sends the request again; the token comes from FLOWGAUGE_TOKEN."""
    request = exchange.request
    words = ["curl", "-gsS", "-i", "--path-as-is", "--max-time", "30"]
    if request.method != "GET":
        words += ["-X", request.method]
    for name, value in request.headers:
        if name.lower() not in {"host", "content-length"}:
            header = f"{name}: {value}"
            words += ["-H", f'"{header}"' if value == _TOKEN else shlex.quote(header)]
    if request.body:
        words += ["--data-binary", shlex.quote(request.body.decode("utf-8", "replace"))]
    return " ".join([*words, shlex.quote(url + request.target)])


def _response(status: int, head: bytes, body: bytes) -> Response:
    lines = head.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return Response(status, _headers(lines), body[:_LONGEST_BODY])


def _headers(lines: list[bytes]) -> tuple[tuple[str, str], ...]:
    headers = []
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            secret = name.lower() == "authorization"
            headers.append((name, _TOKEN if secret else value.strip()))
    return tuple(headers)
