"""Whether the generator itself may have made a tail: its lateness, judged where a gate looks.

A generator that is held up for half a second sends late what was due meanwhile, and reads late what was
answered meanwhile. A run of minutes is none the worse for it, but its p99.9, its maximum and a window of
seconds are made of nothing else. So what stands beyond a limit is set against the schedule lag of the same
second and those beside it: of the requests that took `x` longer than they may, as many are the generator's
as it was late by more than `x`. What a generator that was held up for long had to send comes as a burst, and
the queue behind a burst is of its making too: nothing of such a second says how the server answers its usual
load. Only what is left then is held against the server.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from itertools import accumulate

from flowgauge.results import Histogram, LoadRun
from flowgauge.results.histogram import rank_of
from flowgauge.results.measures import RUN_SERVER_TIME, SCHEDULE_LAG

__all__ = ["Lateness"]

# So many durations beyond a limit are looked at; more would change little.
_STEPS = 128
# A second is a burst's where more than this share of what was sent was late by more than the limit, and by
# more than so many seconds: what is late by less makes no queue.
_BURST, _HELD_UP = 0.1, 0.1


class _Tail:
    """Durations in seconds, asked how many lie beyond one."""

    def __init__(self, histograms: Iterable[Histogram]) -> None:
        counts: dict[float, int] = defaultdict(int)
        for histogram in histograms:
            for seconds, count in histogram.buckets():
                counts[seconds] += count
        self._values = sorted(counts)
        self._rising = list(accumulate(counts[value] for value in self._values))
        self.count = self._rising[-1] if self._rising else 0

    def values(self, seconds: float) -> list[float]:
        return self._values[bisect_right(self._values, seconds) :]

    def beyond(self, seconds: float) -> int:
        at = bisect_right(self._values, seconds)
        return self.count - (self._rising[at - 1] if at else 0)


class Lateness:
    """A run's lateness beside one of its measures; a second is read once, and only if it is asked about."""

    def __init__(self, run: LoadRun, measure: str) -> None:
        self._measured: dict[int, list[Histogram]] = defaultdict(list)
        self._late: dict[int, list[Histogram]] = defaultdict(list)
        # Where each ends: that of a generator which was held up is a long one, and the next begins late.
        self._until: dict[int, int] = {}
        for piece in run.slices:
            until = max(round(piece.start + piece.length), piece.second + 1)
            if piece.measure == measure:
                self._measured[piece.second].append(piece.histogram)
                self._until[piece.second] = max(until, self._until.get(piece.second, 0))
            if piece.measure == SCHEDULE_LAG:
                for second in range(piece.second, until):
                    self._late[second].append(piece.histogram)
        self._is_reachable = measure not in {RUN_SERVER_TIME, SCHEDULE_LAG}
        self._tails: dict[int, _Tail] = {}
        self._lags: dict[int, _Tail] = {}

    def explains(self, percent: float | None, limit: float, *, seconds: range | None = None) -> bool:
        """Whether a percentile above `limit` would not be, without what the generator's lateness may explain.

        Over some `seconds` of the run, or all of it. False for what no lateness reaches: what is no
        percentile, and durations by the server's own clock.
        """
        if percent is None or not self._is_reachable:
            return False
        tails = {n: self._tail(n) for n in self._measured if seconds is None or n in seconds}
        total = sum(tail.count for tail in tails.values())
        beyond = {second: tail for second, tail in tails.items() if tail.values(limit)}
        if not beyond:
            return False
        beyond = {second: tail for second, tail in beyond.items() if not self._had_burst(second, limit)}
        allowed = total - rank_of(percent, total)
        # Only where a request was met does the number of those beyond change: just before is where to look.
        met = sorted({value for tail in beyond.values() for value in tail.values(limit)})
        steps = [met[-1 - len(met) * step // _STEPS] for step in range(_STEPS)] if len(met) > _STEPS else met
        return all(
            sum(max(t.beyond(limit + x) - self._late_by(x, n), 0) for n, t in beyond.items()) <= allowed
            for x in ((value - limit) * (1 - 1e-9) for value in steps)
        )

    def _tail(self, second: int) -> _Tail:
        if second not in self._tails:
            self._tails[second] = _Tail(self._measured[second])
        return self._tails[second]

    def _had_burst(self, second: int, limit: float) -> bool:
        beyond = max(limit, _HELD_UP)
        return any(lag.beyond(beyond) > _BURST * lag.count for lag in self._lags_beside(second))

    def _late_by(self, x: float, second: int) -> int:
        """How often the generator was late by more than `x` in the second, or in one beside it.

        Held up at the end of one, it may count in the next what came of it, but not the same in both.
        """
        return max(lag.beyond(x) for lag in self._lags_beside(second))

    def _lags_beside(self, second: int) -> list[_Tail]:
        return [self._lag(number) for number in range(second - 1, self._until[second] + 1)]

    def _lag(self, second: int) -> _Tail:
        if second not in self._lags:
            self._lags[second] = _Tail(self._late.get(second, ()))
        return self._lags[second]
