"""An exchange as the text that went over the wire, made inert and free of secrets."""

from flowgauge.gates import Unit, format_value
from flowgauge.inert import body_text, inert
from flowgauge.redaction import visible_headers
from flowgauge.results import Exchange

__all__ = ["request_text", "response_text"]


def request_text(exchange: Exchange) -> str:
    """The request line, its headers and its body."""
    request = exchange.request
    head = [f"{request.method} {request.target}", *_header_lines(request.headers)]
    return _message(head, request.body)


def response_text(exchange: Exchange) -> str:
    """The status, the headers and the body of the answer, or why there was none."""
    response = exchange.response
    if response is None:
        return inert(f"no answer: {exchange.error or 'the connection ended'}")
    head = [
        f"{response.status}  after {format_value(max(0.0, exchange.elapsed), Unit.DURATION)}",
        *_header_lines(response.headers),
    ]
    return _message(head, response.body)


def _header_lines(headers: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{name}: {value}" for name, value in visible_headers(headers)]


def _message(head: list[str], body: bytes | None) -> str:
    lines = "\n".join(inert(line, keep="") for line in head)
    return f"{lines}\n\n{body_text(body)}" if body else lines
