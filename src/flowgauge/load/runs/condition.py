"""Conditions on what a run measures while it goes on: when to stop it, and what a rate must hold.

    conditions = condition { ";" condition }
    condition  = measure comparison value [ "for" duration ]       run.p99 > 2s for 10s
    measure    = [ operation "." ] statistic | duration "." statistic
    statistic  = "p" number                                        a percentile of the latency
               | "errors"                                          share of the requests that failed
               | "rate"                                            requests per second
    comparison = "<" | "<=" | ">" | ">="
    value      = duration | number "%" | number [ "/s" ]

Without an operation a statistic is that of all operations together. `run_to_terminal.p95` and
`schedule_lag.p99` are durations of their own. A condition `for 10s` is met when it was met in each of ten
seconds in a row, as Yandex Tank's autostop has it; a second without data does not meet it.
"""

import operator
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flowgauge.errors import UsageError
from flowgauge.load.engine.buckets import Counts, add_counts, percentile_of
from flowgauge.load.engine.tally import FLOOR, LAG, SERVER_TIME, TERMINAL, Interval
from flowgauge.load.journeys.journeys import OPERATIONS
from flowgauge.load.plans.plan_text import parsed_duration

__all__ = ["Condition", "merged", "parsed_conditions"]

_DURATIONS = (TERMINAL, FLOOR, SERVER_TIME, LAG)
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_FORM = re.compile(
    r"\s*(?:(?P<subject>[a-z_]+)\.)?(?P<statistic>p\d+(?:\.\d+)?|errors|rate)\s*(?P<comparison><=|>=|<|>)\s*"
    r"(?P<value>\d[\w.%/]*)(?:\s+for\s+(?P<window>\w+))?\s*",
    re.IGNORECASE,
)
_HINT = 'write it as "p99 > 2s for 10s" or "run.errors > 5% for 5s"; join several with ";"'


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. `threshold` is in seconds, a ratio or requests a second; `window` whole seconds."""

    text: str
    subject: str
    statistic: str
    comparison: str
    threshold: float
    window: int

    def value(self, interval: Interval) -> float | None:
        """The measure over an interval, or None without data."""
        if self.statistic.startswith("p"):
            return percentile_of(self._counts(interval), float(self.statistic[1:]))
        names = [self.subject] if self.subject else list(OPERATIONS)
        requests = sum(interval.figures.get(f"{name}.requests", 0) for name in names)
        if self.statistic == "rate":
            return requests / interval.length if interval.length else None
        failed = sum(sum(interval.errors.get(name, {}).values()) for name in names)
        return failed / requests if requests else None

    def is_met(self, interval: Interval) -> bool:
        """Whether the interval as a whole meets the condition; without data it does not."""
        value = self.value(interval)
        return value is not None and _COMPARISONS[self.comparison](value, self.threshold)

    def is_met_by_each(self, intervals: Sequence[Interval]) -> bool:
        """Whether each of the last `window` seconds meets it."""
        last = intervals[-self.window :]
        return len(last) == self.window and all(self.is_met(interval) for interval in last)

    def _counts(self, interval: Interval) -> Counts:
        counts: Counts = defaultdict(int)
        if self.subject in _DURATIONS:
            names = [self.subject]
        else:
            names = [f"{name}.latency" for name in ([self.subject] if self.subject else OPERATIONS)]
        for name in names:
            add_counts(counts, interval.counts.get(name, {}))
        return counts


def parsed_conditions(text: str) -> tuple[Condition, ...]:
    """The conditions in `text`; none in an empty one. Raises UsageError that quotes the faulty one."""
    return tuple(_condition(part) for part in text.split(";") if part.strip())


def merged(intervals: Sequence[Interval]) -> Interval:
    """Several seconds as one interval."""
    whole = Interval(0, intervals[0].start if intervals else 0.0, 0.0)
    for interval in intervals:
        whole.add(interval)
    whole.length = sum(interval.length for interval in intervals)
    return whole


def _condition(text: str) -> Condition:
    match = _FORM.fullmatch(text)
    if not match:
        raise UsageError(f"{text.strip()!r} is not a condition", hint=_HINT)
    subject, statistic = (match["subject"] or "").lower(), match["statistic"].lower()
    if subject and subject not in OPERATIONS and not (subject in _DURATIONS and statistic.startswith("p")):
        known = ", ".join((*OPERATIONS, *_DURATIONS))
        raise UsageError(f"{text.strip()!r}: there is no {subject!r} to measure", hint=f"there are {known}")
    if statistic.startswith("p") and not 0 < float(statistic[1:]) <= 100:
        raise UsageError(f"{text.strip()!r}: a percentile lies above 0 and up to 100", hint=_HINT)
    window = parsed_duration(match["window"]) if match["window"] else 1.0
    if window < 1 or window != int(window):
        raise UsageError(f"{text.strip()!r}: a window is a number of whole seconds", hint=_HINT)
    return Condition(
        text=" ".join(text.split()),
        subject=subject,
        statistic=statistic,
        comparison=match["comparison"],
        threshold=_threshold(statistic, match["value"], text),
        window=int(window),
    )


def _threshold(statistic: str, value: str, text: str) -> float:
    problem = "it is compared with a number"
    try:
        if statistic.startswith("p"):
            if value[-1].isalpha():
                return parsed_duration(value)
            problem = "a duration needs a unit, such as 250ms"
        elif statistic == "errors":
            if value.endswith("%"):
                return float(value[:-1]) / 100
            problem = "a share is given in per cent, such as 5%"
        else:
            return float(value.removesuffix("/s"))
    except UsageError as error:
        problem = error.message
    except ValueError:
        pass
    raise UsageError(f"{text.strip()!r}: {problem}", hint=_HINT)
