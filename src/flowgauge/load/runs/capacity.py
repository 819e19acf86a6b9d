"""The search for a server's capacity: the highest rate at which conditions hold, found by steps.

Rates double until one fails, then close in by the geometric mean. One failure may be chance, and so may one
success: a rate fails when it fails twice, and the one that is found has held twice. A rate at which the
generator was unfit says nothing about the server: the search ends there, and the capacity found is a lower
bound.
"""

import math
from collections.abc import Sequence

from flowgauge.results import CapacityStep, capacity_of, failures_of, is_confirmed

__all__ = ["next_rate", "verdict_of"]

_PRECISION = 1.1
_MOST_STEPS = 28
_LOWEST, _HIGHEST = 0.5, 100_000.0


def next_rate(steps: Sequence[CapacityStep], *, start: float) -> float | None:
    """The rate to try next, or None where the search is over."""
    if not steps:
        return start
    if len(steps) >= _MOST_STEPS or not steps[-1].is_valid:
        return None
    last, failures = steps[-1], failures_of(steps)
    if not last.held and failures[last.rate] == 1:
        return last.rate
    held = capacity_of(steps)
    failed = min((rate for rate in failures if failures[rate] > 1 and rate > (held or 0)), default=None)
    if failed is None:
        assert held is not None
        return held * 2 if held * 2 <= _HIGHEST else None
    if held is None:
        return failed / 2 if failed / 2 >= _LOWEST else None
    if failed / held > _PRECISION:
        return float(f"{math.sqrt(held * failed):.3g}")
    return None if is_confirmed(steps, held) else held


def verdict_of(step: CapacityStep) -> str:
    """One word for what a step says."""
    return "invalid" if not step.is_valid else "held" if step.held else "failed"
