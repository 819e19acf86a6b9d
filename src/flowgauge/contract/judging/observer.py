"""The observer: judges every exchange by the document and by everything seen before.

The suites only make traffic; what is right and wrong is decided here, once, for all of them. An exchange
is read once; it goes through the checks that need no memory and, where it is a success, on to those of its
resource and to those of its edition, with what of it can be read. A defect that was seen is remembered as
lost or as the new state, so that one fault does not echo through everything that follows.
"""

from collections.abc import Iterator
from dataclasses import replace

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.causes import ACCEPTED
from flowgauge.contract.findings.defect import Symptom
from flowgauge.contract.findings.looking import looks
from flowgauge.contract.findings.sighting import Sighting
from flowgauge.contract.findings.sightings import NO_OPERATION, Sightings
from flowgauge.contract.judging.check import Check
from flowgauge.contract.judging.exchange_checks import is_fit, seen_on_exchange
from flowgauge.contract.judging.expectation import Expectation, oddity
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.list_checks import seen_list
from flowgauge.contract.judging.oracle import expectation_of
from flowgauge.contract.judging.reading import Reading, asked, reading
from flowgauge.contract.judging.resource_checks import seen_again, seen_created, seen_deleted, seen_read
from flowgauge.contract.judging.tolerances import Tolerances
from flowgauge.contract.requests import made_id
from flowgauge.edition import Edition, Role
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["Observer", "shown_things"]

_BY_ROLE: dict[Role, Check] = {
    "create": seen_created,
    "read": seen_read,
    "list": seen_list,
    "delete": seen_deleted,
}
# What is found where a thing is denied.
_OF_STATUS = {"FG-102", "FG-209", "FG-210"}


class Observer:
    """Holds the knowledge of one target, and judges exchanges in the order in which they ended."""

    def __init__(
        self, part: ContractPart, *, is_exclusive: bool, executes: bool, tolerances: Tolerances
    ) -> None:
        self.part = part
        abilities = None if executes else frozenset[str]()
        self.knowledge = Knowledge(part.edition, is_exclusive, tolerances, abilities)
        # The exchange that was judged last, as it was read.
        self.last: Reading | None = None
        # What was wrong first with a thing of which nothing can be said since, by its id.
        self._spoilt: dict[str, Symptom] = {}

    def observe(self, exchange: Exchange) -> Sightings:
        """Judge one exchange, and learn from it."""
        edition, knowledge = self.part.edition, self.knowledge
        question = asked(edition, exchange.request)
        expected = expectation_of(question, knowledge)
        operation = _attributed(question.path.template if question.path else None, expected, self.part)
        read = reading(edition, question, replace(exchange, operation=operation), expected)
        self.last = read
        before = (*_origins(read, knowledge), *_way_to(read, knowledge))
        sightings = Sightings(operation, read.exchange, before, oddity(exchange.request, expected))
        if exchange.response is None or exchange.response.status not in expected.statuses:
            sightings.expected = expected.said
        tainted = knowledge.tainted[read.resource.kind] if read.resource is not None else ()
        for seen in seen_on_exchange(read, edition, tainted):
            sightings.note(seen, self._followed(read, seen))
        if is_fit(read):
            for seen in looks((), self._remembered(read)):
                sightings.note(seen, self._followed(read, seen))
        lost = self._note_loss(read)
        self._note_strays(read)
        self._note_spoilt(read, lost, sightings)
        return sightings

    def _followed(self, read: Reading, seen: Sighting) -> Symptom | None:
        """What was wrong before with what is judged: with a thing in the path, or all that is wrong now."""
        above = next((self._spoilt[i] for i in read.expected.ids.values() if i in self._spoilt), None)
        if above is not None or seen.wrong is None:
            return above
        if seen.about is not None:
            return self._spoilt.get(seen.about.id)
        found = [self._spoilt.get(_listed_at(read, place) or "") for place in seen.places]
        return found[0] if found and all(found) else None

    def _note_spoilt(self, read: Reading, lost: Record | None, sightings: Sightings) -> None:
        """Remember which things the server denies, gave the id of another, or should never have made."""
        new_id = _new_id(read, self.part.edition) if read.role == "create" else None
        if new_id is not None:
            # After a reset an id may be another thing's.
            self._spoilt.pop(new_id, None)
        is_lost = read.resource is None or self.knowledge.thing(read.resource.kind, new_id or "") is None
        for defect in sightings.defects:
            if new_id is not None and (
                defect.symptom.cause == ACCEPTED or (defect.id == "FG-207" and is_lost)
            ):
                self._spoilt.setdefault(new_id, defect.symptom)
            elif lost is not None and defect.id in _OF_STATUS:
                self._spoilt.setdefault(lost.id, defect.symptom)

    def _remembered(self, read: Reading) -> Iterator[Sighting]:
        """The checks that compare with what is known, the edition's own after the generic ones."""
        stale = set()
        if read.role is not None:
            yield from _BY_ROLE[read.role](read, self.knowledge)
        for check in self.part.checks:
            for seen in check(read, self.knowledge):
                if seen.is_stale and seen.wrong:
                    stale.add(seen.about)
                yield seen
        for view, record in shown_things(read, self.knowledge):
            if read.role != "create" and record.subject not in stale:
                assert read.resource is not None
                yield from seen_again(read.resource, view, record, read)

    def _note_loss(self, read: Reading) -> Record | None:
        """Stop expecting what the server has once denied: it is one defect, not one for each later look."""
        response, expected = read.exchange.response, read.expected
        if response is None or response.status != 404 or 404 in expected.statuses:
            return None
        if read.exchange.request.method == "HEAD":
            # Whoever does not know the method denies everything to it.
            return None
        return _record_in(read, self.knowledge, lose=True)

    def _note_strays(self, read: Reading) -> None:
        """A write that was answered wrongly may have happened all the same: what came of it is expected."""
        response, knowledge = read.exchange.response, self.knowledge
        if read.exchange.request.method in {"GET", "HEAD", "OPTIONS"}:
            return
        if response is not None and 400 <= response.status < 500:
            if read.role == "create" and read.resource is not None:
                knowledge.refuse(read.resource.kind, read.parent_id, read.exchange)
            return
        if read.role == "create":
            self._note_stray(read)
        elif read.role == "delete" and (response is None or response.status >= 300):
            # Whether it is still there cannot be told.
            _record_in(read, knowledge, lose=True)
        elif read.role is None and read.expected.operation is not None:
            record = _record_in(read, knowledge)
            if record is not None:
                record.is_touched = True
            elif read.exchange.request.method == "PUT" and read.expected.ids:
                # It may be there from now on.
                kind, some_id = list(read.expected.ids.items())[-1]
                knowledge.foreign[kind].add(some_id)

    def _note_stray(self, read: Reading) -> None:
        resource, knowledge = read.resource, self.knowledge
        assert resource is not None
        new_id = _new_id(read, knowledge.edition)
        if new_id is not None and new_id in knowledge.things(resource.kind):
            return
        if new_id is not None and read.expected.must_be_refused:
            knowledge.tainted[resource.kind].add(new_id)
        if read.parent_id is not None and resource.parent is not None:
            parent = knowledge.things(resource.parent).get(read.parent_id)
            if parent is not None:
                parent.strays.add(resource.kind)
            if resource.list is None or resource.parent in knowledge.edition.takes(
                knowledge.edition.operation(resource.list)
            ):
                return
        # On a list of all of its kind it shows too.
        if new_id is None:
            knowledge.strays.add(resource.kind)
        else:
            knowledge.foreign[resource.kind].add(new_id)
            knowledge.named[resource.kind].add(new_id)


