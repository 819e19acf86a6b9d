"""When the kernel received an answer, on the clock that the engine counts by.

An answer's moment is when it came, not when the generator got round to reading it: a generator that is late,
or that reads many answers at a time, makes no server look slow. The kernel notes it (SO_TIMESTAMPNS) on the
clock of the day, whose distance to the monotonic clock is taken once a second.
"""

import socket
import struct
import sys
import time
from contextlib import suppress
from typing import Any

__all__ = ["NOTES_SIZE", "StampClock", "note_arrivals"]

# Linux, include/uapi/asm-generic/socket.h; a `struct timespec` comes with what is read.
_SO_TIMESTAMPNS = 35
_unpack = struct.Struct("@ll").unpack
_EVERY = 1.0
# Seconds by which the two clocks may be misread.
_UNSURE = 0.0001

NOTES_SIZE = socket.CMSG_SPACE(16)
"""Room for one stamp beside what is read."""


def note_arrivals(sock: Any) -> None:
    """Have the kernel note when what can be read came. Where it cannot, the moment of reading stands in."""
    if sys.platform == "linux":
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


class StampClock:
    """Translates stamps into seconds, monotonic."""

    __slots__ = ("_distance", "_until")

    def __init__(self) -> None:
        self._distance = self._until = 0.0

    def moment_of(self, stamp: bytes, earliest: float, now: float) -> float:
        """When that was, between `earliest` and `now`; `now` without a stamp, or with one from elsewhere."""
        if not stamp:
            return now
        if now > self._until:
            self._until = now + _EVERY
            # The closest of three: whoever is interrupted between two clocks finds them apart.
            self._distance = min(_distance() for _ in range(3))[1]
        seconds, nanoseconds = _unpack(stamp)
        moment: float = seconds - self._distance + nanoseconds * 1e-9
        # One after the other, not by min and max: every answer passes here.
        if earliest < moment <= now:
            return moment
        # A clock that was set in the meantime makes no answer look early.
        return earliest if earliest - _UNSURE < moment <= earliest else now


def _distance() -> tuple[float, float]:
    before, of_the_day, after = time.monotonic(), time.time(), time.monotonic()
    return after - before, of_the_day - (before + after) / 2
