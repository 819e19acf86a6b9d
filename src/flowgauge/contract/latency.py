"""Slow tails: an operation that mostly answers at once and now and then does not."""

import statistics

from flowgauge.contract.probe import Probe
from flowgauge.results import Exchange

__all__ = ["SLOW_FACTOR", "SLOW_SECONDS", "check_tail"]

# An answer is slow if it takes this many times the median, and at least that many seconds.
SLOW_FACTOR = 10.0
SLOW_SECONDS = 0.25
ROUNDS = 3


def check_tail(probe: Probe, operation_id: str, repeats: int, **ids: str) -> None:
    """Call an operation `repeats` times in each round; a finding only if every round has slow answers.

    A busy machine stalls now and then; a server that is slow by rule is slow in each round.
    """
    slowest: list[Exchange] = []
    for _ in range(ROUNDS):
        exchanges = [probe.call(operation_id, **ids) for _ in range(repeats)]
        times = sorted(exchange.elapsed for exchange in exchanges)
        budget = max(SLOW_SECONDS, SLOW_FACTOR * statistics.median(times))
        slow = [exchange for exchange in exchanges if exchange.elapsed > budget]
        if not slow:
            probe.found("FG-801", None, exchanges[-1])
            return
        slowest.append(max(slow, key=lambda exchange: exchange.elapsed))
    worst = max(slowest, key=lambda exchange: exchange.elapsed)
    detail = f"some of {repeats} calls take up to {worst.elapsed:.2f} s, the budget is {SLOW_SECONDS:.2f} s"
    probe.found("FG-801", detail, worst)
