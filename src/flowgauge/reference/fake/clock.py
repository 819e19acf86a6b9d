"""The clock of a fake, and what a fake can come back to."""

from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from flowgauge.reference.fake.settings import checked
from flowgauge.reference.world.clock import VirtualClock

__all__ = ["FakeClock", "Snapshot"]

# To the first instant of the year 9999: date-times have four digits for it, and time goes on for a while.
_Instant = Annotated[float, Meta(ge=0, lt=253_370_764_800.0)]
_Step = Annotated[float, Meta(ge=0)]


class FakeClock(VirtualClock):
    """A virtual clock that can be looked at without moving it.

    Raises UsageError for a time that it cannot show.
    """

    def __init__(self, start: float, *, tick: float = 0.0) -> None:
        _check(start)
        super().__init__(start, tick=tick)

    def advance(self, seconds: float) -> None:
        """Move on. Raises UsageError for a negative step."""
        checked(seconds, _Step, "time does not run backwards, and moves by seconds, not")
        self.advance_to(self._now + seconds)

    def advance_to(self, instant: float) -> None:
        """Move on to `instant`, where that is later than now."""
        _check(instant)
        super().advance_to(instant)

    @property
    def instant(self) -> float:
        """Seconds since the epoch."""
        return self._now


def _check(instant: float) -> None:
    hint = "seconds since the epoch, up to the year 9999"
    checked(instant, _Instant, "a fake's clock cannot show", hint=hint)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a fake at one moment; `restore` takes it back."""

    kept: object
    randomness: Any
    clock: FakeClock
