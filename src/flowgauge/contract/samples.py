"""How long the answers of each operation took, from every exchange of a run, and which tails stand out.

No document promises a time. What is held against a server here is a limit of our own: how many of the answers
to like requests may be much slower than the middle one.
"""

import statistics
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from flowgauge.results import Exchange

__all__ = ["Limit", "Samples", "Tail", "Times", "limits", "stalls"]

# A slow answer takes so many times as long as the middle one.
SLOW_FACTOR = 10.0
# So many stalls, each at a moment of its own, before anybody is asked again.
_FEWEST = 3
# Answers that end within so many seconds of each other waited for the same thing.
_TOGETHER = 0.1

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

    limit: Limit
    budget: float
    slow: int
    count: int


@dataclass(slots=True)
class Times:
    """How long like answers took, and when each ended."""

    elapsed: "array[float]" = field(default_factory=lambda: array("d"))
    ended: "array[float]" = field(default_factory=lambda: array("d"))


class Samples:
    """The times of one run. Only successes without a query are alike enough to be compared."""

    def __init__(self) -> None:
        self.times: defaultdict[Alike, Times] = defaultdict(Times)

    def add(self, exchange: Exchange) -> None:
        """Take an exchange that was judged, if its time says anything."""
        response, request = exchange.response, exchange.request
        if response is None or exchange.operation is None or "?" in request.target:
            return
        if 200 <= response.status < 300:
            size = (len(request.body or b"") + len(response.body)).bit_length() // 4
            times = self.times[exchange.operation, size]
            times.elapsed.append(exchange.elapsed)
            times.ended.append(exchange.received_at)

    def merge(self, other: "Samples") -> None:
        """Take what another process has seen of the same target."""
        for alike, times in other.times.items():
            self.times[alike].elapsed.extend(times.elapsed)
            self.times[alike].ended.extend(times.ended)

    def count(self, operation: str) -> int:
        """How many answers of an operation there are."""
        return sum(len(times.ended) for (name, _), times in self.times.items() if name == operation)

    def tails(self, operation: str, asked: Sequence[Limit]) -> Iterator[Tail]:
        """What breaks a limit, and not by a single stall, however many answers that held up."""
        for (name, _), times in self.times.items():
            for limit in asked if name == operation else ():
                budget, count = limit.budget(times.elapsed), len(times.elapsed)
                slow = [at for took, at in zip(times.elapsed, times.ended, strict=True) if took > budget]
                if stalls(slow) >= max(_FEWEST, limit.share * count):
                    yield Tail(limit, budget, len(slow), count)


def stalls(ended: Sequence[float]) -> int:
    """At how many moments of their own these ended."""
    moments = sorted(ended)
    return sum(1 for n, at in enumerate(moments) if n == 0 or at - moments[n - 1] > _TOGETHER)
