"""Checks of lists and of their pages, for any resource.

A list holds once whatever was acknowledged before it was asked for, as it was written, and nothing that
nobody made. A page is consistent in itself; the first page holds the newest where that order is promised.
"""

from collections.abc import Iterator
from itertools import pairwise

from flowgauge.contract.findings.sighting import Sighting, blind, sighting
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.looking import Partial, looks, seen_member
from flowgauge.contract.judging.reading import Reading
from flowgauge.contract.judging.resource_checks import known_parent, seen_view
from flowgauge.edition import Pages, Resource, member
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["seen_list"]

# Of what a list misses, so many are asked for by themselves.
_READ_BACK = 5


def seen_list(reading: Reading, knowledge: Knowledge) -> Iterator[Sighting]:
    """Everything about a list, or about one page of it."""
    resource = reading.resource
    assert resource is not None
    parent = known_parent(reading, knowledge)
    if reading.parent_id is not None and parent is None:
        return
    views = [view for view in reading.views if isinstance(view, dict) and _is_named(view, resource)]
    ids = [str(view.get(resource.id)) for view in views]
    before = parent.creators if parent is not None else ()
    pages, query = resource.pages, reading.asked.parameters
    if pages is not None:
        frame = member(reading.value, pages.frame)
        if not isinstance(frame, dict):
            return
        links = [frame.get(name) for name in (pages.next, pages.previous) if name is not None]
        knowledge.cursors.update(link for link in links if isinstance(link, str))
        yield from looks(("FG-501", "FG-502"), _seen_frame(pages, frame, len(reading.views), query))
    twice = next((i for i in ids if ids.count(i) > 1), None) if len(set(ids)) < len(ids) else None
    yield sighting("FG-203", f"{twice} stands in the list more than once" if twice else None, *before)
    due = _due(reading, resource, parent, knowledge)
    if len(views) < len(reading.views) or not reading.shows_items:
        yield blind("FG-202", "not every item of the list can be read")
    elif _is_whole(pages, query):
        yield from _seen_missing(reading, ids, due, parent, knowledge)
    for view, some_id in zip(views, ids, strict=True):
        record = knowledge.thing(resource.kind, some_id)
        if record is not None and (parent is None or record.parent is parent):
            yield from seen_view(resource, view, record, reading, knowledge)
    yield from _seen_strangers(reading, ids, parent, knowledge)
    if resource.is_newest_first:
        yield from _seen_order(resource, ids, knowledge, before)


def _is_named(view: Json, resource: Resource) -> bool:
    """Whether it can be told which thing this is."""
    return not isinstance(view, Partial) or isinstance(view.get(resource.id), str)


def _is_whole(pages: Pages | None, query: dict[str, str]) -> bool:
    """Whether this is the whole list or its first page; filters leave some out."""
    return not set(query) - ({pages.size} if pages is not None else set())


def _due(
    reading: Reading, resource: Resource, parent: Record | None, knowledge: Knowledge
) -> dict[str, Record]:
    """What was acknowledged before the list was asked for, by id, oldest first."""
    known = knowledge.things(resource.kind) if parent is None else parent.below(resource.kind)
    sent_at = reading.exchange.sent_at
    return {i: r for i, r in known.items() if r.is_there and r.created.received_at <= sent_at}


def _seen_missing(
    reading: Reading, ids: list[str], due: dict[str, Record], parent: Record | None, knowledge: Knowledge
) -> Iterator[Sighting]:
    resource = reading.resource
    assert resource is not None
    listed, wanted, has_more = set(ids), list(due.values()), False
    if resource.pages is not None:
        frame = member(reading.value, resource.pages.frame)
        has_more = _has_more(resource.pages, frame) or _is_open_ended(resource.pages, frame)
        if resource.is_newest_first:
            wanted = _newest(wanted, ids, _size(resource.pages, frame, ids))
        elif has_more:
            # Only where the order is promised can be told what has to be on the first page.
            wanted = []
    missing = _missed([r for r in wanted if r.id not in listed], knowledge)
    detail = f"{len(missing)} of {len(due)} are missing, {missing[0].id} among them" if missing else None
    before = parent.creators if parent is not None else ()
    yield sighting("FG-202", detail, *before, *(record.created for record in missing[:1]))
    if resource.pages is not None and not has_more:
        left_out = len([r for r in due.values() if r.is_there and r.id not in listed])
        yield sighting(
            "FG-501", f"{left_out} more are known, and nothing leads to them" if left_out else None, *before
        )


def _missed(missing: list[Record], knowledge: Knowledge) -> list[Record]:
    """Those that the list alone misses.

    What cannot be read either was not kept: the create is at fault, and is found by the reading.
    """
    for record in missing[:_READ_BACK]:
        knowledge.read_back(record)
    is_explained = all(not record.is_there for record in missing[:_READ_BACK])
    missed = [] if is_explained else [record for record in missing if record.is_there]
    for record in missing:
        record.is_lost = True
    return missed


