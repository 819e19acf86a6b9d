"""Starts that block, and waits that outlast the instance.

A busy machine stalls now and then; a server that is slow by rule is slow each time. So a finding needs all of
several tries to be slow, and the search ends with the first that is not.
"""

from flowgauge.contract.judging.knowledge import Record
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import payload
from flowgauge.contract.target import Capability
from flowgauge.results import Exchange

__all__ = ["check_waiting"]

# An instance that takes this long (seconds), started with and without waiting for it, so many times at most.
_STAGES_TAKE = 0.4
_TRIES = 5
# More than this over the time of a start that has nothing to wait for is the waiting's own doing; a server
# elsewhere may look for the end as rarely as once a second.
_LATE, _LATE_ELSEWHERE = 0.15, 1.2


def check_waiting(probe: Probe) -> None:
    """A start without `wait` does not last as long as the stages, and one with it hardly longer."""
    if not probe.knowledge.can("delay"):
        return
    workflow = probe.made("workflow", body={"stages": [{"delay": {"duration": f"{_STAGES_TAKE * 1e3:g}ms"}}]})
    idle = probe.made("workflow", body={"stages": []})
    if workflow is None or idle is None:
        return
    starts = [probe.call("v2RunWorkflow", idle.ids).elapsed for _ in range(_TRIES)]
    late = _LATE if probe.can(Capability.EXCLUSIVE) else _LATE_ELSEWHERE
    for query, finding, allowed in (
        ("", "FG-402", _LATE),
        ("wait=false", "FG-402", _LATE),
        ("wait=true", "FG-412", late + _STAGES_TAKE),
    ):
        _check_fastest(probe, finding, min(starts) + allowed, query, workflow)


def _check_fastest(probe: Probe, finding: str, budget: float, query: str, workflow: Record) -> None:
    fastest: Exchange | None = None
    for _ in range(_TRIES):
        exchange = probe.call("v2RunWorkflow", workflow.ids, query=query)
        if probe.is_misled or payload(probe.edition, exchange) is None:
            return
        if fastest is None or exchange.elapsed < fastest.elapsed:
            fastest = exchange
        if exchange.elapsed <= budget:
            probe.found(finding, None, exchange)
            return
    assert fastest is not None
    took = f"the fastest of {_TRIES} starts took {fastest.elapsed:.2f} s"
    probe.found(finding, f"{took}, its stages take {_STAGES_TAKE:g} s", fastest)
