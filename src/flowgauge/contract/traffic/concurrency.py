"""Concurrent calls: a legal order for a few of them, and nothing lost by many.

An order is legal if it keeps every call that ended before another began in front of it, and if a sequential
server would have given these answers.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from flowgauge.contract.findings.kept import kept_difference
from flowgauge.contract.judging.knowledge import Record
from flowgauge.contract.judging.overlap import Step, has_legal_order
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import ABSENT, built, payload
from flowgauge.contract.strict_json import parsed
from flowgauge.contract.target import Capability
from flowgauge.contract.traffic.page_walk import listed, page_link, whole_list
from flowgauge.edition import Edition, Resource
from flowgauge.openapi import Json
from flowgauge.results import Exchange, Request

__all__ = ["Call", "burst", "call_orders", "overlapping_calls"]

Call = tuple[str, Literal["create", "list"]]


def call_orders(edition: Edition) -> Iterator[tuple[Call, ...]]:
    """Which calls to send at once: creates and lists of each kind that has both, then of two kinds."""
    kinds = [r.kind for r in edition.resources if r.create is not None and r.list is not None]
    for kind in kinds:
        create: Call = (kind, "create")
        show: Call = (kind, "list")
        yield from itertools.product((create, show), repeat=2)
        yield (create, create, show)
        yield (show, create, show)
        yield (create, show, create, show)
    for one, other in itertools.pairwise(kinds):
        yield (one, "create"), (other, "create"), (one, "list"), (other, "list")


def overlapping_calls(probe: Probe, calls: Sequence[Call], ids: Mapping[str, str]) -> None:
    """Send two to four calls at once, below the things in `ids`, and look for an order that explains them."""
    edition = probe.edition
    kinds = list(dict.fromkeys(kind for kind, _ in calls))
    if not all(edition.takes(edition.operation(_of(edition, call))) <= ids.keys() for call in calls):
        return
    before = {kind: _present(probe, edition.resource(kind), ids) for kind in kinds}
    exchanges = probe.send_together([_request(probe, call, ids) for call in calls])
    steps = [_step(edition, call, exchange) for call, exchange in zip(calls, exchanges, strict=True)]
    if probe.last_defects or None in steps:
        # What is wrong with one call by itself needs no second name.
        return
    for kind in kinds:
        own = [
            (step, exchange)
            for call, step, exchange in zip(calls, steps, exchanges, strict=True)
            if call[0] == kind and step
        ]
        if _is_ours(probe, edition.resource(kind), ids):
            _judge(probe, own, before[kind])


def burst(probe: Probe, count: int) -> None:
    """Create `count` different things of each kind at once, then as many below one: none lost or swapped."""
    above: dict[str, list[Record]] = {}
    for resource in probe.edition.resources:
        if resource.create is None:
            continue
        parents = above.get(resource.parent, []) if resource.parent is not None else [None] * count
        if not parents:
            continue
        above[resource.kind] = _created(probe, resource, parents)
        if resource.parent is not None and parents[0] is not None:
            _created(probe, resource, [parents[0]] * count)
        for record in above[resource.kind]:
            if resource.read is not None:
                probe.call(resource.read, record.ids)
        for parent in dict.fromkeys(parents):
            if resource.list is not None:
                whole_list(probe, resource.kind, parent.ids if parent else {})


def _created(probe: Probe, resource: Resource, parents: Sequence[Record | None]) -> list[Record]:
    """The things that were made at once, one below each of the parents."""
    assert resource.create is not None
    bodies = [probe.part.numbered(resource.create, number) for number in range(len(parents))]
    requests = [
        built(probe.edition, resource.create, parent.ids if parent else {}, body=body)
        for parent, body in zip(parents, bodies, strict=True)
    ]
    exchanges = probe.send_together(requests)
    is_wrong = bool(probe.last_defects)
    records = []
    for exchange, parent in zip(exchanges, parents, strict=True):
        view = payload(probe.edition, exchange)
        if not isinstance(view, dict):
            continue
        if not is_wrong:
            # As it was sent: other things are named in it by then.
            sent = exchange.request.body
            own = _is_own(resource, view, ABSENT if sent is None else parsed(sent), parent)
            wrong = None if own else "the answer belongs to another of the concurrent calls"
            probe.found("FG-702", wrong, exchange)
        record = probe.knowledge.thing(resource.kind, str(view.get(resource.id)))
        records += [record] if record is not None else []
    return records


def _is_own(resource: Resource, view: dict[str, Json], body: Json, parent: Record | None) -> bool:
    # An id in a path is a text, and in a body it may be a number.
    named = str(view.get(resource.parent_id or ""))
    if parent is not None and resource.parent_id is not None and named != parent.id:
        return False
    sent = resource.absent_body if body is ABSENT else body
    return kept_difference(resource, sent, view) is None


def _of(edition: Edition, call: Call) -> str:
    kind, role = call
    operation_id = getattr(edition.resource(kind), role)
    assert isinstance(operation_id, str)
    return operation_id


def _request(probe: Probe, call: Call, ids: Mapping[str, str]) -> Request:
    operation_id = _of(probe.edition, call)
    if call[1] == "list":
        return built(probe.edition, operation_id, ids, query=listed(probe, call[0]))
    return built(probe.edition, operation_id, ids, body=probe.part.ordinary(operation_id))


def _things(probe: Probe, resource: Resource, ids: Mapping[str, str]) -> dict[str, Record]:
    """What the list of a kind is about: what is below the parent where it asks for one, else all."""
    assert resource.list is not None
    takes = probe.edition.takes(probe.edition.operation(resource.list))
    if resource.parent is None or resource.parent not in takes:
        return probe.knowledge.things(resource.kind)
    parent = probe.knowledge.thing(resource.parent, ids[resource.parent])
    return parent.below(resource.kind) if parent is not None else {}


def _present(probe: Probe, resource: Resource, ids: Mapping[str, str]) -> frozenset[str]:
    return frozenset(i for i, record in _things(probe, resource, ids).items() if record.is_there)


def _is_ours(probe: Probe, resource: Resource, ids: Mapping[str, str]) -> bool:
    """Whether nobody else can have made anything that stands on the list meanwhile."""
    if resource.parent is not None and resource.parent in ids:
        return probe.knowledge.thing(resource.parent, ids[resource.parent]) is not None
    return probe.can(Capability.EXCLUSIVE)


def _judge(probe: Probe, calls: Sequence[tuple[Step, Exchange]], before: frozenset[str]) -> None:
    """Judge the calls on one list; `before` stood on it."""
    lists = [exchange for step, exchange in calls if step.reads is not None]
    if not lists:
        return
    # Others' things may stand there too, and what a list has missed once may come back or not.
    own = before | {step.writes for step, _ in calls}
    steps = [replace(step, reads=None if step.reads is None else step.reads & own) for step, _ in calls]
    wrong = (
        None
        if has_legal_order(steps, before)
        else f"no order of {len(steps)} concurrent calls explains their answers"
    )
    probe.found("FG-701", wrong, lists[-1], *(e for _, e in calls if e is not lists[-1]))


def _step(edition: Edition, call: Call, exchange: Exchange) -> Step | None:
    """What a call did and saw; None where it gave no sound answer, which is a finding already.

    A list that goes on on another page does not show what is not on it: it has seen nothing.
    """
    kind, role = call
    resource, data = edition.resource(kind), payload(edition, exchange)
    times = exchange.sent_at, exchange.received_at
    try:
        if role == "create":
            return Step(*times, writes=str(data[resource.id]))
        if resource.steps is not None or page_link(edition, exchange, "next") is not None:
            return Step(*times)
        return Step(*times, reads=frozenset(str(item[resource.id]) for item in data))
    except (TypeError, KeyError):
        return None
