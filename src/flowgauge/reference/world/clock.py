"""Clocks: where a server or a fake gets the world's `now` from."""

import time
from collections.abc import Callable

__all__ = ["Clock", "VirtualClock", "steady_clock"]

Clock = Callable[[], float]


def steady_clock() -> Clock:
    """Seconds since the epoch that never run backwards, whatever is done to the system's time."""
    offset = time.time() - time.monotonic()
    return lambda: offset + time.monotonic()


class VirtualClock:
    """A clock that moves only when it is told to, and a hair at each reading.

    Real clocks tell two events apart; so does this one: each reading is `tick` seconds later.
    """

    def __init__(self, start: float, *, tick: float = 0.0) -> None:
        self._now = start
        self._tick = tick

    def __call__(self) -> float:
        """The instant, in seconds since the epoch."""
        self._now += self._tick
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on. Raises ValueError for a negative step."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._now += seconds

    def advance_to(self, instant: float) -> None:
        """Move on to `instant`, where that is later than now."""
        self._now = max(self._now, instant)