def shown_things(read: Reading, knowledge: Knowledge) -> Iterator[tuple[Json, Record]]:
    """The known things that an answer shows, each with its view."""
    resource = read.resource
    if resource is None:
        return
    for view in read.views:
        if not isinstance(view, dict):
            continue
        record = knowledge.thing(resource.kind, str(view.get(resource.id)))
        if record is None:
            continue
        parent_id = read.parent_id
        is_own = read.role != "read" or read.expected.ids.get(resource.kind) == record.id
        if is_own and (parent_id is None or (record.parent is not None and record.parent.id == parent_id)):
            yield view, record


def _origins(read: Reading, knowledge: Knowledge) -> tuple[Exchange, ...]:
    """What was made that the request stands on, and what may have left that the answer shows."""
    made = read.expected.creators
    for kind, some_id in read.expected.ids.items():
        if some_id not in knowledge.things(kind) and (near := knowledge.near(kind, some_id)):
            made += near.creators
    if read.role == "list" and read.resource is not None:
        refused = knowledge.refused.get((read.resource.kind, read.parent_id), ())
        known, id_in = knowledge.things(read.resource.kind), read.resource.id_in
        if refused and any((shown := id_in(view)) and shown not in known for view in read.views):
            made += tuple(refused)
    return made


def _way_to(read: Reading, knowledge: Knowledge) -> tuple[Exchange, ...]:
    """The pages that led to the one that is read."""
    if read.role != "list" or read.resource is None or read.resource.pages is None:
        return ()
    return knowledge.way_to(read.asked.parameters.get(read.resource.pages.cursor))


def _listed_at(read: Reading, place: str) -> str | None:
    """The id of the thing that a list shows at a JSON pointer."""
    if read.role != "list" or read.resource is None:
        return None
    index = place.removeprefix("/".join(("", *read.resource.items, ""))).partition("/")[0]
    is_there = index.isdecimal() and int(index) < len(read.views)
    return read.resource.id_in(read.views[int(index)]) if is_there else None


def _record_in(read: Reading, knowledge: Knowledge, *, lose: bool = False) -> Record | None:
    """The thing that the path is about, which is the last of its ids."""
    records = [knowledge.things(kind).get(some_id) for kind, some_id in read.expected.ids.items()]
    record = records[-1] if records else None
    if record is not None and lose:
        record.is_lost = True
    return record


def _new_id(read: Reading, edition: Edition) -> str | None:
    """The id that a create answered with."""
    response, resource = read.exchange.response, read.resource
    if response is None or response.status >= 300 or resource is None:
        return None
    return made_id(edition, resource, read.exchange) or None


def _attributed(template: str | None, expected: Expectation, part: ContractPart) -> str:
    """The operation that an exchange counts for; an unsupported method counts for its path's first."""
    if expected.operation is not None:
        return expected.operation.id
    return next((op.id for op in part.edition.operations if op.path == template), NO_OPERATION)
