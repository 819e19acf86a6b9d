"""Date-times of responses."""

import re
from datetime import UTC, datetime

__all__ = ["moment"]

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)


def moment(text: str) -> float | None:
    """Seconds since the epoch of an RFC 3339 date-time, or None where it is none.

    Fractions beyond microseconds are cut: two times of one server are compared as it wrote them.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    offset = "+00:00" if zone in "Zz" else zone
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    return (whole - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() + micros / 1e6
