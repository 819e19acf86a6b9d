"""Checks of things against what was written and seen before, for any resource: made, read, deleted.

An answer that makes a thing says what was sent, under a new id, at about now; one that reads it says the
same again. What else a thing does is the business of its edition's own checks.
"""

from collections.abc import Iterator
from itertools import islice

from flowgauge.contract.findings.defect import Subject
from flowgauge.contract.findings.kept import explaining, kept_differences, known_change, shown_kept
from flowgauge.contract.findings.looking import Partial, Unseen, look, seen_member
from flowgauge.contract.findings.sighting import Sighting, blind, sighting
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.reading import Reading
from flowgauge.contract.judging.time_checks import (
    seen_creation_time,
    seen_periods,
    seen_time_changes,
    seen_times,
    sighting_past,
)
from flowgauge.contract.requests import made_id, named_things
from flowgauge.contract.strict_json import is_beyond_double
from flowgauge.edition import Resource, member
from flowgauge.json_diff import first_difference, told
from flowgauge.openapi import Json
from flowgauge.openapi.source import unescaped

__all__ = [
    "known_parent",
    "seen_again",
    "seen_created",
    "seen_deleted",
    "seen_parent_id",
    "seen_read",
    "seen_view",
]

_MOST_DIFFERENCES = 100


def seen_created(reading: Reading, knowledge: Knowledge) -> Iterator[Sighting]:
    """A create answers with what was sent, under a new id, below its parent; then the thing is known."""
    resource = reading.resource
    assert resource is not None
    view = member(reading.value, resource.view)
    new_id = resource.id_in(view)
    if new_id is None and resource.told_by != "view":
        # What it looks like is told by whoever reads it.
        new_id, view = made_id(knowledge.edition, resource, reading.exchange), Partial()
    if new_id is None:
        yield blind("FG-201", f"{resource.id} cannot be read")
        return
    parent = known_parent(reading, knowledge)
    if reading.parent_id is not None and parent is None:
        return
    exchange = reading.exchange
    record = Record(resource.kind, new_id, parent, reading.sent, exchange, view, exchange)
    record.is_near = is_beyond_double(record.sent)
    if resource.references:
        record.named = reading.expected.creators
    if resource.kept and not record.is_near:
        yield from _seen_kept(resource, view, record, said="create: ")
    if resource.reuses_ids and new_id and _is_free(record, knowledge):
        knowledge.give_up(resource.kind, new_id)
    known = knowledge.things(resource.kind).get(new_id)
    given = knowledge.given_out.setdefault((resource.kind, new_id), exchange)
    is_other = known is None or not _may_be_either(resource, record, known, knowledge)
    earlier = (given,) if given is not exchange and is_other else ()
    # What a client calls its thing is no id that the server gives out.
    is_empty = not new_id and not resource.reuses_ids
    wrong_id = "the id is empty" if is_empty else f"{new_id} was given out before" if earlier else None
    yield sighting("FG-207", wrong_id, *earlier)
    if known is not None or not new_id:
        # Whose it is now cannot be told: nothing more is expected of either.
        if known is not None:
            known.is_lost = True
        return
    yield from seen_times(resource, view, record)
    yield from seen_periods(resource, view, record)
    yield from seen_creation_time(resource, view, reading, knowledge)
    yield from _seen_parent(resource, view, record)
    knowledge.add(record)


def _may_be_either(resource: Resource, record: Record, known: Record, knowledge: Knowledge) -> bool:
    """Whether an id that comes twice may be right: of a thing below another one, or of the same, found again.

    What clients call their things need not be another below each parent. And a flag in the body may say that
    what is there already is as good, which no document tells.
    """
    if resource.reuses_ids and known.parent is not record.parent:
        return True
    flags = record.sent.values() if isinstance(record.sent, dict) else ()
    if not knowledge.edition.is_inferred or not any(flag is True for flag in flags):
        return False
    values = [(_sent_at(record, source), _sent_at(known, source)) for source in resource.kept.values()]
    return any(one == other not in (None, "", [], {}) for one, other in values)


def _sent_at(record: Record, pointer: str) -> Json:
    return member(record.sent, unescaped(pointer))


def _is_free(record: Record, knowledge: Knowledge) -> bool:
    """Whether nothing has a new thing's id: whatever had it is deleted, or went with the whole store."""
    known = knowledge.things(record.kind).get(record.id)
    return known is None or not known.is_there


def seen_read(reading: Reading, knowledge: Knowledge) -> Iterator[Sighting]:
    """A read answers with the thing that was asked for, as it was written."""
    resource = reading.resource
    assert resource is not None
    record = _meant(resource, reading, knowledge)
    view = member(reading.value, resource.view)
    if record is None or not isinstance(view, dict):
        return
    # A thing without a readable id is taken for the one that was asked for.
    shown_id = resource.id_in(view) if resource.id in view else record.id
    wrong = None if shown_id == record.id else f"asked for {record.id}, got {shown_id}"
    yield sighting("FG-201", wrong, *record.creators)
    if wrong is None:
        yield from seen_view(resource, view, record, reading, knowledge)


