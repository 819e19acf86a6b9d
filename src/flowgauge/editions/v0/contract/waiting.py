"""Starts that block, and waits that outlast the run.

A busy machine stalls now and then; a server that is slow by rule is slow each time. So a finding needs all of
several tries to be slow, and the search ends with the first that is not.
"""

from flowgauge.contract.date_times import moment
from flowgauge.contract.judging.knowledge import Record
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import payload
from flowgauge.contract.target import Capability
from flowgauge.results import Exchange

__all__ = ["check_waiting"]

# A run that takes this long (seconds), started with and without waiting for it, at most so many times.
_STAGES_TAKE = 0.4
_TRIES = 5
# More than this over the time of a start that has nothing to wait for is the waiting's own doing; a server
# elsewhere may look for a run's end as rarely as once a second.
_LATE, _LATE_ELSEWHERE = 0.15, 1.2


def check_waiting(probe: Probe) -> None:
    """A start without `wait` does not last as long as the stages, and one with it hardly longer."""
    if not probe.knowledge.can("delay"):
        return
    stages = [{"delay": {"duration": f"{_STAGES_TAKE * 1e3:g}ms"}}]
    flow = probe.made("workflow", body={"stages": stages})
    idle = probe.made("workflow", body={"stages": []})
    if flow is None or idle is None:
        return
    starts = [probe.call("runWorkflow", idle.ids).elapsed for _ in range(_TRIES)]
    late = _LATE if probe.can(Capability.EXCLUSIVE) else _LATE_ELSEWHERE
    for query, finding, allowed in (
        ("", "FG-402", _LATE),
        ("wait=false", "FG-402", _LATE),
        ("wait=true", "FG-412", late),
    ):
        _check_fastest(probe, finding, min(starts) + allowed, query, flow)


def _check_fastest(probe: Probe, finding: str, budget: float, query: str, flow: Record) -> None:
    fastest: Exchange | None = None
    for _ in range(_TRIES):
        exchange = probe.call("runWorkflow", flow.ids, query=query)
        if probe.is_misled or payload(probe.edition, exchange) is None:
            return
        if fastest is None or exchange.elapsed < fastest.elapsed:
            fastest = exchange
        if exchange.elapsed <= budget + (_run_seconds(probe, exchange) if query == "wait=true" else 0.0):
            probe.found(finding, None, exchange)
            return
    assert fastest is not None
    detail = (
        f"the fastest of {_TRIES} starts took {fastest.elapsed:.2f} s, its stages take {_STAGES_TAKE:g} s"
    )
    probe.found(finding, detail, fastest)


def _run_seconds(probe: Probe, exchange: Exchange) -> float:
    """How long a run took by its own times: when its first stage begins nothing promises."""
    view = payload(probe.edition, exchange)
    times = view.get("createdAt"), (view.get("statuses") or [{}])[-1].get("terminatedAt")
    created, ended = (moment(text) if isinstance(text, str) else None for text in times)
    return max(_STAGES_TAKE, ended - created) if created is not None and ended is not None else _STAGES_TAKE
