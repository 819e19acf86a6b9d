"""Exchanges on file (HAR 1.2), without the secrets that were in them."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from flowgauge import __version__
from flowgauge.errors import NoDataError, UsageError
from flowgauge.reference.message import Headers
from flowgauge.spec import Json

__all__ = ["SCRUBBED", "Exchange", "Recording", "scrubbed"]

SCRUBBED = "scrubbed"
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
_HIDDEN_FIELDS = "access_token|refresh_token|client_secret|password"
_IN_JSON = re.compile(rf'("(?:{_HIDDEN_FIELDS})"\s*:\s*")(?:[^"\\]|\\.)*(")')
_IN_FORM = re.compile(rf"((?:^|[&?])(?:{_HIDDEN_FIELDS})=)[^&]*")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response. `at` is seconds after the recording's first request."""

    method: str
    target: str
    request_headers: Headers
    request_body: bytes
    status: int
    response_headers: Headers
    response_body: bytes
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Recording:
    """Exchanges with the server at `url`, in the order of their requests."""

    url: str
    exchanges: tuple[Exchange, ...]

    def write(self, path: Path) -> None:
        """Write a HAR file; whoever made the exchanges has scrubbed them."""
        started = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
        entries = [_entry(exchange, self.url, started) for exchange in self.exchanges]
        creator = {"name": "flowgauge", "version": __version__}
        log = {"version": "1.2", "creator": creator, "entries": entries}
        path.write_text(json.dumps({"log": log}, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Recording":
        """Read a HAR file, ours or another tool's, and scrub it.

        Raises NoDataError where it is missing or empty, and UsageError where it is no HAR file.
        """
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))["log"]["entries"]
            moments = [datetime.fromisoformat(e["startedDateTime"]).timestamp() for e in entries]
            exchanges = [_exchange(e, at - moments[0]) for e, at in zip(entries, moments, strict=True)]
            origin = urlsplit(entries[0]["request"]["url"]) if entries else None
        except FileNotFoundError:
            raise NoDataError(f"{path} does not exist", hint="record it first") from None
        except (OSError, ValueError, KeyError, TypeError, binascii.Error) as error:
            raise UsageError(f"{path} is no HAR file: {error!r}") from None
        if origin is None:
            raise NoDataError(f"{path} holds no exchange", hint="record some")
        return cls(f"{origin.scheme}://{origin.netloc}", tuple(exchanges))


def scrubbed(exchange: Exchange) -> Exchange:
    """The exchange without its secrets: credentials in headers, in bodies and in the query."""
    secrets = [
        value.split()[-1].encode("latin-1")
        for name, value in exchange.request_headers
        if name.lower() == "authorization" and value.split()
    ]

    def clean(body: bytes) -> bytes:
        for secret in secrets:
            body = body.replace(secret, SCRUBBED.encode())
        # Latin-1 maps every byte to a character and back.
        text = _IN_JSON.sub(rf"\g<1>{SCRUBBED}\g<2>", body.decode("latin-1"))
        return _IN_FORM.sub(rf"\g<1>{SCRUBBED}", text).encode("latin-1")

    return Exchange(
        exchange.method,
        clean(exchange.target.encode("latin-1")).decode("latin-1"),
        _without_secrets(exchange.request_headers),
        clean(exchange.request_body),
        exchange.status,
        _without_secrets(exchange.response_headers),
        clean(exchange.response_body),
        exchange.at,
    )


def _without_secrets(headers: Headers) -> Headers:
    return tuple((n, SCRUBBED if n.lower() in _SECRET_HEADERS else v) for n, v in headers)


def _entry(exchange: Exchange, url: str, started: float) -> Json:
    moment = datetime.fromtimestamp(started + exchange.at, UTC).isoformat().replace("+00:00", "Z")
    request: dict[str, Json] = {
        "method": exchange.method,
        "url": url + exchange.target,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": n, "value": v} for n, v in exchange.request_headers],
        "queryString": [],
        "headersSize": -1,
        "bodySize": len(exchange.request_body),
    }
    if exchange.request_body:
        request["postData"] = {
            "mimeType": _media_type(exchange.request_headers),
            **_body(exchange.request_body, encoding="_encoding"),
        }
    return {
        "startedDateTime": moment,
        "time": 0,
        "request": request,
        "response": {
            "status": exchange.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": n, "value": v} for n, v in exchange.response_headers],
            "content": {
                "size": len(exchange.response_body),
                "mimeType": _media_type(exchange.response_headers),
                **_body(exchange.response_body, encoding="encoding"),
            },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(exchange.response_body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
    }


def _exchange(entry: Json, at: float) -> Exchange:
    request, response = entry["request"], entry["response"]
    parts = urlsplit(request["url"])
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    posted = request.get("postData", {})
    return scrubbed(
        Exchange(
            request["method"],
            target,
            tuple((h["name"], h["value"]) for h in request["headers"]),
            _bytes(posted.get("text", ""), posted.get("_encoding")),
            response["status"],
            tuple((h["name"], h["value"]) for h in response["headers"]),
            _bytes(response["content"].get("text", ""), response["content"].get("encoding")),
            at,
        )
    )


def _media_type(headers: Headers) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def _body(body: bytes, *, encoding: str) -> dict[str, str]:
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode("ascii"), encoding: "base64"}


def _bytes(text: str, encoding: str | None) -> bytes:
    return base64.b64decode(text, validate=True) if encoding == "base64" else text.encode()