def _meant(resource: Resource, reading: Reading, knowledge: Knowledge) -> Record | None:
    """The thing that the path names, if it is known: below another parent another may be called alike."""
    record = knowledge.thing(resource.kind, reading.expected.ids.get(resource.kind, ""))
    if record is None or record.parent is None or reading.parent_id is None:
        return record
    return record if record.parent.id == reading.parent_id else None


def known_parent(reading: Reading, knowledge: Knowledge) -> Record | None:
    """The thing in the path below which the answer's own stand, unless it is lost or deleted."""
    if reading.parent_id is None or reading.resource is None or reading.resource.parent is None:
        return None
    return knowledge.thing(reading.resource.parent, reading.parent_id)


def seen_deleted(reading: Reading, knowledge: Knowledge) -> Iterator[Sighting]:
    """What a delete acknowledges is gone from then on."""
    resource = reading.resource
    assert resource is not None
    record = _meant(resource, reading, knowledge)
    if record is not None:
        record.deleted = reading.exchange
        _lose_all_below(record)
        _lose_all_that_name(record, knowledge)
    return iter(())


def seen_view(
    resource: Resource, view: Json, record: Record, reading: Reading, knowledge: Knowledge
) -> Iterator[Sighting]:
    """A thing is shown as it was written, below its parent, with its times in order."""
    yield from _seen_parent(resource, view, record)
    yield from _seen_kept(resource, view, record)
    yield from seen_times(resource, view, record)
    yield from seen_periods(resource, view, record)
    if resource.updated_at is not None:
        yield sighting_past(resource.updated_at, view, reading, knowledge)


def seen_again(resource: Resource, view: Json, record: Record, reading: Reading) -> Iterator[Sighting]:
    """Compare a thing with how it was last seen, and remember how it is seen now.

    Answers that overlap prove nothing of a thing that changes.
    """
    is_later = reading.exchange.sent_at >= record.seen.received_at
    if is_later or resource.is_constant:
        yield from seen_time_changes(resource, view, record)
    # What can be read in part tells the next look less than what could be read in full.
    if is_later and not (isinstance(view, Partial) and not isinstance(record.view, Partial)):
        record.view, record.seen = view, reading.exchange


def _seen_parent(resource: Resource, view: Json, record: Record) -> Iterator[Sighting]:
    if record.parent is not None:
        yield from seen_parent_id(resource, view, record.parent, about=record.subject)


def seen_parent_id(
    resource: Resource, view: Json, parent: Record, *, about: Subject | None = None
) -> Iterator[Sighting]:
    """A thing names the one that it stands below, where it names any."""
    if resource.parent_id is None:
        return
    name = resource.parent_id

    def wrong() -> str | None:
        named = seen_member(view, name)
        told = f"a {resource.kind} of {parent.id} says that it is of {named!r}"
        return None if str(named) == parent.id else told

    yield look("FG-206", wrong, *parent.creators, about=about)


def _seen_kept(resource: Resource, view: Json, record: Record, *, said: str = "") -> Iterator[Sighting]:
    """What was sent is shown; whatever is shown otherwise explains the next answers too."""
    if not resource.kept or record.is_touched or record.is_near:
        return
    is_create = bool(said)
    record.is_read |= not is_create
    before = () if is_create else record.creators
    try:
        found = list(islice(kept_differences(resource, record.sent, view), _MOST_DIFFERENCES))
    except Unseen as reason:
        yield blind("FG-201", str(reason))
        return
    shown = shown_kept(resource, view)
    changes = {change: each for each in reversed(found) if (change := known_change(each))}
    wrong = next((each for each in found if known_change(each) is None), None)
    detail = f"{said}{told(wrong)}" if wrong else None
    # Without a cause of its own: which operation is at fault tells what others show of the same thing.
    yield sighting("FG-201", detail, *before, about=record.subject, shown=shown)
    for change, each in changes.items():
        yield sighting(
            "FG-201",
            f"{said}{told(each)}",
            *before,
            about=record.subject,
            cause=change.cause,
            rule=change.rule,
            severity=change.severity,
        )
    if found and not is_create:
        explained = explaining(resource, record.sent, view)
        if all(first_difference(known, explained) for known in record.readings):
            record.readings.append(explained)


def _lose_all_that_name(record: Record, knowledge: Knowledge) -> None:
    """Nor does any say what becomes of things that name a deleted one."""
    for resource in knowledge.edition.resources:
        for other in knowledge.things(resource.kind).values():
            if named_things(other.sent, resource.references).get(record.kind) == record.id:
                other.is_lost = True


def _lose_all_below(record: Record) -> None:
    """Whether what stands below a deleted thing goes with it, no document says."""
    for things in record.children.values():
        for child in things.values():
            child.is_lost = True
            _lose_all_below(child)
