"""How much a clock may be off, and how late an answer may come, before it is a finding."""

from dataclasses import dataclass

__all__ = ["FOREIGN", "SAME_HOST", "VIRTUAL", "Tolerances"]


@dataclass(frozen=True, slots=True)
class Tolerances:
    """All in seconds.

    `clock` is the difference between the server's clock and ours; `lateness` how long after a stage's end
    its status may still be missing; `early` how much sooner a delay may end.
    """

    clock: float
    lateness: float
    early: float


# The virtual clock moves 0.1 ms a reading; times are written in microseconds.
VIRTUAL = Tolerances(clock=0.01, lateness=0.01, early=0.00001)
# One machine, one clock, but a busy one.
SAME_HOST = Tolerances(clock=1.0, lateness=2.0, early=0.005)
FOREIGN = Tolerances(clock=120.0, lateness=5.0, early=0.05)
