"""HAR 1.2: the exchanges behind the findings, for any tool that replays or inspects HTTP."""

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flowgauge import __version__
from flowgauge.gates import Evidence
from flowgauge.report.exchange_text import SECRET_HEADERS
from flowgauge.report.figures import all_findings
from flowgauge.report.inert import inert
from flowgauge.results import Exchange, Finding
from flowgauge.results.exchange import Headers

__all__ = ["har_json"]

URL = re.compile(r"https?://[^\s/]+")
NOWHERE = "http://target.invalid"


def har_json(evidence: Evidence) -> str:
    """One entry an exchange, in the order of the findings; its comment names the finding. No secret stays."""
    part = evidence.contract or evidence.load
    found = URL.search(part.target) if part else None
    origin = found[0] if found else NOWHERE
    # Exchanges keep the target's clock, of which only differences mean anything.
    begun = datetime.fromtimestamp(part.started_at if part else 0.0, UTC).isoformat().replace("+00:00", "Z")
    entries = [
        _entry(exchange, finding, origin, begun)
        for finding in all_findings(evidence.contract, evidence.load)
        for exchange in finding.exchanges
    ]
    creator = {"name": "flowgauge", "version": __version__}
    return json.dumps({"log": {"version": "1.2", "creator": creator, "entries": entries}}, indent=2) + "\n"


def _entry(exchange: Exchange, finding: Finding, origin: str, begun: str) -> dict[str, Any]:
    elapsed = max(0.0, exchange.elapsed * 1000)
    return {
        "startedDateTime": begun,
        "time": elapsed,
        "request": _request(exchange, origin),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": elapsed, "receive": 0},
        "comment": inert(f"{finding.id} {finding.operation}: {finding.title}"),
    }


def _request(exchange: Exchange, origin: str) -> dict[str, Any]:
    request = exchange.request
    query = urlsplit(request.target).query if request.target.startswith("/") else ""
    values: dict[str, Any] = {
        "method": inert(request.method),
        "url": inert(origin + request.target),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(request.headers),
        "queryString": [
            {"name": inert(name), "value": inert(value)}
            for name, value in parse_qsl(query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": len(request.body or b""),
    }
    if request.body:
        values["postData"] = {
            "mimeType": inert(request.header("content-type") or ""),
            "text": request.body.decode("utf-8", errors="backslashreplace"),
        }
    return values


def _response(exchange: Exchange) -> dict[str, Any]:
    response = exchange.response
    body = response.body if response else b""
    content: dict[str, Any] = {"size": len(body), "mimeType": ""}
    if response:
        content["mimeType"] = inert(response.header("content-type") or "")
        try:
            content["text"] = body.decode("utf-8")
        except UnicodeDecodeError:
            content |= {"text": base64.b64encode(body).decode("ascii"), "encoding": "base64"}
    return {
        # A status of 0 is how HAR says that no answer came.
        "status": response.status if response else 0,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(response.headers) if response else [],
        "content": content,
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": len(body),
        "comment": inert(exchange.error or ""),
    }


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [
        {"name": inert(name), "value": "(hidden)" if name.lower() in SECRET_HEADERS else inert(value)}
        for name, value in headers
    ]
