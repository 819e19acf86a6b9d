"""Media types as a document declares them, and which of them are JSON."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

__all__ = ["JSON", "is_declared", "is_json", "json_among"]

JSON = "application/json"


def is_declared(value: str, declared: Iterable[str]) -> bool:
    """Whether the value of a Content-Type header is of one of the declared media types."""
    return any(fnmatchcase(_plain(value), _plain(each)) for each in declared)


def is_json(value: str) -> bool:
    """Whether a body of that media type is JSON (RFC 6839, section 3.1)."""
    plain = _plain(value)
    return plain == JSON or plain.endswith("+json")


def json_among(declared: Iterable[str]) -> str:
    """The media type of JSON that is sent where these are taken: plain JSON, unless only others are named."""
    named = [_plain(each) for each in declared if is_json(each)]
    return named[0] if named and JSON not in named else JSON


def _plain(value: str) -> str:
    return value.partition(";")[0].strip().lower()
