"""What one engine counts, second by second.

The hot path does dictionary increments and nothing else. Once a second the counts are taken as an
`Interval` of plain numbers and strings, which travels as it is from worker to master, merges by addition,
and feeds the run folder, Locust's tables, autostop and the generator's health alike.

Which histogram an answer goes to:

    op.latency, op.service    expected answers, and requests that waited until their timeout: these took at
                              least that long, and leaving them out would make a stalled server look quick
    op.shed                   429 and 503: the time to be turned away
    op.failed                 every other failure: the time to fail
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import TypeVar

from flowgauge.errors import UsageError
from flowgauge.load.engine.buckets import HIGHEST_BUCKET, Counts, DenseCounts, bucket_of
from flowgauge.load.transport.failures import LATE
from flowgauge.results.load_run import SHED_KIND
from flowgauge.results.measures import KINDS, SCHEDULE_LAG

__all__ = ["Interval", "OperationTally", "Tally"]

K = TypeVar("K")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_WORDS = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")


@dataclass(slots=True)
class Interval:
    """One second's counts. `start` and `length` are seconds, `start` from the run's beginning.

    `counts` is measure -> bucket -> count; `figures` are exact counts by name (`create.requests`,
    `create.bytes_in`, `arrivals`, ...); `errors` is short name -> kind -> count. `counters` and
    `distributions` (name -> value -> count) are what journeys count.
    """

    number: int
    start: float
    length: float
    counts: dict[str, MutableMapping[int, int]] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)
    errors: dict[str, dict[str, int]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    distributions: dict[str, dict[int, int]] = field(default_factory=dict)

    def add(self, other: "Interval") -> None:
        """Add another engine's counts of the same second."""
        self.length = max(self.length, other.length)
        _add(self.figures, other.figures)
        _add(self.counters, other.counters)
        for name, counts in other.counts.items():
            mine = self.counts.setdefault(name, {})
            if isinstance(mine, DenseCounts):
                mine.add(counts)
            else:
                _add(mine, counts)
        for name, kinds in other.errors.items():
            _add(self.errors.setdefault(name, {}), kinds)
        for name, seen in other.distributions.items():
            _add(self.distributions.setdefault(name, {}), seen)


def _add(into: MutableMapping[K, int], more: Mapping[K, int]) -> None:
    for key, number in more.items():
        into[key] = into.get(key, 0) + number


class OperationTally:
    """The counts of one operation since they were last taken; it succeeds with any of `successes`."""

    __slots__ = ("bytes_in", "errors", "failed", "latency", "name", "service", "shed", "successes")

    def __init__(self, name: str, successes: frozenset[int]) -> None:
        self.name = name
        self.successes = successes
        self.clear()

    @property
    def requests(self) -> int:
        """Every request is in one of three histograms: there is no need to count it once more."""
        return sum(self.latency.values()) + sum(self.failed.values()) + sum(self.shed.values())

    def clear(self) -> None:
        """Begin anew. The old dictionaries belong to whoever took them."""
        self.latency: Counts = defaultdict(int)
        self.service: Counts = defaultdict(int)
        self.failed: Counts = defaultdict(int)
        self.shed: Counts = defaultdict(int)
        self.errors: dict[str, int] = defaultdict(int)
        self.bytes_in = 0

    def answered(self, due: float, sent: float, now: float, size: int) -> None:
        """Count an expected answer with a body of `size` bytes. Times are seconds on one clock."""
        self.bytes_in += size
        # Written out twice rather than called: this is the engine's hottest line.
        us = int((now - due) * 1e6)
        self.latency[us if 0 < us < 2048 else bucket_of(us)] += 1
        if sent != due:
            us = int((now - sent) * 1e6)
        self.service[us if 0 < us < 2048 else bucket_of(us)] += 1

    def went_wrong(self, kind: str, due: float, sent: float, now: float) -> None:
        """Count a failure of that kind."""
        self.errors[kind] += 1
        late = bucket_of(int((now - due) * 1e6))
        if kind in LATE:
            self.latency[late] += 1
            self.service[bucket_of(int((now - sent) * 1e6))] += 1
        elif kind.startswith(SHED_KIND):
            self.shed[late] += 1
        else:
            self.failed[late] += 1


class _Named(dict[str, K]):
    """By name; a new one begins with what `first` makes, if its name is one."""

    def __init__(self, what: str, name: re.Pattern[str], first: Callable[[], K]) -> None:
        super().__init__()
        self._what, self._name, self._first = what, name, first

    def __missing__(self, name: str) -> K:
        # The generator's own lateness is nobody's to count.
        if not isinstance(name, str) or not self._name.fullmatch(name) or name == SCHEDULE_LAG:
            raise UsageError(
                f"{name!r} is no name for {self._what}",
                hint="a name has small letters, digits and _; a counter may have a family: runs.started",
            )
        value = self[name] = self._first()
        return value


def _counts() -> Counts:
    return defaultdict(int)


class Tally:
    """The counts of all operations, and of what belongs to none of them.

    Journeys count in `counters` (`tally.counters["runs.started"] += 1`) and `distributions` (how often they
    met each whole number), and call `took` for a duration; by these names they stand in gates and reports.
    """

    def __init__(self, operations: Iterable[tuple[str, Iterable[int]]]) -> None:
        self.operations = {name: OperationTally(name, frozenset(each)) for name, each in operations}
        self._clear()

    def _clear(self) -> None:
        self.lag: Counts = defaultdict(int)
        self.durations: dict[str, Counts] = _Named("a duration", _WORD, _counts)
        self.counters: dict[str, int] = _Named("a counter", _WORDS, int)
        self.distributions: dict[str, Counts] = _Named("a distribution", _WORD, _counts)
        self.arrivals = self.dropped = self.retried = 0

    def took(self, measure: str, seconds: float) -> None:
        """Count one duration of a measure that belongs to no operation. Raises UsageError for no name."""
        self.durations[measure][bucket_of(int(seconds * 1e6))] += 1

    def take(self, number: int, start: float, length: float) -> Interval:
        """The counts since the last time, and begin anew."""
        taken = Interval(number, start, length)
        figures = {"arrivals": self.arrivals, "dropped": self.dropped, "retried": self.retried}
        counts: dict[str, dict[int, int]] = {SCHEDULE_LAG: self.lag, **self.durations}
        for name, op in self.operations.items():
            figures |= {f"{name}.requests": op.requests, f"{name}.bytes_in": op.bytes_in}
            counts |= {f"{name}.{kind}": getattr(op, kind) for kind in KINDS}
            if op.errors:
                taken.errors[name] = dict(op.errors)
            op.clear()
        taken.counts = {measure: _clamped(seen) for measure, seen in counts.items() if seen}
        taken.figures = {name: count for name, count in figures.items() if count}
        taken.counters = {name: count for name, count in self.counters.items() if count}
        taken.distributions = {name: dict(seen) for name, seen in self.distributions.items()}
        self._clear()
        return taken


def _clamped(counts: Mapping[int, int]) -> dict[int, int]:
    """`counts` with what lies beyond the last bucket in it: the hot path does not stop to look."""
    clamped = dict(counts)
    for bucket in [bucket for bucket in clamped if bucket > HIGHEST_BUCKET]:
        clamped[HIGHEST_BUCKET] = clamped.get(HIGHEST_BUCKET, 0) + clamped.pop(bucket)
    return clamped
