"""The search for a server's capacity: the highest rate at which conditions hold, found by steps.

Rates double until one fails, then close in by the geometric mean. One failure may be chance, so a rate
fails when it fails twice. A rate at which the generator was unfit says nothing about the server: the search
ends there, and the capacity found is a lower bound.
"""

import math
from collections.abc import Sequence

from flowgauge.results import CapacityStep

__all__ = ["capacity_of", "next_rate", "verdict_of"]

_PRECISION = 1.1
_MOST_STEPS = 24
_LOWEST, _HIGHEST = 0.5, 100_000.0


def next_rate(steps: Sequence[CapacityStep], *, start: float) -> float | None:
    """The rate to try next, or None where the search is over."""
    if not steps:
        return start
    if len(steps) >= _MOST_STEPS or not steps[-1].is_valid:
        return None
    last = steps[-1]
    if not last.held and sum(step.rate == last.rate for step in steps) == 1:
        return last.rate
    held = max((step.rate for step in steps if step.held), default=None)
    failed = min((step.rate for step in steps if not step.held and step.rate > (held or 0)), default=None)
    if failed is None:
        assert held is not None
        return held * 2 if held * 2 <= _HIGHEST else None
    if held is None:
        return failed / 2 if failed / 2 >= _LOWEST else None
    return None if failed / held <= _PRECISION else float(f"{math.sqrt(held * failed):.3g}")


def capacity_of(steps: Sequence[CapacityStep]) -> float | None:
    """The highest rate that held, or None where none did."""
    return max((step.rate for step in steps if step.held and step.is_valid), default=None)


def verdict_of(step: CapacityStep) -> str:
    """One word for what a step says."""
    return "invalid" if not step.is_valid else "held" if step.held else "failed"
