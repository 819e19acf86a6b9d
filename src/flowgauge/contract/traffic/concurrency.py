"""Concurrent calls: a legal order for a few of them, and nothing lost by many.

The search follows the definition of linearizability: each call takes effect at one instant between being
sent and being answered, so an order is legal if it keeps every call that ended before another began in front
of it, and if a sequential server would have given these answers. Four calls have at most 24 orders.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowgauge.contract.probe import Probe, built, payload
from flowgauge.contract.targets.target import Capability
from flowgauge.results import Exchange

__all__ = ["burst", "has_legal_order", "overlapping_calls"]


@dataclass(frozen=True, slots=True)
class Step:
    """What one call did (`writes` an id) and what it saw (`reads`: the ids on its list), if anything."""

    sent_at: float
    received_at: float
    writes: str | None = None
    reads: frozenset[str] | None = None


def has_legal_order(steps: Sequence[Step], present: frozenset[str]) -> bool:
    """Whether some order of the steps explains all reads, beginning with what was `present`."""
    return any(_is_legal(order, present) for order in itertools.permutations(steps))


def _is_legal(order: Sequence[Step], present: frozenset[str]) -> bool:
    state = set(present)
    for place, step in enumerate(order):
        if any(later.received_at < step.sent_at for later in order[place + 1 :]):
            return False
        if step.writes is not None:
            state.add(step.writes)
        if step.reads is not None and step.reads != state:
            return False
    return True


def overlapping_calls(probe: Probe, kinds: Sequence[str], flow_id: str) -> None:
    """Send two to four calls at once: on the workflows ("create", "list"), on one's runs ("run", "runs")."""
    flow = probe.knowledge.flow(flow_id)
    if flow is None:
        return
    before_flows = frozenset(i for i, f in probe.knowledge.flows.items() if not f.is_lost)
    before_runs = frozenset(i for i, r in flow.runs.items() if not r.is_lost)
    requests = {
        "create": built("createWorkflow", body={"stages": []}),
        "list": built("listFlows"),
        "run": built("runWorkflow", flowId=flow_id),
        "runs": built("listRuns", query="pageSize=1000", flowId=flow_id),
    }
    exchanges = probe.send_together([requests[kind] for kind in kinds])
    steps = [_step(kind, exchange) for kind, exchange in zip(kinds, exchanges, strict=True)]
    if probe.last_defects or None in steps:
        # What is wrong with one call by itself needs no second name.
        return
    calls = [
        (kind, step, exchange) for kind, step, exchange in zip(kinds, steps, exchanges, strict=True) if step
    ]
    of_flows = [(step, exchange) for kind, step, exchange in calls if kind in {"create", "list"}]
    of_runs = [(step, exchange) for kind, step, exchange in calls if kind in {"run", "runs"}]
    if probe.can(Capability.EXCLUSIVE):
        _judge(probe, of_flows, before_flows, frozenset(probe.knowledge.flows))
    _judge(probe, of_runs, before_runs, frozenset(flow.runs))


def burst(probe: Probe, count: int) -> None:
    """Create `count` different workflows at once, and start runs at once: none lost, doubled or swapped."""
    names = [f"burst {number}" for number in range(count)]
    created = probe.send_together(
        [built("createWorkflow", body={"stages": [{"echo": {"message": n}}]}) for n in names]
    )
    given = [payload(exchange) for exchange in created]
    for name, data, exchange in zip(names, given, created, strict=True):
        if isinstance(data, dict):
            _check_own(probe, data.get("config"), {"stages": [{"echo": {"message": name}}]}, exchange)
    ids = [data["id"] for data in given if isinstance(data, dict) and data.get("id") in probe.knowledge.flows]
    for flow_id in ids:
        probe.call("getFlow", flowId=flow_id)
    probe.call("listFlows")
    started = probe.send_together([built("runWorkflow", flowId=flow_id) for flow_id in ids]) if ids else []
    is_wrong = bool(probe.last_defects)
    if ids:
        probe.send_together([built("runWorkflow", flowId=ids[0]) for _ in range(count)])
    for flow_id, exchange in zip(ids, started, strict=True):
        data = payload(exchange)
        if isinstance(data, dict) and not is_wrong:
            _check_own(probe, data.get("workflowID"), flow_id, exchange)
        probe.call("listRuns", query="pageSize=1000", flowId=flow_id)


def _check_own(probe: Probe, got: Any, own: Any, exchange: Exchange) -> None:
    probe.found(
        "FG-702", None if got == own else "the answer belongs to another of the concurrent calls", exchange
    )


def _judge(
    probe: Probe, calls: Sequence[tuple[Step, Exchange]], before: frozenset[str], known: frozenset[str]
) -> None:
    """Judge the calls on one list; `before` stood on it, and `known` is all that was ever acknowledged."""
    lists = [exchange for step, exchange in calls if step.reads is not None]
    if not lists:
        return
    # What a list has missed once is a finding already, and may come back or not.
    lost = known - before - {step.writes for step, _ in calls}
    steps = [replace(step, reads=None if step.reads is None else step.reads - lost) for step, _ in calls]
    wrong = (
        None
        if has_legal_order(steps, before)
        else f"no order of {len(steps)} concurrent calls explains their answers"
    )
    probe.found("FG-701", wrong, lists[-1], *(e for _, e in calls if e is not lists[-1]))


def _step(kind: str, exchange: Exchange) -> Step | None:
    """What a call did and saw; None where it gave no sound answer, which is a finding already."""
    data = payload(exchange)
    times = exchange.sent_at, exchange.received_at
    try:
        if kind in {"create", "run"}:
            return Step(*times, writes=str(data["id"]))
        items = data if kind == "list" else data["data"]
        return Step(*times, reads=frozenset(str(item["id"]) for item in items))
    except (TypeError, KeyError):
        return None
