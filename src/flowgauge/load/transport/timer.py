"""A timer for absolute moments of CLOCK_MONOTONIC, on gevent's hub.

libev's own timers round to milliseconds, so that arrivals would leave half a millisecond late at the
median; a timerfd wakes the hub within a few dozen microseconds. Where there is none (not Linux) the hub's
timer stands in, and the schedule lag says what that costs.
"""

import ctypes
import os
import sys
import time
from collections.abc import Callable

import gevent

__all__ = ["NEVER", "HubTimer", "TimerFd", "absolute_timer"]

NEVER = float("inf")
_MONOTONIC = 1  # CLOCK_MONOTONIC, the clock of time.monotonic()
_ABSOLUTE = 1  # TFD_TIMER_ABSTIME
_READ = 1


class HubTimer:
    """The hub's own timer: portable, exact to a millisecond or so.

    It calls back at the moment it was last set to; the callback must set it again, to NEVER at least.
    """

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback = callback
        self._loop = gevent.get_hub().loop
        self._timer = self._loop.timer(0)

    def at(self, moment: float) -> None:
        """Call back at `moment` (time.monotonic()), at once where that has passed."""
        self._timer.stop()
        if moment != NEVER:
            self._timer = self._loop.timer(max(moment - time.monotonic(), 0.0))
            # The loop's now is as old as its last turn; a delay counted from there would end too soon.
            self._timer.start(self._callback, update=True)

    def close(self) -> None:
        """Never call back again."""
        self._timer.stop()
        self._timer.close()


class _Timespec(ctypes.Structure):
    _fields_ = (("sec", ctypes.c_long), ("nsec", ctypes.c_long))


class _Timerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class TimerFd:
    """The same by a timerfd, set to absolute moments."""

    def __init__(self, callback: Callable[[], None]) -> None:
        # By way of the C library: the standard library has these calls from Python 3.13 on only.
        library = ctypes.CDLL(None, use_errno=True)
        self._fd = library.timerfd_create(_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        self._set = library.timerfd_settime
        self._spec = _Timerspec()
        self._value = self._spec.value
        self._by_reference = ctypes.byref(self._spec)
        self._watcher = gevent.get_hub().loop.io(self._fd, _READ)
        self._watcher.start(callback)

    def at(self, moment: float) -> None:
        """Call back at `moment`."""
        # An all-zero value disarms the timer; setting it anew also takes back an expiry, so that the
        # descriptor need not be read.
        value = self._value
        if moment == NEVER:
            value.sec = value.nsec = 0
        else:
            value.sec = int(moment)
            value.nsec = max(int((moment - value.sec) * 1e9), 1)
        self._set(self._fd, _ABSOLUTE, self._by_reference, None)

    def close(self) -> None:
        """Never call back again."""
        self._watcher.stop()
        self._watcher.close()
        os.close(self._fd)


absolute_timer: type[TimerFd] | type[HubTimer] = TimerFd if sys.platform == "linux" else HubTimer
"""The most exact timer that there is on this system."""
