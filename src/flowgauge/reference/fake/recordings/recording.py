"""Exchanges on file (HAR 1.2), without the secrets that were in them."""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import harfile
import msgspec

from flowgauge import __version__
from flowgauge.errors import NoDataError, UsageError
from flowgauge.openapi import Json
from flowgauge.redaction import Redaction, is_secret_header
from flowgauge.reference.world.message import Headers

__all__ = ["SCRUBBED", "RecordedExchange", "Recording", "all_scrubbed", "scrubbed", "value_of"]

SCRUBBED = "scrubbed"
_HIDDEN_FIELDS = "(?:access_|refresh_|id_)?token|(?:client_)?(?:secret|assertion)|password|api_?key"
_IN_JSON = re.compile(
    rf'("(?:{_HIDDEN_FIELDS})"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*)', re.IGNORECASE
)
_IN_FORM = re.compile(rf"((?:^|[&?#\s])(?:{_HIDDEN_FIELDS})=)[^&#\s]*", re.IGNORECASE)
# A scheme that stands alone proves nothing, and is a word of many answers.
_SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate"})


@dataclass(frozen=True, slots=True)
class RecordedExchange:
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
    exchanges: tuple[RecordedExchange, ...]

    def write(self, path: Path) -> None:
        """Write a HAR file; whoever made the exchanges has scrubbed them."""
        started = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
        creator = harfile.Creator("flowgauge", __version__)
        with harfile.open(path, creator=creator) as file:
            for exchange in self.exchanges:
                moment = datetime.fromtimestamp(started + exchange.at, UTC).isoformat()
                file.add_entry(
                    startedDateTime=moment.replace("+00:00", "Z"),
                    time=0,
                    request=_har_request(exchange, self.url),
                    response=_har_response(exchange),
                    timings=harfile.Timings(send=0, wait=0, receive=0),
                )

    @classmethod
    def read(cls, path: Path) -> "Recording":
        """Read a HAR file, ours or another tool's, and scrub it.

        Raises NoDataError where it is missing or empty, and UsageError where it is no HAR file.
        """
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))["log"]["entries"]
            moments = [datetime.fromisoformat(e["startedDateTime"]).timestamp() for e in entries]
            pairs = zip(entries, moments, strict=True)
            exchanges = all_scrubbed([_exchange(entry, at - moments[0]) for entry, at in pairs])
            origin = urlsplit(entries[0]["request"]["url"]) if entries else None
        except FileNotFoundError:
            raise NoDataError(f"{path} does not exist", hint="record it first") from None
        except (OSError, ValueError, KeyError, TypeError, binascii.Error) as error:
            raise UsageError(f"{path} is no HAR file: {error!r}") from None
        if origin is None:
            raise NoDataError(f"{path} holds no exchange", hint="record some")
        # Without a user name and a password, should the URL have had them.
        return cls(f"{origin.scheme}://{origin.netloc.rpartition('@')[2]}", exchanges)


def scrubbed(exchange: RecordedExchange) -> RecordedExchange:
    """The exchange without its secrets, as of a recording that holds no other."""
    return all_scrubbed([exchange])[0]


def all_scrubbed(exchanges: Sequence[RecordedExchange]) -> tuple[RecordedExchange, ...]:
    """The exchanges without their secrets: credentials in headers, in bodies and in the query.

    What is a credential in one of them is struck out wherever any of them repeats it, however it is spelt.
    """
    secrets = dict.fromkeys(secret for exchange in exchanges for secret in _secrets(exchange))
    redaction = Redaction((SCRUBBED, secret) for secret in secrets)
    return tuple(_cleaned(exchange, redaction) for exchange in exchanges)


