"""How long answers take: slow tails, and growth with what is stored.

A busy machine stalls now and then; a server that is slow by rule is slow each time. So a finding needs all of
several tries to be slow, and the search ends with the first that is not.
"""

import statistics
from collections.abc import Mapping

from flowgauge.contract.probe import Probe
from flowgauge.results import Exchange, Request

__all__ = ["SLOW_FACTOR", "SLOW_SECONDS", "check_growth", "check_tail", "fastest_answers"]

# An answer is slow if it takes this many times the median, and at least that many seconds.
SLOW_FACTOR = 10.0
SLOW_SECONDS = 0.25
ROUNDS = 3
_TRIES = 5
# An operation has slowed down if the fastest of a few answers takes this many times as long as it did, and at
# least that much longer (seconds).
_GROWN_FACTOR, _GROWN_SECONDS = 5.0, 0.15


def check_tail(probe: Probe, request: Request, repeats: int) -> None:
    """Send a request `repeats` times in each round; a finding only if every round has slow answers."""
    slowest: list[Exchange] = []
    for _ in range(ROUNDS):
        exchanges = [probe.send(request) for _ in range(repeats)]
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


def fastest_answers(probe: Probe, ids: Mapping[str, str]) -> dict[str, Exchange]:
    """The fastest of a few answers of each operation for which there are ids, by operation."""
    fastest = {}
    for request in probe.part.ordinary_requests(ids):
        exchanges = [probe.send(request) for _ in range(_TRIES)]
        exchange = min(exchanges, key=lambda exchange: exchange.elapsed)
        if exchange.operation is not None:
            fastest[exchange.operation] = exchange
    return fastest


def check_growth(probe: Probe, early: dict[str, Exchange], late: dict[str, Exchange]) -> None:
    """No operation takes much longer when the store is full (`late`) than it took before (`early`)."""
    for operation_id in [name for name in early if name in late]:
        before, after = early[operation_id].elapsed, late[operation_id].elapsed
        has_grown = after > _GROWN_FACTOR * before and after > before + _GROWN_SECONDS
        detail = (
            f"the fastest of {_TRIES} answers took {before:.3f} s, and {after:.3f} s when much was stored"
        )
        probe.found("FG-802", detail if has_grown else None, late[operation_id], early[operation_id])
