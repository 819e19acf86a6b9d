"""JSON and times as the reference server reads and writes them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

__all__ = ["MalformedJson", "decoded", "encoded", "instant", "timestamp"]

# msgspec keeps integers of any size exact, in both directions; orjson turns those over 64 bit into floats.
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_LARGEST_DOUBLE = int(1.7976931348623157e308)
_BEYOND_DOUBLE = re.compile(rb"[0-9]{309}")
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)


class MalformedJson(ValueError):
    """A body that is not JSON, or is over a limit. The message is fit for the client."""


def decoded(body: bytes, *, max_depth: int) -> Any:
    """The value of a JSON text. Raises MalformedJson; NaN, lone surrogates and trailing text are errors."""
    try:
        value = _decode(body)
    except RecursionError:
        raise MalformedJson(f"the body is nested more than {max_depth} deep") from None
    # msgspec's own errors; invalid UTF-8 and integers of over 4300 digits are plain ValueErrors.
    except (msgspec.MsgspecError, ValueError):
        raise MalformedJson("the body is not valid JSON") from None
    # Both walks are rare: only a text with that many brackets or digits can be over the limit.
    brackets = body.count(b"[") + body.count(b"{")
    if brackets > max_depth and max(depth for _, depth in _nodes(value)) > max_depth:
        raise MalformedJson(f"the body is nested more than {max_depth} deep")
    if _BEYOND_DOUBLE.search(body) and any(_is_beyond_double(node) for node, _ in _nodes(value)):
        raise MalformedJson("the body holds a number beyond the range of a double")
    return value


def encoded(value: Any) -> bytes:
    """The compact UTF-8 JSON text of a value."""
    return _encode(value)


@lru_cache(maxsize=1024)
def timestamp(seconds: float) -> str:
    """An RFC 3339 date-time in UTC with microseconds and `Z`."""
    whole, micros = divmod(round(seconds * 1_000_000), 1_000_000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{micros:06d}Z"


def instant(text: str) -> float:
    """The seconds since the epoch of an RFC 3339 date-time. Raises ValueError."""
    if not _RFC3339.fullmatch(text):
        raise ValueError("not an RFC 3339 date-time")
    return datetime.fromisoformat(text.upper()).timestamp()


def _nodes(value: Any) -> Iterator[tuple[Any, int]]:
    """Every value in a JSON value, and how many objects and lists it is nested in, itself included."""
    pending = [(value, 0)]
    while pending:
        node, depth = pending.pop()
        is_container = isinstance(node, dict | list)
        yield node, depth + is_container
        if is_container:
            pending += [(child, depth + 1) for child in (node.values() if isinstance(node, dict) else node)]


def _is_beyond_double(node: Any) -> bool:
    return isinstance(node, int) and abs(node) > _LARGEST_DOUBLE
