"""Starts that block, and waits that outlast the run.

A busy machine stalls now and then; a server that is slow by rule is slow each time. So a finding needs all of
several tries to be slow, and the search ends with the first that is not.
"""

from collections.abc import Callable
from typing import NamedTuple

from flowgauge.contract.date_times import moment
from flowgauge.contract.judging.knowledge import Record
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import payload
from flowgauge.contract.target import Capability
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["check_starts"]

# A run that takes this long (seconds), started with and without waiting for it, at most so many times.
_STAGES_TAKE = 0.4
_TRIES = 5
# More than this over the time of a start that has nothing to wait for is the waiting's own doing; a server
# elsewhere may look for a run's end as rarely as once a second.
_LATE, _LATE_ELSEWHERE = 0.15, 1.2
Ended = Callable[[Json], Json]


def check_starts(probe: Probe, start: str, ended: Ended) -> None:
    """A start without `wait` does not last as long as the stages, and one with it hardly longer.

    `start` is the operation, and `ended` is when a view says that the run has ended.
    """
    if not probe.knowledge.can("delay"):
        return
    stages = [{"delay": {"duration": f"{_STAGES_TAKE * 1e3:g}ms"}}]
    workflow = probe.made("workflow", body={"stages": stages})
    idle = probe.made("workflow", body={"stages": []})
    if workflow is None or idle is None:
        return
    starts = [probe.call(start, idle.ids).elapsed for _ in range(_TRIES)]
    late = _LATE if probe.can(Capability.EXCLUSIVE) else _LATE_ELSEWHERE
    for query, finding, allowed in (
        ("", "FG-402", _LATE),
        ("wait=false", "FG-402", _LATE),
        ("wait=true", "FG-412", late),
    ):
        waited = ended if query == "wait=true" else None
        _check_fastest(probe, finding, min(starts) + allowed, _Start(start, workflow, query, waited))


class _Start(NamedTuple):
    """What is asked, and how an answer that waits for the run says when that has ended."""

    operation: str
    workflow: Record
    query: str
    ended: Ended | None


def _check_fastest(probe: Probe, finding: str, budget: float, start: _Start) -> None:
    fastest: Exchange | None = None
    for _ in range(_TRIES):
        exchange = probe.call(start.operation, start.workflow.ids, query=start.query)
        view = payload(probe.edition, exchange)
        if probe.is_misled or view is None:
            return
        if fastest is None or exchange.elapsed < fastest.elapsed:
            fastest = exchange
        own = 0.0 if start.ended is None else _seconds(view.get("createdAt"), start.ended(view))
        if exchange.elapsed <= budget + own:
            probe.found(finding, None, exchange)
            return
    assert fastest is not None
    took = f"the fastest of {_TRIES} starts took {fastest.elapsed:.2f} s"
    probe.found(finding, f"{took}, its stages take {_STAGES_TAKE:g} s", fastest)


def _seconds(*times: Json) -> float:
    """How long a run took by its own times: when its first stage begins nothing promises."""
    created, ended = (moment(text) if isinstance(text, str) else None for text in times)
    return max(_STAGES_TAKE, ended - created) if created is not None and ended is not None else _STAGES_TAKE
