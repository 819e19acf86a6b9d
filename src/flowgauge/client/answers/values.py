"""JSON as the client writes it: compact UTF-8, key order kept, nothing altered in silence.

msgspec writes NaN as null, bytes as base64 and a set in any order. Each of these would change what the
caller meant, so a walk over the value refuses them first; request bodies are small.
"""

import math
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from flowgauge.client.errors import InvalidRequest

__all__ = ["encoded"]

_encode = msgspec.json.Encoder(decimal_format="number").encode
# Plain values that need no look inside. Exact types: a subclass is rebuilt as its JSON type below.
_SOUND = frozenset({str, int, bool, type(None), datetime, date, time, UUID})
_MAX_DEPTH = 200


def encoded(value: Any) -> bytes:
    """The JSON text of `value`.

    Decimal becomes a number with every digit kept, date and time their ISO 8601 text, a tuple an array.
    Raises InvalidRequest with the path of the member that JSON cannot hold.
    """
    plain = _plain(value, "body", 0)
    try:
        return _encode(plain)
    except UnicodeEncodeError:
        raise InvalidRequest(
            "the body holds half of a surrogate pair, which UTF-8 cannot carry",
            hint="replace the character before sending",
        ) from None
    except ValueError as error:
        # Python refuses to write integers of thousands of digits.
        raise InvalidRequest(f"the body cannot be written: {error}") from None


def _plain(value: Any, path: str, depth: int) -> Any:
    kind = type(value)
    if kind in _SOUND:
        return value
    if depth > _MAX_DEPTH:
        raise InvalidRequest(f"the body is nested more than {_MAX_DEPTH} deep, or contains itself")
    if isinstance(value, Mapping):
        return {_key(key, path): _plain(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
    if isinstance(value, msgspec.Struct):
        return _plain(msgspec.to_builtins(value), path, depth)
    if isinstance(value, float | Decimal):
        is_number = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
        if not is_number:
            raise InvalidRequest(f"{path} is {value}, and JSON has no such number")
        return value if isinstance(value, Decimal) else float(value)
    # Enum members and subclasses of plain types go out as the value they are, whatever they print as.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    raise InvalidRequest(
        f"{path} is a {kind.__name__}, which JSON cannot hold",
        hint="use str, int, float, Decimal, bool, None, datetime, list, tuple or dict",
    )


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise InvalidRequest(f"{path} has the key {key!r}; keys of JSON objects are strings")
    return str.__str__(key)
