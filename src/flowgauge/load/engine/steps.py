"""What a journey may yield: a call, a pause, a moment. Whatever else it yields is refused in a sentence.

    answer = yield call           the answer, or what went wrong, comes back as a `CallResult`
    yield pause(0.5)              think for half a second
    yield until(moment)           go on at a moment of time.monotonic(), or at once where that has passed

What is asked next is due when the pause ends or the moment comes: how late it leaves is the generator's
lateness, how late it is answered the server's.
"""

import math
import time
from typing import Any

import msgspec

from flowgauge.errors import UsageError
from flowgauge.load.transport.wire import WireCall

__all__ = ["LONGEST_PAUSE", "Pause", "Step", "Until", "moment_of", "pause", "until"]

LONGEST_PAUSE = 86_400.0
"""Seconds."""


class Pause(msgspec.Struct, frozen=True, gc=False):
    """A time to think, in seconds."""

    seconds: float


class Until(msgspec.Struct, frozen=True, gc=False):
    """A moment to go on at: seconds, monotonic."""

    moment: float


Step = WireCall | Pause | Until
"""What a journey may yield."""


def pause(seconds: float) -> Pause:
    """Go on after so many seconds. Raises UsageError for what is no such time."""
    if not _is_number(seconds) or not 0 <= seconds <= LONGEST_PAUSE:
        raise UsageError(f"pause({seconds!r}): a pause is a number of seconds, from 0 to a day")
    return Pause(seconds)


def until(moment: float) -> Until:
    """Go on at that moment of `time.monotonic()`. Raises UsageError for what is none."""
    if not _is_number(moment) or not math.isfinite(moment):
        raise UsageError(f"until({moment!r}): a moment is a number of seconds, as time.monotonic() gives it")
    if moment > time.monotonic() + LONGEST_PAUSE:
        raise UsageError(
            f"until({moment!r}) is more than a day away",
            hint="a moment is of time.monotonic(), not of time.time()",
        )
    return Until(moment)


def moment_of(step: Any, now: float) -> float:
    """When a journey that yielded `step`, which is no call, goes on. Raises UsageError for any other step."""
    if type(step) is Until:
        return max(step.moment, now)
    if type(step) is Pause:
        return now + step.seconds
    raise UsageError(f"a journey yielded {_shown(step)}", hint=_hint(step))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(step: object) -> str:
    text = repr(step)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _hint(step: object) -> str:
    if _is_number(step):
        return "write yield pause(SECONDS), or yield until(MOMENT)"
    if hasattr(step, "send"):
        return "write yield from to walk another journey as a part of this one"
    return "a journey yields calls, pause(SECONDS) and until(MOMENT)"
