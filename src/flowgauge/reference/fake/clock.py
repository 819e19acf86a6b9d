"""The clock of a fake, and what a fake can come back to."""

from dataclasses import dataclass
from typing import Any

from flowgauge.errors import UsageError
from flowgauge.reference.world.clock import VirtualClock

__all__ = ["FakeClock", "Snapshot"]

# The first instant of the year 9999: date-times have four digits for it, and time goes on for a while.
_END = 253_370_764_800.0


class FakeClock(VirtualClock):
    """A virtual clock that can be looked at without moving it.

    Raises UsageError for a time that it cannot show.
    """

    def __init__(self, start: float, *, tick: float = 0.0) -> None:
        super().__init__(_shown(start), tick=tick)

    def advance(self, seconds: float) -> None:
        """Move on. Raises UsageError for a negative step."""
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
            raise UsageError(f"time does not run backwards, and moves by seconds, not {seconds!r}")
        self.advance_to(self._now + seconds)

    def advance_to(self, instant: float) -> None:
        """Move on to `instant`, where that is later than now."""
        super().advance_to(_shown(instant))

    @property
    def instant(self) -> float:
        """Seconds since the epoch."""
        return self._now

    @property
    def hand(self) -> "FakeClock":
        """A copy that moves by itself."""
        return FakeClock(self._now, tick=self._tick)


def _shown(instant: float) -> float:
    if isinstance(instant, bool) or not isinstance(instant, int | float) or not 0 <= instant < _END:
        raise UsageError(
            f"a fake's clock cannot show {instant!r}", hint="seconds since the epoch, up to the year 9999"
        )
    return instant


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a fake at one moment; `restore` takes it back."""

    kept: object
    randomness: Any
    clock: FakeClock
