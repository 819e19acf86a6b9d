"""HAR 1.2: the exchanges behind the findings, for any tool that replays or inspects HTTP."""

import base64
import io
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import harfile

from flowgauge import __version__
from flowgauge.gates import Evidence
from flowgauge.inert import inert
from flowgauge.redaction import visible_headers
from flowgauge.report.figures import all_findings
from flowgauge.results import Exchange
from flowgauge.results.exchange import Headers

__all__ = ["har_json"]

NOWHERE = "http://target.invalid"


def har_json(evidence: Evidence) -> str:
    """One entry an exchange, in the order of the findings; its comment names the finding. No secret stays."""
    part = evidence.contract or evidence.load
    origin = (part.target.url if part else "").rstrip("/") or NOWHERE
    # Exchanges keep the target's clock, of which only differences mean anything.
    begun = datetime.fromtimestamp(part.started_at if part else 0.0, UTC).isoformat().replace("+00:00", "Z")
    text = io.StringIO()
    creator = harfile.Creator("flowgauge", __version__)
    with harfile.open(text, creator=creator, browser=harfile.Browser("flowgauge", __version__)) as file:
        for finding in all_findings(evidence.contract, evidence.load):
            for exchange in finding.exchanges:
                elapsed = max(0.0, exchange.elapsed * 1000)
                file.add_entry(
                    startedDateTime=begun,
                    time=elapsed,
                    request=_request(exchange, origin),
                    response=_response(exchange),
                    timings=harfile.Timings(send=0, wait=elapsed, receive=0),
                    comment=inert(f"{finding.id} {finding.places}: {finding.title}"),
                )
    return text.getvalue() + "\n"


def _request(exchange: Exchange, origin: str) -> harfile.Request:
    request = exchange.request
    query = urlsplit(request.target).query if request.target.startswith("/") else ""
    data = None
    if request.body:
        kind = inert(request.header("content-type") or "")
        data = harfile.PostData(kind, text=request.body.decode("utf-8", errors="backslashreplace"))
    return harfile.Request(
        method=inert(request.method),
        url=inert(origin + request.target),
        httpVersion="HTTP/1.1",
        headers=_records(visible_headers(request.headers)),
        queryString=_records(tuple(parse_qsl(query, keep_blank_values=True))),
        postData=data,
        bodySize=len(request.body or b""),
    )


def _response(exchange: Exchange) -> harfile.Response:
    response = exchange.response
    body = response.body if response else b""
    content = harfile.Content(size=len(body))
    if response:
        content.mimeType = inert(response.header("content-type") or "")
        try:
            content.text = body.decode("utf-8")
        except UnicodeDecodeError:
            content.text, content.encoding = base64.b64encode(body).decode("ascii"), "base64"
    return harfile.Response(
        # A status of 0 is how HAR says that no answer came.
        status=response.status if response else 0,
        statusText="",
        httpVersion="HTTP/1.1",
        headers=_records(visible_headers(response.headers)) if response else [],
        content=content,
        bodySize=len(body),
        comment=inert(exchange.error or ""),
    )


def _records(pairs: Headers) -> list[harfile.Record]:
    return [harfile.Record(inert(name), inert(value)) for name, value in pairs]
