"""The search for a server's capacity: the highest rate at which conditions hold, found by steps.

Rates double until one fails, then close in by the geometric mean. One failure may be chance, and so may one
success: a rate fails when it fails twice, and the one that is found has held twice. A rate at which the
generator was unfit says nothing about the server: the search ends there, and the capacity found is a lower
bound.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flowgauge.results import CapacityStep, LoadRun, capacity_of, failures_of, is_confirmed

__all__ = ["Search", "found_of", "next_rate", "verdict_of"]

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
        if held < _HIGHEST:
            return min(held * 2, _HIGHEST)
        return None if is_confirmed(steps, held) else held
    if held is None:
        return failed / 2 if failed / 2 >= _LOWEST else None
    if failed / held > _PRECISION:
        return float(f"{math.sqrt(held * failed):.3g}")
    return None if is_confirmed(steps, held) else held


def verdict_of(step: CapacityStep) -> str:
    """One word for what a step says."""
    return "invalid" if not step.is_valid else "held" if step.held else "failed"


def found_of(steps: Sequence[CapacityStep], *, is_cut: bool) -> str:
    """What a search has found, in words; `is_cut` if it was ended before its own end."""
    found, last = capacity_of(steps), steps[-1]
    if found is None:
        return f"not found: no rate held, down to {min(step.rate for step in steps):g}/s"
    if is_cut:
        return f"at least {found:g}/s: the search was ended at {last.rate:g}/s"
    if not last.is_valid:
        return f"at least {found:g}/s: the generator was the limit"
    if all(rate < found for rate, failures in failures_of(steps).items() if failures > 1):
        return f"at least {found:g}/s: the search goes no higher"
    return f"{found:g}/s" if is_confirmed(steps, found) else f"{found:g}/s, which held once"


@dataclass(slots=True)
class Search:
    """A search that goes on: the steps that ended, and the run of the best of them.

    That is the one at the highest rate that held. Until there is one it is the first step's.
    """

    start: float
    steps: list[CapacityStep] = field(default_factory=list)
    best: LoadRun | None = None
    _held: dict[float, LoadRun] = field(default_factory=dict)

    def next_rate(self) -> float | None:
        """The rate to try next, or None where the search is over."""
        return next_rate(self.steps, start=self.start)

    def take(self, step: CapacityStep, run: LoadRun) -> None:
        """Count a step that ended, and its run."""
        self.steps.append(step)
        if step.held and step.is_valid:
            self._held[step.rate] = run
        # What held once may have failed twice since.
        found = capacity_of(self.steps)
        self.best = (self.best or run) if found is None else self._held[found]

    def result(self) -> LoadRun:
        """The best run, with all the steps. Where no rate held it is no result, and none for a gate."""
        assert self.best is not None
        invalid = self.best.invalid
        if capacity_of(self.steps) is None:
            invalid += ("no rate held: this is the first step's run, and no result of the search",)
        return replace(self.best, invalid=invalid, capacity_steps=tuple(self.steps))

    def cut_after(self, how: str, run: LoadRun) -> LoadRun:
        """What there is if the search ends after `run`, the last step's; `how` says in which way."""
        assert self.best is not None
        return _cut(self.best, self.steps, f"the search was {how} after its step {len(self.steps)}", run)

    def cut_in(self, how: str, run: LoadRun, step: CapacityStep) -> LoadRun:
        """What there is if the search ends in the middle of a step, which proves nothing then."""
        where = f"its step {len(self.steps) + 1}, {step.duration:.1f} s after it began {step.rate:g}/s"
        return _cut(self.best or run, [*self.steps, step], f"the search was {how} in {where}", run)


def _cut(best: LoadRun, steps: Sequence[CapacityStep], sentence: str, last: LoadRun) -> LoadRun:
    return replace(
        best,
        interrupted=True,
        invalid=(*best.invalid, sentence),
        stopped_because=last.stopped_because,
        capacity_steps=tuple(steps),
    )
