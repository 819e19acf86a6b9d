"""Deletes: what is deleted is gone, once, and nothing else with it.

Only what the suites made themselves is ever deleted. The observer knows from the acknowledgement on that a
thing is gone: from reads, from lists, for a second delete, and that its id is not given out again.
"""

from flowgauge.contract.judging.knowledge import Record
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import NO_IDS
from flowgauge.contract.traffic.page_walk import whole_list
from flowgauge.edition import Resource

__all__ = ["delete_each_kind"]


def delete_each_kind(probe: Probe) -> None:
    """Delete the first, the last and the only one of a few siblings, of each kind that can be deleted."""
    for resource in probe.edition.resources:
        if resource.delete is None or resource.create is None:
            continue
        for place in (0, 2, 1):
            made = _siblings(probe, resource, 3)
            if len(made) == 3:
                _delete_one(probe, resource, made.pop(place), made)
        only = _siblings(probe, resource, 1)
        if only:
            _fill(probe, only[0])
            _delete_one(probe, resource, only[0], [])


def _delete_one(probe: Probe, resource: Resource, record: Record, others: list[Record]) -> None:
    delete = str(resource.delete)
    _look_at(probe, resource, record)
    probe.call(delete, record.ids)
    _look_at(probe, resource, record)
    _look_below(probe, record)
    probe.call(delete, record.ids)
    for other in others:
        _look_at(probe, resource, other)
    _make_one(probe, resource, record.parent, 7)
    whole_list(probe, resource.kind, record.parent.ids if record.parent else NO_IDS)


def _siblings(probe: Probe, resource: Resource, count: int) -> list[Record]:
    """So many new things below one that is new too."""
    parent: Record | None = None
    for above in reversed(list(probe.edition.ancestors(resource))):
        parent = _make_one(probe, above, parent, 0)
        if parent is None:
            return []
    made = [_make_one(probe, resource, parent, number) for number in range(count)]
    return [record for record in made if record is not None]


def _make_one(probe: Probe, resource: Resource, parent: Record | None, number: int) -> Record | None:
    if resource.create is None:
        return None
    body = probe.part.numbered(resource.create, number)
    return probe.made(resource.kind, parent.ids if parent else NO_IDS, body=body)


def _fill(probe: Probe, record: Record) -> None:
    """Something below it, of each kind that may be there."""
    for resource in probe.edition.resources:
        if resource.parent == record.kind:
            _make_one(probe, resource, record, 0)


def _look_at(probe: Probe, resource: Resource, record: Record) -> None:
    if resource.read is not None:
        probe.call(resource.read, record.ids)
    whole_list(probe, resource.kind, record.ids)


def _look_below(probe: Probe, record: Record) -> None:
    """Ask for what was below a thing, where the path says below what: with it, the path is gone."""
    for resource in probe.edition.resources:
        things = list(record.below(resource.kind).values())
        if resource.parent != record.kind:
            continue
        for operation_id in (resource.list, resource.create):
            if operation_id is None:
                continue
            takes = probe.edition.takes(probe.edition.operation(operation_id))
            if record.kind in takes and takes <= record.ids.keys():
                probe.call(operation_id, record.ids, body=probe.part.required_body(operation_id))
        for thing in things:
            read = resource.read
            if read is not None and record.kind in probe.edition.takes(probe.edition.operation(read)):
                probe.call(read, thing.ids)
