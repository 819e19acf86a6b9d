"""Checks of lists and of their pages, for any resource.

A whole list holds once whatever was surely there while it was asked for, as it was written, and nothing that
nobody made. A page is consistent in itself; what has to be on the first one can only be told where the
document promises an order.
"""

from collections.abc import Iterator, Mapping

from flowgauge.contract.findings.filters import filters_of, fits, seen_filters
from flowgauge.contract.findings.looking import Partial, looks, seen_member
from flowgauge.contract.findings.sighting import Sighting, blind, sighting
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.overlap import (
    first_misplaced,
    is_pushed_off,
    is_surely_gone,
    is_surely_there,
)
from flowgauge.contract.judging.reading import Reading
from flowgauge.contract.judging.resource_checks import known_parent, seen_parent_id, seen_view
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
        way = (*knowledge.way_to(query.get(pages.cursor)), reading.exchange)
        for link in links:
            knowledge.led(link, way)
        seen = _seen_frame(pages, frame, len(reading.views), _page_query(reading, knowledge))
        yield from looks(("FG-501", "FG-502"), seen)
    yield from _seen_count(resource, len(reading.views), query, before)
    if not resource.id:
        # Things without an id cannot be told apart.
        for view in views if parent is not None else ():
            assert parent is not None
            yield from seen_parent_id(resource, view, parent)
        return
    twice = next((i for i in ids if ids.count(i) > 1), None) if len(set(ids)) < len(ids) else None
    yield sighting("FG-203", f"{twice} stands in the list more than once" if twice else None, *before)
    filters = filters_of(resource, query)
    yield from seen_filters(views, filters, *before)
    due = _due(reading, resource, parent, knowledge)
    due = {some_id: record for some_id, record in due.items() if fits(record.view, filters)}
    if len(views) < len(reading.views) or not reading.shows_items:
        yield blind("FG-202", "not every item of the list can be read")
    elif _is_whole(resource, reading):
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
    return not isinstance(view, Partial) or resource.id_in(view) is not None


def _is_whole(resource: Resource, reading: Reading) -> bool:
    """Whether this is the whole list or its first page, but for what a known filter leaves out."""
    if resource.steps is not None:
        # How many there are on a part of it, if nobody says how many, nobody knows.
        return False
    known = {*resource.filters, *((resource.pages.size,) if resource.pages is not None else ())}
    return reading.asked.query is not None and reading.asked.parameters.keys() <= known


def _due(
    reading: Reading, resource: Resource, parent: Record | None, knowledge: Knowledge
) -> dict[str, Record]:
    """What was surely there while the list was asked for, by id, oldest first."""
    known = knowledge.things(resource.kind) if parent is None else parent.below(resource.kind)
    return {i: r for i, r in known.items() if is_surely_there(r, reading.exchange)}


def _seen_missing(
    reading: Reading, ids: list[str], due: dict[str, Record], parent: Record | None, knowledge: Knowledge
) -> Iterator[Sighting]:
    resource = reading.resource
    assert resource is not None
    listed, pages = set(ids), resource.pages
    missing = [record for some_id, record in due.items() if some_id not in listed]
    before = parent.creators if parent is not None else ()
    is_full = False
    if pages is not None:
        frame = member(reading.value, pages.frame)
        size = _size(pages, frame, _page_query(reading, knowledge))
        is_full = size is not None and 0 < size <= len(ids)
        if _has_more(pages, frame) or (is_full and not _says_end(pages, frame)):
            known = knowledge.things(resource.kind)
            shown = [known[some_id] for some_id in ids if some_id in known]
            # Only where an order is promised can be told what has to be on the first page.
            is_ordered = resource.is_newest_first
            missing = [r for r in missing if is_ordered and not is_pushed_off(r, shown)]
            is_full = False
        elif not is_full:
            yield sighting("FG-501", None, *before)
    missing = _missed(missing, knowledge)
    detail = f"{len(missing)} of {len(due)} are missing, {missing[0].id} among them" if missing else None
    if is_full:
        yield sighting("FG-501", detail and f"{detail}, and nothing leads to them", *before)
    else:
        yield sighting("FG-202", detail, *before, *(record.created for record in missing[:1]))


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


