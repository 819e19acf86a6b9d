"""Date-times of responses."""

import re
from datetime import UTC, datetime

__all__ = ["is_same_moment", "moment", "precision"]

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:)(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)


def moment(text: str) -> float | None:
    """Seconds since the epoch of an RFC 3339 date-time, or None where it is none; to the microsecond."""
    parts = _exact(text)
    return None if parts is None else parts[0] + parts[1] // 1000 / 1e6


def is_same_moment(one: str, other: str) -> bool:
    """Whether two date-times name the same instant, to the last digit; the zone may differ."""
    return one == other or (_exact(one) is not None and _exact(one) == _exact(other))


def precision(text: str) -> float:
    """How many seconds a date-time may be off its instant for want of digits: servers cut them.

    To the microsecond, 0: what is written with six digits is taken at its word.
    """
    match = _RFC3339.fullmatch(text)
    digits = len(match[4] or "") if match else 0
    return 0.0 if digits >= 6 else float(10**-digits)


def _exact(text: str) -> tuple[int, int] | None:
    """Whole seconds since the epoch, and nanoseconds."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    day, minute, second, fraction, zone = match.groups()
    # A leap second is the last of its minute (RFC 3339, section 5.7).
    leap = second == "60"
    offset = "+00:00" if zone in "Zz" else zone
    try:
        whole = datetime.fromisoformat(f"{day}T{minute}{59 if leap else second}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    nanoseconds = int((fraction or "0")[:9].ljust(9, "0"))
    return int((whole - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) + leap, nanoseconds
