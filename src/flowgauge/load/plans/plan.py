"""Arrival plans: when journeys begin, as pure functions of the time elapsed.

A plan is a row of parts, each with a rate that is constant or changes linearly. Arrivals of a steady
part stand exactly where the integral of the rate passes a whole number; those of a Poisson part where it
passes a sum of unit exponentials drawn from the plan's seed. Every worker derives the same arrivals and
takes each n-th: they are split without overlap, and none is lost between two workers.
"""

import math
import random
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, count, islice, takewhile

__all__ = ["Part", "Plan"]

# A whole number that a float sum has just missed from above still counts.
_ROUNDING = 1e-7
# So many random arrivals are counted between two rests: a few milliseconds.
_AT_A_TIME = 10_000


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
        first, last = self.due_before(since), self.due_before(until)
        return len(range(first + (index - first) % of, last, of))

    def due_before(self, moment: float, rest: Callable[[], object] = lambda: None) -> int:
        """How many arrivals are due before a moment (seconds).

        Even ones are found, not counted, since there may be millions. Random ones have to be drawn: `rest` is
        called now and then, so that others have their turn.
        """
        begins, carried, number = 0.0, 0.0, 0
        rng = random.Random(self.seed)
        for part in () if self.closed else self.parts:
            if begins >= moment:
                break
            until = min(moment - begins, part.duration)
            if part.poisson:
                for many in _drawn(part, until, rng):
                    number += many
                    rest()
                carried = 0.0
            else:
                number += _even_before(part, carried, until)
                carried += part.arrivals
            begins += part.duration
        return number


def _even_before(part: Part, carried: float, moment: float) -> int:
    """How many even arrivals of a part are due before a moment of it."""
    first, ends = _whole(carried), carried + part.arrivals
    if moment >= part.duration and math.isfinite(ends):
        return _whole(ends) - first
    last = _whole(ends) if math.isfinite(ends) else first + math.ceil(part.start_rate * moment) + 1
    due = partial(_due_at, part, carried)
    return bisect_left(range(first, last), moment, key=due)


def _drawn(part: Part, moment: float, rng: random.Random) -> Iterator[int]:
    """How many random arrivals of a part are due before a moment of it, in pieces that add up to them."""
    amount = part.arrivals if moment >= part.duration else part.cut(moment).arrivals
    # The sums of `_poisson` below with the other sign. No step of it is Python's, which takes half the time.
    sums = accumulate(map(math.log, map((1.0).__sub__, iter(rng.random, None))))
    before = takewhile((-amount).__lt__, sums)
    while many := len(tuple(islice(before, _AT_A_TIME))):
        yield many


def _due_at(part: Part, carried: float, number: int) -> float:
    return part.reached(number - carried)


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
