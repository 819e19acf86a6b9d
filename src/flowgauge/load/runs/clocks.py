"""How far the clocks of another process are from ours: hosts agree on no clock.

Who is asked for the time answers somewhere between the question and its answer's arrival. Half way is taken
for it: that is wrong by half of the round trip at most, and the quickest of a few answers is kept.
"""

from dataclasses import dataclass

__all__ = ["ClockDistance"]

_QUESTIONS = 3
# Where clocks are set over the network they agree within milliseconds.
_FAR = 2.0


@dataclass(slots=True)
class ClockDistance:
    """Seconds by which the other's monotonic clock, and its wall clock, are ahead of ours."""

    answers: int = 0
    round_trip: float = float("inf")
    monotonic: float = 0.0
    wall: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether enough was asked."""
        return self.answers >= _QUESTIONS

    @property
    def is_far(self) -> bool:
        """Whether somebody forgot to set one of the two wall clocks."""
        return abs(self.wall) > _FAR

    def learn(self, *, asked: float, heard: float, wall: float, told: tuple[float, float]) -> None:
        """Take an answer: `told` are their monotonic and wall clock, the others ours, `wall` when heard."""
        self.answers += 1
        round_trip = heard - asked
        if round_trip < self.round_trip:
            self.round_trip = round_trip
            self.monotonic = told[0] - (heard - round_trip / 2)
            self.wall = told[1] - (wall - round_trip / 2)