def _cleaned(exchange: RecordedExchange, redaction: Redaction) -> RecordedExchange:
    def clean(text: str) -> str:
        text = redaction.of(text)
        text = _IN_JSON.sub(rf'\g<1>"{SCRUBBED}"', text)
        return _IN_FORM.sub(rf"\g<1>{SCRUBBED}", text)

    def clean_body(body: bytes) -> bytes:
        # Any byte there and back again.
        return clean(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def clean_headers(headers: Headers) -> Headers:
        return tuple((n, SCRUBBED if is_secret_header(n) else clean(v)) for n, v in headers)

    return replace(
        exchange,
        target=clean(exchange.target),
        request_headers=clean_headers(exchange.request_headers),
        request_body=clean_body(exchange.request_body),
        response_headers=clean_headers(exchange.response_headers),
        response_body=clean_body(exchange.response_body),
    )


def value_of(body: bytes) -> Json:
    """What a body says as JSON, None where there is none; its text where it is no JSON."""
    try:
        return msgspec.json.decode(body) if body else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return body.decode("latin-1")


def _secrets(exchange: RecordedExchange) -> Iterator[str]:
    """What an exchange shows to be a secret, by the header or by the name that it stands under."""
    yield from _credentials(exchange.request_headers)
    for body in (exchange.request_body, exchange.response_body):
        text = body.decode("utf-8", "replace")
        for named in _IN_JSON.finditer(text):
            with suppress(ValueError):
                value = json.loads(named[0].removeprefix(named[1]))
                # A number may stand anywhere.
                yield from [value] if isinstance(value, str) else []
    for text in (exchange.target, exchange.request_body.decode("utf-8", "replace")):
        yield from (unquote_plus(named[0].removeprefix(named[1])) for named in _IN_FORM.finditer(text))


def _credentials(headers: Headers) -> list[str]:
    """What a request's headers prove its sender with."""
    found = []
    for name, value in headers:
        words = value.split()
        if not words or not is_secret_header(name) or value.strip().lower() in _SCHEMES:
            continue
        found.append(words[-1])
        if words[0].lower() == "basic":
            with suppress(ValueError):
                password = base64.b64decode(words[-1], validate=True).decode("latin-1").partition(":")[2]
                found += [password, unquote_plus(password)]
    return found


def _har_request(exchange: RecordedExchange, url: str) -> harfile.Request:
    posted = None
    if exchange.request_body:
        text, encoding = _text(exchange.request_body)
        # HAR has no place for the encoding of what was sent, as it has for what came back.
        posted = harfile.PostData(_media_type(exchange.request_headers), text=text, comment=encoding)
    pairs = parse_qsl(exchange.target.partition("?")[2], keep_blank_values=True)
    return harfile.Request(
        exchange.method,
        url + exchange.target,
        "HTTP/1.1",
        headers=[harfile.Record(name, value) for name, value in exchange.request_headers],
        queryString=[harfile.Record(name, value) for name, value in pairs],
        postData=posted,
        bodySize=len(exchange.request_body),
    )


def _har_response(exchange: RecordedExchange) -> harfile.Response:
    size = len(exchange.response_body)
    text, encoding = _text(exchange.response_body)
    return harfile.Response(
        exchange.status,
        "",
        "HTTP/1.1",
        headers=[harfile.Record(name, value) for name, value in exchange.response_headers],
        content=harfile.Content(
            size, mimeType=_media_type(exchange.response_headers), text=text, encoding=encoding
        ),
        bodySize=size,
    )


def _exchange(entry: Json, at: float) -> RecordedExchange:
    request, response = entry["request"], entry["response"]
    parts = urlsplit(request["url"])
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    posted = request.get("postData", {})
    return RecordedExchange(
        request["method"],
        target,
        tuple((h["name"], h["value"]) for h in request["headers"]),
        _bytes(posted.get("text", ""), posted.get("_encoding") or posted.get("comment")),
        response["status"],
        tuple((h["name"], h["value"]) for h in response["headers"]),
        _bytes(response["content"].get("text", ""), response["content"].get("encoding")),
        at,
    )


def _media_type(headers: Headers) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def _text(body: bytes) -> tuple[str, str | None]:
    """The body as HAR holds it, and how it is encoded, if it is."""
    try:
        return body.decode("utf-8"), None
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), "base64"


def _bytes(text: str, encoding: str | None) -> bytes:
    return base64.b64decode(text, validate=True) if encoding == "base64" else text.encode()