def _seen_strangers(
    reading: Reading, ids: list[str], parent: Record | None, knowledge: Knowledge
) -> Iterator[Sighting]:
    """What stands on a list and was never made there: of another parent, deleted, or of nobody."""
    resource = reading.resource
    assert resource is not None
    known = knowledge.things(resource.kind)
    for some_id in ids:
        record = known.get(some_id)
        is_elsewhere = record is not None and parent is not None and record.parent is not parent
        if is_elsewhere and resource.reuses_ids:
            # It may be another that its client calls the same.
            continue
        if record is not None and parent is not None and is_elsewhere:
            detail = f"the list of {parent.id} holds {some_id}, a {resource.kind} of another {parent.kind}"
            yield sighting("FG-205", detail, *parent.creators, *record.creators)
        elif record is not None and is_surely_gone(record, reading.exchange):
            assert record.deleted is not None
            yield sighting(
                "FG-212", f"the list holds {some_id}, which was deleted", *record.creators, record.deleted
            )
    strangers = [some_id for some_id in ids if some_id not in known]
    if parent is not None:
        # Nobody else knows a thing that the suites made, so nobody else can have made anything below it.
        strangers = [i for i in strangers if (resource.kind, i) not in knowledge.given_out]
        is_told = resource.create is not None or not knowledge.edition.is_inferred
        if is_told and resource.kind not in parent.strays:
            unknown = f"{resource.kind} {strangers[0]} was never acknowledged" if strangers else None
            yield sighting("FG-208", unknown, *parent.creators)
        return
    foreign = knowledge.foreign[resource.kind]
    # What the document gives no way to make was there from the start.
    if resource.create is not None and knowledge.is_exclusive and resource.kind not in knowledge.strays:
        surplus = [some_id for some_id in strangers if some_id not in foreign]
        yield sighting("FG-208", f"{surplus[0]} was never created" if surplus else None)
    foreign.update(strangers)


def _has_more(pages: Pages, frame: Json) -> bool:
    says_so = pages.has_more is not None and bool(frame.get(pages.has_more))
    is_unknown = isinstance(frame, Partial) and frame.has_lost(pages.next)
    return says_so or is_unknown or bool(frame.get(pages.next))


def _says_end(pages: Pages, frame: Json) -> bool:
    """Whether a page without a next one says that it is the last, where there is a word for it."""
    return pages.has_more is None or frame.get(pages.has_more) is not None


def _size(pages: Pages, frame: Json, query: Mapping[str, str]) -> int | None:
    """How many items the page may hold, by its own word or by what was asked for; None where nobody says."""
    if pages.page_size is not None and isinstance(frame, Partial) and frame.has_lost(pages.page_size):
        return None
    size = frame.get(pages.page_size) if pages.page_size is not None else None
    if size is None and pages.cursor not in query:
        size = query.get(pages.size) or pages.default_size
    # 15.0 is an integer to JSON Schema.
    return None if size is None else int(size)


def _page_query(reading: Reading, knowledge: Knowledge) -> Mapping[str, str]:
    """What was asked of the page, as far as the target knows it."""
    return reading.asked.parameters if knowledge.knows_additions else {}


def _seen_frame(pages: Pages, frame: Json, count: int, query: Mapping[str, str]) -> Iterator[Sighting]:
    """The links of a page agree, and it holds what it says."""
    has_next = bool(frame.get(pages.next))
    if pages.has_more is not None and (has_more := seen_member(frame, pages.has_more)) is not None:
        if has_more:
            seen_member(frame, pages.next)
        links = f"{pages.has_more} is {has_more}, {pages.next} is {'there' if has_next else 'absent'}"
        yield sighting("FG-501", links if bool(has_more) != has_next else None)
    if pages.page_size is not None:
        seen_member(frame, pages.page_size)
    size, asked_for = _size(pages, frame, query), query.get(pages.size)
    if size is None:
        return
    wrong = f"{count} on a page of {size}" if count > size else None
    if asked_for and pages.cursor not in query and size > int(asked_for):
        wrong = f"{pages.page_size} is {size} where {asked_for} was asked for"
    yield sighting("FG-502", wrong)


def _seen_count(
    resource: Resource, count: int, query: Mapping[str, str], before: tuple[Exchange, ...]
) -> Iterator[Sighting]:
    """Of a list in counted parts, no more than was asked for."""
    asked_for = query.get(resource.steps.size, "") if resource.steps is not None else ""
    if asked_for.isdecimal():
        wrong = f"{count} where {asked_for} were asked for" if count > int(asked_for) else None
        yield sighting("FG-502", wrong, *before)


def _seen_order(
    resource: Resource, ids: list[str], knowledge: Knowledge, before: tuple[Exchange, ...]
) -> Iterator[Sighting]:
    """Newest first; the order of things whose making overlapped is open."""
    known = knowledge.things(resource.kind)
    place = first_misplaced([known[i].created for i in ids if i in known])
    detail = None if place is None else f"item {place} is newer than one before it"
    yield sighting("FG-503", detail, *before)
