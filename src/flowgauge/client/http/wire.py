"""The pure half of the client: arguments to a request, a response to a value. No I/O here."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec

from flowgauge.client.answers.reading import UnreadableBody
from flowgauge.client.answers.refusal import unexpected
from flowgauge.client.errors import InvalidRequest
from flowgauge.client.http.operations import OPERATIONS

__all__ = ["Call", "build", "parsed"]

T = TypeVar("T")

# RFC 3986 lets anyone on the way resolve dots, and an empty segment vanishes in many a router.
_CLIMBING = frozenset({"", ".", ".."})
_NONE: Mapping[str, str] = {}


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
        _check_segment(name, value)
    try:
        target = row.url_path(path) if path else row.path
        if query:
            target = f"{target}?{urlencode(query)}"
    except UnicodeEncodeError:
        raise InvalidRequest("an argument holds half of a surrogate pair, which UTF-8 cannot carry") from None
    return Call(row.method, target, body, read)


def parsed(call: Call[T], response: httpx.Response) -> T:
    """The value of a success whose body has been read. Raises UnexpectedReply."""
    try:
        _check_media_type(response)
        return call.read(response.content)
    except UnreadableBody as flaw:
        raise unexpected(response, flaw.detail, is_json=flaw.is_shape) from None


def _check_segment(name: str, value: str) -> None:
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} must be a string, not {type(value).__name__}")
    if value in _CLIMBING:
        raise InvalidRequest(
            f"{name} is {value!r}, which would name another resource in the URL",
            hint="pass the id that the server gave out",
        )


def _check_media_type(response: httpx.Response) -> None:
    value = response.headers.get("content-type", "application/json")
    if value == "application/json":
        return
    media_type = value.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise UnreadableBody(f"the body is {media_type or 'of an unnamed type'}, not JSON", is_shape=False)
