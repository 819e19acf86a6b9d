"""What a server can get wrong under load, as findings of the contract kind, and the exchanges that show it.

FG-1001  an acknowledged run is lost: asked for, it is not there, or its workflow does not list it
FG-1002  a run is doubled: an id given out twice, listed twice, or a run that nobody asked for
FG-1003  a run does not end, or ended and goes on
FG-1004  an ended run's statuses are not one for each stage, in order
FG-1005  an answer breaks its schema
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from flowgauge.extra_headers import HEADER_VARIABLES, header_placeholder
from flowgauge.load.transport.answer_head import headers_of
from flowgauge.load.transport.wire import WireCall
from flowgauge.redaction import Redaction
from flowgauge.results import GENERIC, NO_OPERATION, Exchange, Finding, Request, Response, curl
from flowgauge.results.exchange import Headers

__all__ = [
    "DOUBLED",
    "ENDLESS",
    "INCOMPLETE",
    "INVALID",
    "LOST",
    "CountedFindings",
    "exchange_of",
    "merged_findings",
]

LOST, DOUBLED, ENDLESS, INCOMPLETE, INVALID = "FG-1001", "FG-1002", "FG-1003", "FG-1004", "FG-1005"
# Curl writes its own.
_FRAMING = frozenset({"host", "content-length"})
_OURS = _FRAMING | {"accept", "authorization", "content-type"}
_LONGEST_BODY = 65_536
_TOKEN = "$FLOWGAUGE_TOKEN"  # noqa: S105 - what stands in a report where the token was
_PROXY, _PROXY_S = "$FLOWGAUGE_PROXY", "proxy-authorization"
_PLACEHOLDERS = (_TOKEN, *(header_placeholder(variable) for variable in HEADER_VARIABLES))
_CREDENTIALS = re.compile(rb"(?<=\r\nauthorization: bearer )([^\r\n]+)", re.IGNORECASE)


class CountedFindings:
    """Findings by class and operation, with a count and the first exchange that shows each."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._found: dict[tuple[str, str], Finding] = {}

    def add(self, finding_id: str, exchange: Exchange, detail: str, times: int = 1) -> None:
        """Note a sighting, or as many as this one stands for."""
        operation = exchange.operation or NO_OPERATION
        known = self._found.get((finding_id, operation))
        if known is not None:
            self._found[known.key] = replace(known, count=known.count + times)
            return
        kind, request = GENERIC[finding_id], exchange.request
        headers = tuple(each for each in request.headers if each[0].lower() not in _FRAMING)
        self._found[finding_id, operation] = Finding(
            id=finding_id,
            title=kind.title,
            operation=operation,
            severity=kind.severity,
            detail=detail,
            exchanges=(exchange,),
            reproduction=curl(replace(request, headers=headers), url=self._url, placeholders=_PLACEHOLDERS),
            rule=kind.rule,
            count=times,
        )

    def findings(self) -> tuple[Finding, ...]:
        """All of them, by id and operation."""
        return tuple(self._found[key] for key in sorted(self._found))


def merged_findings(reports: Iterable[tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """The findings of several engines, each class on each operation once."""
    merged: dict[tuple[str, str], Finding] = {}
    for findings in reports:
        for finding in findings:
            known = merged.get(finding.key)
            merged[finding.key] = replace(known, count=known.count + finding.count) if known else finding
    return tuple(merged[key] for key in sorted(merged))


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
    headers, redaction = _without_credentials(head)
    response = _response(*answer, redaction) if answer else None
    # The server may have given out the token as an id, which is in the next request's target.
    target = redaction.of(target.removeprefix(call.root))
    request = Request(method, target, headers, redaction.of(body) or None)
    return Exchange(operation, request, response, sent_at=sent, received_at=at, error=error)


def _without_credentials(head: bytes) -> tuple[Headers, Redaction]:
    """The headers of a request with placeholders for its secrets, and what takes these out elsewhere.

    What we do not send by ourselves is the user's own, such as a gateway's key.
    """
    found = _CREDENTIALS.search(head)
    secrets = [(_TOKEN, found[1].decode("latin-1"))] if found else []
    variables, headers = iter(HEADER_VARIABLES), []
    for name, value in headers_of(_CREDENTIALS.sub(_TOKEN.encode(), head)):
        shown = value
        if name.lower() == _PROXY_S:
            # Between us and the proxy alone: no part of the request that the server gets.
            secrets.append((_PROXY, value))
            continue
        if name.lower() not in _OURS:
            shown = header_placeholder(next(variables))
            secrets.append((shown, value))
        headers.append((name, shown))
    return tuple(headers), _redaction(tuple(secrets))


@lru_cache(maxsize=4)
def _redaction(secrets: tuple[tuple[str, str], ...]) -> Redaction:
    return Redaction(secrets)


def _response(status: int, head: bytes, body: bytes, redaction: Redaction) -> Response:
    head = redaction.of(head.partition(b"\r\n\r\n")[0])
    return Response(status, headers_of(head), redaction.of(body)[:_LONGEST_BODY])
