"""Walks over lists that come in counted parts: so many items, from so far on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import NO_IDS, payload
from flowgauge.contract.target import Capability
from flowgauge.contract.traffic.page_walk import due_on
from flowgauge.edition import Resource
from flowgauge.results import Exchange

__all__ = ["walk_steps"]

# Other people's lists may be as long as they like.
_MOST_PARTS = 200


@dataclass(frozen=True, slots=True)
class _Seen:
    ids: tuple[str, ...]
    parts: tuple[Exchange, ...]


def walk_steps(probe: Probe, kind: str, ids: Mapping[str, str] = NO_IDS, *, size: int) -> None:
    """Walk over a list from its first part to its last: each thing that is known stands on one of them.

    Where others may write meanwhile, what comes or goes moves all that stands behind it. So what is wrong
    there has to be wrong twice, in the same way.
    """
    resource = probe.edition.resource(kind)
    is_counted = resource.list is not None and resource.steps is not None
    due = due_on(probe, resource, ids) if is_counted else None
    if due is None:
        return
    seen = _walked(probe, resource, ids, size)
    wrong = _wrong(probe, resource, due, seen) if seen is not None else None
    if wrong and not _is_ours(probe, resource):
        again = _walked(probe, resource, ids, size)
        if again is None or seen is None or again.ids != seen.ids:
            return
    if seen is None:
        return
    probe.found("FG-505", wrong, seen.parts[-1], *seen.parts[:-1])


def _walked(probe: Probe, resource: Resource, ids: Mapping[str, str], size: int) -> _Seen | None:
    """What stands on all parts; None where one of them was no sound answer, or there are too many."""
    steps = resource.steps
    assert steps is not None
    found: list[str] = []
    parts: list[Exchange] = []
    at = steps.first
    while len(parts) < _MOST_PARTS:
        part = probe.call(str(resource.list), ids, query=f"{steps.size}={size}&{steps.start}={at}")
        items = payload(probe.edition, part)
        if parts and _is_refused(part):
            # Some say so that there is no such part any more.
            return _Seen(tuple(found), tuple(parts))
        if probe.is_misled or not isinstance(items, list):
            return None
        parts.append(part)
        here = [some_id for item in items if (some_id := resource.id_in(item)) is not None]
        if not items or (here and here == found[-len(here) :]):
            # Behind the last part there is none, or the last one once more.
            return _Seen(tuple(found), tuple(parts))
        if set(here) <= set(found):
            # What comes round again has no end.
            return _Seen((*found, *here), tuple(parts))
        found += here
        # Whoever gives fewer than were asked for goes on from there.
        at += 1 if steps.counts_pages else len(items)
    return None


def _is_refused(exchange: Exchange) -> bool:
    return exchange.response is not None and 400 <= exchange.response.status < 500


def _wrong(probe: Probe, resource: Resource, due: set[str], seen: _Seen) -> str | None:
    things = probe.knowledge.things(resource.kind)
    due = {some_id for some_id in due if some_id in things and things[some_id].is_there}
    if missing := due - set(seen.ids):
        return f"{len(missing)} of {len(due)} items were not met on {len(seen.parts)} pages"
    repeated = next((i for i, count in Counter(seen.ids).items() if count > 1 and i in due), None)
    return f"{resource.kind} {repeated} was met more than once" if repeated else None


def _is_ours(probe: Probe, resource: Resource) -> bool:
    """Whether nobody else writes there: to the server, or below a thing that the suites have made."""
    takes = probe.edition.takes(probe.edition.operation(str(resource.list)))
    return resource.parent in takes or probe.can(Capability.EXCLUSIVE)
