"""When a failed attempt is worth another, and after what pause. Pure: chance and time come in."""

import math
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from flowgauge.client.errors import InvalidRequest, TransportError

__all__ = ["Retry", "retry_after"]


@dataclass(frozen=True, slots=True)
class Retry:
    """When and how often a failed request is sent again. Without one of these, a client never does so.

    `attempts` counts the first. Pauses (seconds) double from `first_pause` to `longest_pause`, each drawn
    from the upper half of its step. A Retry-After is honoured up to `longest_retry_after`; a longer one
    ends the attempts. Only GETs are sent again, unless `repeat_posts`: a server may have acted on a POST
    whose answer was lost.
    """

    attempts: int = 3
    first_pause: float = 0.1
    longest_pause: float = 5.0
    longest_retry_after: float = 30.0
    statuses: frozenset[int] = frozenset({429, 502, 503, 504})
    repeat_posts: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise InvalidRequest(f"attempts must be an integer of 1 or more, not {self.attempts!r}")
        for name in ("first_pause", "longest_pause", "longest_retry_after"):
            seconds = getattr(self, name)
            if (
                isinstance(seconds, bool)
                or not isinstance(seconds, int | float)
                or not 0 <= seconds < math.inf
            ):
                raise InvalidRequest(f"{name} must be a number of seconds, 0 or more, not {seconds!r}")
        if self.first_pause > self.longest_pause:
            raise InvalidRequest("first_pause must not be longer than longest_pause")
        if not isinstance(self.statuses, AbstractSet) or not all(isinstance(s, int) for s in self.statuses):
            raise InvalidRequest(f"statuses must be a set of integers, not {self.statuses!r}")

    def pause_after(
        self,
        attempt: int,
        method: str,
        outcome: httpx.Response | TransportError,
        *,
        chance: float,
        wall: float,
    ) -> float | None:
        """Seconds to wait after attempt number `attempt` (from 1), or None to make no other.

        `chance` is in 0..1, `wall` the time of day in seconds since the epoch.
        """
        if attempt >= self.attempts or (method != "GET" and not self.repeat_posts):
            return None
        # 1 << 62 is beyond any sane longest_pause; the cap keeps the power finite.
        step = min(self.longest_pause, self.first_pause * float(1 << min(attempt - 1, 62)))
        pause = step * (0.5 + chance / 2)
        if isinstance(outcome, TransportError):
            return pause
        if outcome.status_code not in self.statuses:
            return None
        asked = retry_after(outcome.headers.get("retry-after"), wall)
        if asked is None:
            return pause
        return max(pause, asked) if asked <= self.longest_retry_after else None


def retry_after(value: str | None, wall: float) -> float | None:
    """The seconds a Retry-After header asks for (RFC 9110, section 10.2.3), or None where it asks nothing."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - wall)
    except (ValueError, OverflowError):
        return None
