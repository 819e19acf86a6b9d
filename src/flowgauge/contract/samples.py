"""How long the answers of each operation took, from every exchange that the suites made, and which tails stand out.

No document promises a time. What is held against a server here is a limit of our own: how many of the answers
to like requests may be much slower than the middle one.
"""

import statistics
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from flowgauge.results import Exchange

__all__ = ["Limit", "Samples", "Tail", "limits"]

# A slow answer takes so many times as long as the middle one.
SLOW_FACTOR = 10.0
# So many stalls, each at a moment of its own, before anybody is asked again.
_FEWEST = 3
# Answers that end within so many seconds of each other waited for the same thing.
_TOGETHER = 0.1
_KEPT = 3

# An operation, and the order of magnitude of what was sent and shown.
Alike = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most this `share` of the answers may take longer than `seconds` and ten times the median."""

    seconds: float
    share: float

    def budget(self, elapsed: Sequence[float]) -> float:
        """How long an answer among these may take."""
        return max(self.seconds, SLOW_FACTOR * statistics.median(elapsed))


def limits(seconds: float) -> tuple[Limit, ...]:
    """What is asked of every operation: few answers that long, and not many of a quarter of that."""
    return Limit(seconds / 4, 0.1), Limit(seconds, 0.01)


@dataclass(frozen=True, slots=True)
class Tail:
    """Of `count` answers `slow` took longer than `budget`, which is more than `limit` allows."""

    operation: str
    limit: Limit
    budget: float
    slow: int
    count: int
    shown: tuple[Exchange, ...]


@dataclass(slots=True)
class _Kept:
    """The times of like answers, each with the moment of its end, and the slowest exchanges."""

    elapsed: "array[float]" = field(default_factory=lambda: array("d"))
    ended: "array[float]" = field(default_factory=lambda: array("d"))
    slowest: list[Exchange] = field(default_factory=list)

    def add(self, elapsed: "array[float]", ended: "array[float]", slowest: Sequence[Exchange]) -> None:
        self.elapsed.extend(elapsed)
        self.ended.extend(ended)
        self.slowest = sorted([*self.slowest, *slowest], key=lambda e: -e.elapsed)[:_KEPT]


class Samples:
    """The times of one run. Only successes without a query are alike enough to be compared."""

    def __init__(self) -> None:
        self._kept: defaultdict[Alike, _Kept] = defaultdict(_Kept)

    def add(self, exchange: Exchange) -> None:
        """Take an exchange that was judged, if its time says anything."""
        response, request = exchange.response, exchange.request
        if response is None or exchange.operation is None or "?" in request.target:
            return
        if 200 <= response.status < 300:
            size = (len(request.body or b"") + len(response.body)).bit_length() // 4
            kept = self._kept[exchange.operation, size]
            is_slow = len(kept.slowest) < _KEPT or exchange.elapsed > kept.slowest[-1].elapsed
            kept.add(
                array("d", (exchange.elapsed,)),
                array("d", (exchange.received_at,)),
                (exchange,) if is_slow else (),
            )

    def merge(self, other: "Samples") -> None:
        """Take what another process has seen of the same target."""
        for alike, kept in other._kept.items():
            self._kept[alike].add(kept.elapsed, kept.ended, kept.slowest)

    def count(self, operation: str) -> int:
        """How many answers of an operation there are."""
        return sum(len(kept.elapsed) for (name, _), kept in self._kept.items() if name == operation)

    def tails(self, operation: str, asked: Sequence[Limit]) -> Iterator[Tail]:
        """What breaks a limit, and not by a single stall, however many answers that held up."""
        for (name, _), kept in self._kept.items():
            for limit in asked if name == operation else ():
                budget = limit.budget(kept.elapsed)
                slow = [e for t, e in zip(kept.elapsed, kept.ended, strict=True) if t > budget]
                count = len(kept.elapsed)
                if stalls(slow) >= max(_FEWEST, limit.share * count):
                    yield Tail(name, limit, budget, len(slow), count, tuple(kept.slowest))


def stalls(ended: Sequence[float]) -> int:
    """At how many moments of their own these ended."""
    moments = sorted(ended)
    return sum(1 for n, at in enumerate(moments) if n == 0 or at - moments[n - 1] > _TOGETHER)
