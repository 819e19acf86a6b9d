"""Arrival plans: when journeys begin, as pure functions of the time elapsed.

A plan is a row of parts, each with a rate that is constant or changes linearly. Arrivals of a steady
part stand exactly where the integral of the rate passes a whole number; those of a Poisson part where it
passes a sum of unit exponentials drawn from the plan's seed. Every worker derives the same arrivals and
takes each n-th: they are split without overlap, and none is lost between two workers.
"""

import math
import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, islice, takewhile

__all__ = ["Part", "Plan"]

# A whole number that a float sum has just missed from above still counts.
_ROUNDING = 1e-7


@dataclass(frozen=True, slots=True)
class Part:
    """From `start_rate` to `end_rate` (arrivals per second) in `duration` seconds.

    `duration` may be infinite where the rate is constant: until the run ends.
    """

    start_rate: float
    end_rate: float
    duration: float
    poisson: bool = False

    @property
    def arrivals(self) -> float:
        """The integral of the rate over the part."""
        mean = (self.start_rate + self.end_rate) / 2
        return mean * self.duration if mean else 0.0

    def reached(self, amount: float) -> float:
        """Seconds into the part at which the integral of the rate reaches `amount`."""
        if self.start_rate == self.end_rate:
            return amount / self.start_rate
        if amount <= 0:
            return 0.0
        slope = (self.end_rate - self.start_rate) / self.duration
        # The stable form of the quadratic's root: no difference of two nearly equal numbers.
        root = math.sqrt(max(self.start_rate**2 + 2 * slope * amount, 0.0))
        return min(2 * amount / (self.start_rate + root), self.duration)

    def cut(self, duration: float) -> "Part":
        """The first `duration` seconds of the part."""
        end_rate = self.end_rate
        if self.start_rate != end_rate:
            end_rate = self.start_rate + (end_rate - self.start_rate) * duration / self.duration
        return replace(self, end_rate=end_rate, duration=duration)


@dataclass(frozen=True, slots=True)
class Plan:
    """A row of parts. `text` is what the plan was read from; `closed` journeys at a time make a closed loop.

    A closed plan has no arrivals of its own: each of its journeys begins when one before it ends.
    """

    text: str
    parts: tuple[Part, ...]
    seed: int = 1
    closed: int = 0

    @property
    def duration(self) -> float:
        """Seconds from the first part's start to the last one's end; infinite for an open end."""
        return sum(part.duration for part in self.parts)

    def cut(self, duration: float) -> "Plan":
        """The plan's first `duration` seconds."""
        parts, left = [], duration
        for part in self.parts:
            if left <= 0:
                break
            parts.append(part if part.duration <= left else part.cut(left))
            left -= part.duration
        return replace(self, parts=tuple(parts))

    def arrivals(self, *, index: int = 0, of: int = 1) -> Iterator[float]:
        """Due times in seconds from the plan's start of every `of`-th arrival from `index` on."""
        begins, carried, number = 0.0, 0.0, 0
        rng = random.Random(self.seed)
        for part in self.parts:
            if self.closed:
                return
            if part.poisson:
                for due in _poisson(part, rng):
                    if number % of == index:
                        yield begins + due
                    number += 1
                carried = 0.0
            else:
                skipped = (index - number) % of
                for due in islice(_even(part, carried), skipped, None, of):
                    yield begins + due
                ends = carried + part.arrivals
                number += _whole(ends) - _whole(carried) if math.isfinite(ends) else 0
                carried = ends
            begins += part.duration

    def planned(self, *, since: float = 0.0, until: float = math.inf, index: int = 0, of: int = 1) -> int:
        """How many arrivals are due from `since` on and before `until` (seconds)."""
        if any(part.poisson for part in self.parts):
            dues = takewhile(lambda due: due < until, self.arrivals(index=index, of=of))
            return sum(due >= since for due in dues)
        # Numbers below n whose remainder is `index`.
        ours = [(n - index + of - 1) // of for n in (self._due_before(since), self._due_before(until))]
        return max(ours[1] - ours[0], 0)

    def _due_before(self, moment: float) -> int:
        """How many even arrivals are due before a moment: found, not counted, since there may be millions."""
        begins, carried, number = 0.0, 0.0, 0
        for part in () if self.closed else self.parts:
            first, ends = _whole(carried), carried + part.arrivals
            if begins + part.duration <= moment and math.isfinite(ends):
                there = _whole(ends)
            else:
                last = (
                    _whole(ends) if math.isfinite(ends) else first + math.ceil(part.start_rate * moment) + 1
                )
                due = partial(_due_at, part, begins, carried)
                there = first + bisect_left(range(first, last), moment, key=due)
            number += there - first
            carried = ends
            begins += part.duration
            if begins > moment:
                break
        return number


def _due_at(part: Part, begins: float, carried: float, number: int) -> float:
    return begins + part.reached(number - carried)


def _whole(amount: float) -> int:
    """How many whole numbers from 0 on lie below `amount`."""
    return math.ceil(amount - _ROUNDING)


def _even(part: Part, carried: float) -> Iterator[float]:
    first = _whole(carried)
    ends = carried + part.arrivals
    numbers = range(first, _whole(ends)) if math.isfinite(ends) else count(first)
    return (part.reached(number - carried) for number in numbers)


def _poisson(part: Part, rng: random.Random) -> Iterator[float]:
    passed = rng.expovariate(1.0)
    while passed < part.arrivals:
        yield part.reached(passed)
        passed += rng.expovariate(1.0)
