"""A measure: a name, a unit, and how to read its value."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, Protocol

from flowgauge.durations import digits, duration_text
from flowgauge.results import Histogram
from flowgauge.results.measures import Unit

__all__ = [
    "Distribution",
    "Figure",
    "Measure",
    "MeasuredValue",
    "Statistic",
    "Subject",
    "format_value",
    "statistic",
]

Subject = Literal["contract", "server", "generator", "truth"]
"""Whom a measure speaks about.

contract    the server's answers, judged by the suites
server      the server's behaviour under load: worthless where the generator was unfit
generator   the load generator's own health: a broken gate makes the run invalid, not the server slow
truth       invariants under load (nothing lost, nothing doubled): hold whatever the generator's health
"""


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One value: seconds, a ratio 0..1, a count, or a count per second.

    `value` is None where nobody can tell; `note` then says why. `at_least` is what an
    unfinished count had reached already: enough to fail a gate, never enough to pass one.
    """

    value: float | None
    note: str = ""
    at_least: float | None = None

    @classmethod
    def of(cls, value: float | None) -> "MeasuredValue":
        """A reading that takes NaN, the infinities and negative numbers for what they are: no value.

        No measure is ever negative; a damaged file that says so must not look like a fast server.
        """
        if value is None or not 0 <= value < math.inf:
            return cls(None, "it was not measured")
        return cls(float(value))


class Distribution(Protocol):
    """Counts of durations, in seconds. Each figure is None without data."""

    @property
    def count(self) -> int:
        """How many there are."""

    @property
    def mean(self) -> float | None:
        """Their mean."""

    @property
    def minimum(self) -> float | None:
        """The shortest."""

    @property
    def maximum(self) -> float | None:
        """The longest."""

    def percentile(self, percent: float) -> float | None:
        """Seconds at or below which `percent` (0..100) of them lie."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """One figure of a distribution, and the fewest counts that can tell it from its maximum.

    `percent` (0..100) is which percentile it is, None where it is none.
    """

    name: str
    unit: Unit
    fewest: int
    take: Callable[[Distribution], float | None]
    percent: float | None = None

    def of(self, histogram: Distribution | None) -> MeasuredValue:
        """The figure; no value where there are too few counts for it."""
        count = histogram.count if histogram else 0
        if histogram is None or not count:
            return MeasuredValue(None, "nothing was measured")
        if count < self.fewest:
            return MeasuredValue(None, f"{self.name} needs at least {self.fewest} samples, there are {count}")
        return MeasuredValue.of(self.take(histogram))


SIMPLE = {
    "mean": Statistic("mean", Unit.DURATION, 1, lambda h: h.mean),
    "min": Statistic("min", Unit.DURATION, 1, lambda h: h.minimum),
    "max": Statistic("max", Unit.DURATION, 1, lambda h: h.maximum, 100.0),
    "count": Statistic("count", Unit.COUNT, 1, lambda h: float(h.count)),
}
PERCENTILE = re.compile(r"p([0-9]{1,3}(?:\.[0-9]{1,6})?)")


def statistic(name: str) -> Statistic | None:
    """The statistic of that name (p50, p99.9, mean, min, max, count), or None.

    A percentile p of fewer than 1/(1-p) samples is just their maximum, so it asks for that many.
    """
    if name in SIMPLE:
        return SIMPLE[name]
    match = PERCENTILE.fullmatch(name)
    percent = Fraction(match[1]) if match else Fraction(0)
    if not 0 < percent <= 100:
        return None
    fewest = 1 if percent == 100 else math.ceil(100 / (100 - percent))
    return Statistic(name, Unit.DURATION, fewest, lambda h: h.percentile(float(percent)), float(percent))


@dataclass(frozen=True, slots=True)
class Figure:
    """A statistic of the histogram of that name."""

    histogram: str
    statistic: Statistic


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that can be compared with a threshold.

    `read` takes what the catalogue's measures are read from. `figure` is given where it is a statistic of a
    run's histogram: such a one can be compared with a baseline. `by_second` where there are values second by
    second, and so windows.
    """

    name: str
    unit: Unit
    subject: Subject
    read: Callable[[Any], MeasuredValue]
    figure: Figure | None = None
    by_second: bool = False

    @property
    def highest(self) -> float:
        """The greatest value it can have."""
        if self.unit is Unit.DURATION:
            return Histogram.highest()
        return 1.0 if self.unit is Unit.RATIO else math.inf


def format_value(value: float | None, unit: Unit) -> str:
    """A value as people write it: 12.3 ms, 1.24 s, 0.05 %, 1,234."""
    if value is None:
        return "no data"
    if unit is Unit.DURATION:
        return duration_text(value)
    if unit is Unit.RATIO:
        return f"{digits(value * 100)} %"
    number = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return f"{number}/s" if unit is Unit.RATE else number
