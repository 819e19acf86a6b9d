"""What the values of headers say: media types as a document declares them, lists, pauses."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase

from flowgauge.results import Response

__all__ = ["JSON", "asked_to_wait", "is_declared", "is_json", "is_unavailable", "json_among", "listed_in"]

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


def listed_in(values: Iterable[str]) -> list[str]:
    """The elements of a header that is a list (RFC 9110, section 5.6.1), however many lines it has."""
    return [element for value in values for each in value.split(",") if (element := each.strip(" \t"))]


def asked_to_wait(response: Response | None) -> float | None:
    """After how many seconds the server wants to be asked again; None where it does not say so.

    It may be busy, or limit how fast it is asked (RFC 9110, section 15.6.4; RFC 6585, section 4).
    """
    if response is None or response.status not in {429, 503}:
        return None
    value = (response.header("retry-after") or "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def is_unavailable(response: Response | None) -> bool:
    """Whether a server says that it has no time, and not until when."""
    return response is not None and response.status == 503 and asked_to_wait(response) is None


def _plain(value: str) -> str:
    return value.partition(";")[0].strip().lower()