def _newest(due: list[Record], ids: list[str], size: int) -> list[Record]:
    """Those that must be on a full first page: whether one that was being started is there is open."""
    by_age = sorted(due, key=lambda record: record.created.received_at, reverse=True)
    known = {record.id for record in by_age}
    room = max(0, size - len([i for i in ids if i not in known]))
    newest = by_age[:room]
    # At the edge of a full page one may have had to give way to another that overlapped it.
    if len(by_age) > room and newest and newest[-1].id not in ids:
        edge = by_age[room].created.received_at
        newest = [record for record in newest if record.id in ids or record.created.received_at > edge]
    return newest


def _seen_strangers(
    reading: Reading, ids: list[str], parent: Record | None, knowledge: Knowledge
) -> Iterator[Sighting]:
    """What stands on a list and was never made there: of another parent, deleted, or of nobody."""
    resource = reading.resource
    assert resource is not None
    known = knowledge.things(resource.kind)
    for some_id in ids:
        record = known.get(some_id)
        if record is not None and parent is not None and record.parent is not parent:
            detail = f"the list of {parent.id} holds {some_id}, a {resource.kind} of another {parent.kind}"
            yield sighting("FG-205", detail, *parent.creators, *record.creators)
        elif record is not None and _is_gone(record, reading):
            assert record.deleted is not None
            yield sighting(
                "FG-212", f"the list holds {some_id}, which was deleted", *record.creators, record.deleted
            )
    strangers = [some_id for some_id in ids if some_id not in known]
    if parent is not None:
        # Nobody else knows a thing that the suites made, so nobody else can have made anything below it.
        strangers = [i for i in strangers if (resource.kind, i) not in knowledge.given_out]
        if resource.kind not in parent.strays:
            unknown = f"{resource.kind} {strangers[0]} was never acknowledged" if strangers else None
            yield sighting("FG-208", unknown, *parent.creators)
        return
    foreign = knowledge.foreign[resource.kind]
    # What the document gives no way to make was there from the start.
    if resource.create is not None and knowledge.is_exclusive and resource.kind not in knowledge.strays:
        surplus = [some_id for some_id in strangers if some_id not in foreign]
        yield sighting("FG-208", f"{surplus[0]} was never created" if surplus else None)
    foreign.update(strangers)


def _is_gone(record: Record, reading: Reading) -> bool:
    """Whether its deletion was acknowledged before this list was asked for."""
    return record.deleted is not None and record.deleted.received_at <= reading.exchange.sent_at


def _has_more(pages: Pages, frame: Json) -> bool:
    says_so = pages.has_more is not None and bool(frame.get(pages.has_more))
    return says_so or frame.get(pages.next) is not None


def _is_open_ended(pages: Pages, frame: Json) -> bool:
    """Whether there may be a next page that cannot be read."""
    says_no = pages.has_more is not None and frame.get(pages.has_more) is False
    return isinstance(frame, Partial) and frame.has_lost(pages.next) and not says_no


def _size(pages: Pages, frame: Json, ids: list[str]) -> int:
    # 15.0 is an integer to JSON Schema.
    size = frame.get(pages.page_size) if pages.page_size is not None else None
    return int(size) if isinstance(size, int | float) else len(ids)


def _seen_frame(pages: Pages, frame: Json, count: int, query: dict[str, str]) -> Iterator[Sighting]:
    """The links of a page agree, and it holds what it says."""
    has_next = frame.get(pages.next) is not None
    has_more = has_next
    if pages.has_more is not None:
        has_more = bool(seen_member(frame, pages.has_more))
        if has_more:
            seen_member(frame, pages.next)
        links = f"{pages.has_more} is {has_more}, {pages.next} is {'there' if has_next else 'absent'}"
        yield sighting("FG-501", links if has_more != has_next else None)
    asked_for = query.get(pages.size) if pages.cursor not in query else None
    size = seen_member(frame, pages.page_size) if pages.page_size is not None else None
    if size is None:
        limit = int(asked_for) if asked_for else None if pages.cursor in query else pages.default_size
        if limit is not None:
            yield sighting("FG-502", f"{count} on a page of {limit}" if count > limit else None)
        return
    wrong = f"{count} on a page of {size}" if count > size else None
    if asked_for and size != int(asked_for):
        wrong = f"{pages.page_size} is {size} where {asked_for} was asked for"
    yield sighting("FG-502", wrong)
    if has_more:
        yield sighting("FG-502", f"{count} on a page of {size} with more to come" if count < size else None)


def _seen_order(
    resource: Resource, ids: list[str], knowledge: Knowledge, before: tuple[Exchange, ...]
) -> Iterator[Sighting]:
    """Newest first; the order of things whose making overlapped is open."""
    known = knowledge.things(resource.kind)
    made = [known[i].created for i in ids if i in known]
    wrong = next((k for k, (new, old) in enumerate(pairwise(made)) if new.received_at < old.sent_at), None)
    detail = None if wrong is None else f"item {wrong} is older than the next"
    yield sighting("FG-503", detail, *before)
