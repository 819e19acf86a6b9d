"""The pure half of the client: arguments to a request, a response to a value. No I/O here."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Generic, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec

from flowgauge.client.answers.reading import UnreadableBody
from flowgauge.client.answers.refusal import unexpected
from flowgauge.client.errors import InvalidRequest
from flowgauge.client.http.operations import OPERATIONS

__all__ = ["DEFAULT_PORTS", "Call", "bearer", "build", "origin_of", "parsed", "url_of"]

T = TypeVar("T")

DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 3986 lets anyone on the way resolve dots, and an empty segment vanishes in many a router.
_CLIMBING = frozenset({"", ".", ".."})
_NONE: Mapping[str, str] = {}
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_LONGEST_QUOTE = 200


class Call(msgspec.Struct, Generic[T], frozen=True):
    """A request without a server: `target` is path and query, percent-encoded; `read` reads a success."""

    method: str
    target: str
    body: bytes | None
    read: Callable[[bytes], T]


def build(
    operation_id: str,
    read: Callable[[bytes], T],
    *,
    path: Mapping[str, str] = _NONE,
    query: Mapping[str, str] = _NONE,
    body: bytes | None = None,
) -> Call[T]:
    """The call of an operation, with all of its path parameters and some of its query parameters.

    Raises InvalidRequest for an id that cannot stand in a path.
    """
    row = OPERATIONS[operation_id]
    for name, value in path.items():
        if not isinstance(value, str):
            raise InvalidRequest(f"{name} must be a string, not {type(value).__name__}")
        if value in _CLIMBING:
            raise InvalidRequest(
                f"{name} is {value!r}, which would name another resource in the URL",
                hint="pass the id that the server gave out",
            )
    try:
        target = row.url_path(path) if path else row.path
        if query:
            target = f"{target}?{urlencode(query)}"
    except UnicodeEncodeError:
        raise InvalidRequest("an argument holds half of a surrogate pair, which UTF-8 cannot carry") from None
    return Call(row.method, target, body, read)


def parsed(call: Call[T], response: httpx.Response) -> T:
    """The value of a success whose body has been read. Raises UnexpectedReply."""
    value = response.headers.get("content-type", "application/json")
    media_type = value.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        what = f"the body is {media_type or 'of an unnamed type'}, not JSON"
        raise unexpected(response, what, is_json=False)
    try:
        return call.read(response.content)
    except UnreadableBody as flaw:
        raise unexpected(response, flaw.detail, is_json=flaw.is_shape) from None


# Parsing takes a tenth of a call's time, and most calls ask for few URLs again and again.
@lru_cache(maxsize=256)
def url_of(text: str) -> httpx.URL:
    """The URL that a text is. Raises InvalidRequest."""
    try:
        url = httpx.URL(text)
        # Some international names are found out only when they are asked for.
        _ = url.host
    except (httpx.InvalidURL, UnicodeError) as error:
        raise InvalidRequest(f"{text[:_LONGEST_QUOTE]!r} is not a URL: {error}") from None
    return url


def origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port: what credentials are given to."""
    return url.scheme, url.host, url.port or DEFAULT_PORTS.get(url.scheme)


def bearer(token: str) -> str:
    """The value of the Authorization header. Raises InvalidRequest for what cannot stand in one."""
    if not isinstance(token, str) or not _VISIBLE.fullmatch(token):
        # The token itself stays out of the message.
        raise InvalidRequest(
            "the bearer token is empty, or holds a space, a line break or a character beyond ASCII",
            hint="strip what surrounds the token, for instance the line break at a file's end",
        )
    return f"Bearer {token}"
