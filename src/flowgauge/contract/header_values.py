"""What the values of headers say: lists, pauses."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from flowgauge.results import Response

__all__ = ["asked_to_wait", "is_unavailable", "listed_in"]


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
