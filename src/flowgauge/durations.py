"""Durations as text: the one reading of `500ms`, `30s` or `1h30m`, and the one way to write them.

Two readings are others on purpose: that of the servers under test (Go's), and the suites' prediction of it.
"""

import math
import re
from fractions import Fraction

from flowgauge.errors import UsageError

__all__ = ["DURATION", "UNITS", "digits", "duration_text", "parsed_duration"]

UNITS = {
    "us": Fraction(1, 1_000_000),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
}
"""Seconds of each unit."""

DURATION = r"(?:\d+(?:\.\d+)?(?:us|ms|s|m|h))+"
"""What a duration looks like, for patterns that hold one: numbers with units, nothing between them."""

_PIECE = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)")


def parsed_duration(text: str) -> float:
    """Seconds that a duration such as `1m30s` or a plain number of seconds stands for.

    Raises UsageError.

    >>> parsed_duration("1m30s"), parsed_duration("250ms"), parsed_duration("2.5")
    (90.0, 0.25, 2.5)
    """
    stripped = text.strip().lower()
    if re.fullmatch(r"\d+(\.\d+)?", stripped):
        return float(stripped)
    if not re.fullmatch(DURATION, stripped):
        raise UsageError(f"{text!r} is not a duration", hint="write it as 500ms, 30s, 2m or 1h30m")
    return float(sum(Fraction(number) * UNITS[unit] for number, unit in _PIECE.findall(stripped)))


def duration_text(seconds: float) -> str:
    """A duration to three digits, as people write it.

    >>> duration_text(0.0123), duration_text(1.2345), duration_text(0.00007)
    ('12.3 ms', '1.23 s', '70 us')
    """
    if seconds >= 0.9995:
        return f"{digits(seconds)} s"
    if seconds >= 0.0009995 or not seconds:
        return f"{digits(seconds * 1e3)} ms"
    return f"{digits(seconds * 1e6)} us"


def digits(number: float) -> str:
    """A number to three significant digits, never in exponent form, without trailing zeros."""
    if not number:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(number))))
    text = f"{number:,.{min(places, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
