"""How long answers take: slow tails, starts that block, waits that outlast the run, growth with the store.

A busy machine stalls now and then; a server that is slow by rule is slow each time. So a finding needs all of
several tries to be slow, and the search ends with the first that is not.
"""

import statistics

from flowgauge.contract.probe import Probe
from flowgauge.contract.targets.target import Capability
from flowgauge.openapi.v0_shim import operations
from flowgauge.results import Exchange

__all__ = ["SLOW_FACTOR", "SLOW_SECONDS", "check_growth", "check_tail", "check_waiting", "fastest_answers"]

# An answer is slow if it takes this many times the median, and at least that many seconds.
SLOW_FACTOR = 10.0
SLOW_SECONDS = 0.25
ROUNDS = 3
# A run that takes this long (seconds), started with and without waiting for it, at most so many times.
_STAGES_TAKE = 0.4
_TRIES = 5
# More than this over the time of a start that has nothing to wait for is the waiting's own doing; a server
# elsewhere may look for a run's end as rarely as once a second.
_LATE, _LATE_ELSEWHERE = 0.15, 1.2
# An operation has slowed down if the fastest of a few answers takes this many times as long as it did, and at
# least that much longer (seconds).
_GROWN_FACTOR, _GROWN_SECONDS = 5.0, 0.15


def check_tail(probe: Probe, operation_id: str, repeats: int, **ids: str) -> None:
    """Call an operation `repeats` times in each round; a finding only if every round has slow answers."""
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


def check_waiting(probe: Probe) -> None:
    """A start without `wait` does not last as long as the stages, and one with it hardly longer."""
    stages = [{"delay": {"duration": f"{_STAGES_TAKE * 1e3:g}ms"}}]
    flow = probe.answered("createWorkflow", body={"stages": stages})
    idle = probe.answered("createWorkflow", body={"stages": []})
    if not flow or not idle:
        return
    starts = [probe.call("runWorkflow", flowId=idle["id"]).elapsed for _ in range(_TRIES)]
    late = _LATE if probe.can(Capability.EXCLUSIVE) else _LATE_ELSEWHERE
    for query, finding, allowed in (
        ("", "FG-402", _LATE),
        ("wait=false", "FG-402", _LATE),
        ("wait=true", "FG-412", _STAGES_TAKE + late),
    ):
        _check_fastest(probe, finding, min(starts) + allowed, query, flow["id"])


def _check_fastest(probe: Probe, finding: str, budget: float, query: str, flow_id: str) -> None:
    fastest: Exchange | None = None
    for _ in range(_TRIES):
        exchange = probe.call("runWorkflow", query=query, flowId=flow_id)
        if probe.last_defects:
            return
        if fastest is None or exchange.elapsed < fastest.elapsed:
            fastest = exchange
        if exchange.elapsed <= budget:
            probe.found(finding, None, exchange)
            return
    assert fastest is not None
    detail = (
        f"the fastest of {_TRIES} starts took {fastest.elapsed:.2f} s, its stages take {_STAGES_TAKE:g} s"
    )
    probe.found(finding, detail, fastest)


def fastest_answers(probe: Probe, ids: dict[str, str]) -> dict[str, Exchange]:
    """The fastest of a few answers of each operation for which there are ids, by operation."""
    return {
        op.id: min(
            (probe.call(op.id, **{name: ids[name] for name in op.path_parameters}) for _ in range(_TRIES)),
            key=lambda exchange: exchange.elapsed,
        )
        for op in operations()
        if set(op.path_parameters) <= set(ids)
    }


def check_growth(probe: Probe, early: dict[str, Exchange], late: dict[str, Exchange]) -> None:
    """No operation takes much longer when the store is full (`late`) than it took before (`early`)."""
    for operation_id in [name for name in early if name in late]:
        before, after = early[operation_id].elapsed, late[operation_id].elapsed
        has_grown = after > _GROWN_FACTOR * before and after > before + _GROWN_SECONDS
        detail = (
            f"the fastest of {_TRIES} answers took {before:.3f} s, and {after:.3f} s when much was stored"
        )
        probe.found("FG-802", detail if has_grown else None, late[operation_id], early[operation_id])
