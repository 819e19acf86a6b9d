"""How much memory this process takes, and whether that is too much."""

import os
from pathlib import Path

from flowgauge.limits import MIB

__all__ = ["Memory", "memory_used"]

_STATM = Path("/proc/self/statm")
# It is asked for again after so many bodies, or so many bytes of them.
_OFTEN, _BYTES = 64, MIB


def memory_used() -> int:
    """Bytes of this process in memory; 0 where the system does not tell."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0


class Memory:
    """Keeps an eye on it, now and then."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bodies = self._bytes = 0
        self._is_short = memory_used() > most

    def is_short(self, size: int) -> bool:
        """Whether there is none left for one more body of that size."""
        self._bodies += 1
        self._bytes += size
        if self._bodies >= _OFTEN or self._bytes >= _BYTES or self._is_short:
            self._bodies = self._bytes = 0
            self._is_short = memory_used() > self._most
        return self._is_short
