"""Whether what was inferred of a document fits a server: one sound round trip shows it, or it is let go.

No document promises that a create keeps what it is sent, or that a member called `createdAt` is a time of
creation. So each part of a resource that was inferred is tried once, on things of its own: it is made, read,
listed, deleted. What does not fit is never held against the server, and is told as not looked at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.kept import kept_difference
from flowgauge.contract.requests import ABSENT, built, located, made_id, payload
from flowgauge.contract.schema_values import free_places, put
from flowgauge.contract.session.fitting_names import (
    declared_names,
    is_time_of,
    names_parent,
    unsorted,
    with_others,
)
from flowgauge.contract.session.fitting_steps import THINGS, fitting_steps
from flowgauge.contract.target import Capability, Target
from flowgauge.edition import Resource, member
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["Unfit", "fitted"]

# So many bodies are tried for each kind, the ordinary one among them.
_BODIES = 5
_AGAIN = 2
_UNUSUAL = "  Aa \N{LATIN SMALL LETTER E WITH ACUTE}\t "
# Seconds: what happens behind an answer has happened by then.
_LATER = 2.0
# The statuses that say that a delete was done (RFC 9110, 9.3.5); 202 says that it will be.
_DONE = frozenset({200, 204})


@dataclass(frozen=True, slots=True)
class Unfit:
    """What is not looked at, of which kind, why, and the operations that it is about."""

    kind: str
    what: str
    why: str
    operations: tuple[str, ...]


def fitted(target: Target, part: ContractPart) -> tuple[ContractPart, tuple[Unfit, ...]]:
    """The part with what fits the target; a target that is not written to is taken as it comes."""
    if not part.edition.is_inferred or Capability.WRITE not in target.capabilities:
        return part, ()
    trial = _Trial(target, part)
    resources = tuple(trial.tried(resource) for resource in part.edition.resources)
    return replace(part, edition=replace(part.edition, resources=resources)), tuple(trial.unfit)


class _Trial:
    """Round trips of every kind, the outermost first."""

    def __init__(self, target: Target, part: ContractPart) -> None:
        self._target, self._part, self._edition = target, part, part.edition
        self._ids: dict[str, str] = {}
        self.unfit: list[Unfit] = []

    def tried(self, resource: Resource) -> Resource:
        """The resource with what fits."""
        made = list(self._made(resource))
        if not made:
            return self._unmade(resource)
        new_id = made_id(self._edition, resource, made[0][1])
        if new_id is None:
            why = f"a create does not show {'/'.join((*resource.view, resource.id))}"
            if resource.told_by == "location":
                why = "a create shows no id, and no Location"
            return self._without(resource, why, "create", "read", "list", "delete")
        self._ids[resource.kind] = new_id
        for sent, exchange in made:
            resource = self._as_shown(resource, sent, exchange, self._shown_first(resource, exchange))
        resource = self._made_again(resource, *made[-1])
        resource = self._read(resource, made[0])
        resource = self._listed(resource, new_id)
        return self._deleted(resource, made[-1][1]) if len(made) > 1 else resource

    def _shown_first(self, resource: Resource, made: Exchange) -> Exchange:
        """The answer that shows what was made: to the create, or to whoever reads it."""
        own = made_id(self._edition, resource, made)
        if resource.told_by == "view" or resource.read is None or own is None:
            return made
        return self._sent(resource.read, {**self._ids, resource.kind: own})

    def _unmade(self, resource: Resource) -> Resource:
        """What can be known of things that others have to make: that they are read and listed."""
        if resource.create is not None:
            self._say(resource, "all of it", "none could be made", resource.create)
        times = _lacking(resource, "create", "delete", "parent_id", "created_at", "updated_at")
        return replace(times, kept={})

    def _made_again(self, resource: Resource, sent: Json, made: Exchange) -> Resource:
        """Whether what is made twice is two things, and not one that is found again.

        What is found by its values is found each time; an id that comes twice and no third time is given out
        twice, and the suites will see it.
        """
        assert resource.create is not None
        last = made_id(self._edition, resource, made)
        for _ in range(_AGAIN):
            again = self._sent(resource.create, self._ids, ABSENT if sent is None else sent)
            new_id = made_id(self._edition, resource, again)
            if new_id is None or new_id != last:
                return resource
        why = "what is made twice is one thing, and which of its values it keeps nobody says"
        return replace(self._without(resource, why, "create"), kept={}, created_at=None)

    def _made(self, resource: Resource) -> Iterator[tuple[Json, Exchange]]:
        """Each body that was accepted, and its create."""
        if resource.create is None or not self._can(resource.create):
            return
        for body in self._bodies(resource.create):
            exchange = self._sent(resource.create, self._ids, body)
            if exchange.response is not None and 200 <= exchange.response.status < 300:
                yield (None if body is ABSENT else body), exchange

    def _bodies(self, operation_id: str) -> list[Json]:
        bodies = [body for body in self._part.ordinaries(operation_id) if body is not ABSENT]
        own = self._part.cases.bodies.get(operation_id)
        # What has to be another for each thing is another for each run.
        run = int(self._target.now()) if own is not None and own.numbered is not None else 0
        numbered = [self._part.numbered(operation_id, run + number) for number in (1, 2)]
        bodies = [*bodies[: _BODIES - len(numbered)], *numbered]
        document = self._edition.document
        wider = [with_others(document, operation_id, body) for body in bodies]
        wider += [unsorted(document, operation_id, body) for body in bodies]
        bodies += [*wider, *[self._unusual(operation_id, body) for body in bodies]]
        found = [body for n, body in enumerate(bodies) if body is not ABSENT and body not in bodies[:n]]
        return found or [ABSENT, ABSENT]

    def _unusual(self, operation_id: str, body: Json) -> Json:
        """The body with texts that many a server tidies up, where they are legal."""
        document, schema = self._edition.document, self._edition.operation(operation_id).request_schema
        for place in [*free_places(document, schema, body, "text")]:
            other = put(body, place.path, _UNUSUAL)
            body = body if document.request_violations(operation_id, other) else other
        return body

    def _as_shown(self, resource: Resource, sent: Json, created: Exchange, shown: Exchange) -> Resource:
        """Without the names that do not say what they seem to."""
        view = payload(self._edition, shown)
        for place, source in resource.kept.items():
            alone = replace(resource, kept={place: source})
            if kept_difference(alone, sent, view) is None:
                continue
            less = self._declared_only(resource, place)
            if kept_difference(replace(alone, declared_only=less), sent, view) is None:
                why = "the server drops members that the document does not declare"
                self._say(resource, f"keeps what is undeclared in {source}", why)
                resource = replace(resource, declared_only=less)
            else:
                kept = {p: s for p, s in resource.kept.items() if p != place}
                self._say(resource, f"keeps {source}", "the server shows another value than it was sent")
                resource = replace(resource, kept=kept)
        for name in ("created_at", "updated_at"):
            of_time = getattr(resource, name)
            if of_time is not None and not is_time_of(created, member(view, (of_time,))):
                self._say(resource, of_time, "it was not the time of the create")
                resource = _lacking(resource, name)
        above = self._ids.get(resource.parent or "")
        if resource.parent_id is not None and not names_parent(resource, view, above):
            self._say(resource, resource.parent_id, f"it is not the id of the {resource.parent}")
            resource = replace(resource, parent_id=None)
        return resource

    def _declared_only(self, resource: Resource, place: str) -> dict[str, frozenset[str]]:
        names = declared_names(self._edition.document, str(resource.create))
        return {**resource.declared_only, place: names}

    def _read(self, resource: Resource, made: tuple[Json, Exchange]) -> Resource:
        if resource.read is None or not self._can(resource.read):
            return resource
        own = self._ids[resource.kind]
        read = self._sent(resource.read, self._ids)
        if resource.id_in(payload(self._edition, read)) == own:
            return self._as_shown(resource, made[0], made[1], read)
        if _is_missing(read):
            self._target.sleep(_LATER)
            read = self._sent(resource.read, self._ids)
            if resource.id_in(payload(self._edition, read)) == own:
                why = "what was made is there only in a while"
                return self._without(resource, why, "create", "read", "list", "delete")
            if _is_missing(read) and self._is_told(resource, made[1]):
                # Where it is, the server has said itself: the suites will see that it is not there.
                return resource
        # Where a create does not show an id, it is one only if something is read under it.
        roles = ("read",) if resource.told_by == "view" else ("create", "read", "list", "delete")
        return self._without(resource, "what was made is not read under its id", *roles)

    def _is_told(self, resource: Resource, made: Exchange) -> bool:
        """Whether a create has said that its thing stands where it is looked for (RFC 9110, 15.3.2)."""
        ids = located(self._edition, made)
        return resource.kind in ids and ids.items() <= self._ids.items()

    def _listed(self, resource: Resource, new_id: str) -> Resource:
        if resource.list is None or not self._can(resource.list):
            return resource
        items = payload(self._edition, self._sent(resource.list, self._ids))
        ids = [resource.id_in(item) for item in items] if isinstance(items, list) else None
        if ids is None or None in ids:
            return self._without(resource, "its list shows no ids", "list")
        if resource.steps is not None:
            return self._stepped(resource)
        if resource.pages is None and new_id not in ids:
            return self._without(resource, "its list does not hold what was made", "list")
        return resource

    def _stepped(self, resource: Resource) -> Resource:
        """The resource with the steps as the server counts them."""
        steps, create = resource.steps, resource.create
        assert steps is not None
        for number in range(THINGS if create is not None else 0):
            self._sent(str(create), self._ids, self._part.numbered(str(create), number))

        def listed(query: str) -> list[str] | None:
            items = payload(self._edition, self._sent(str(resource.list), self._ids, query=query))
            ids = [resource.id_in(item) for item in items] if isinstance(items, list) else [None]
            return None if None in ids else [str(some_id) for some_id in ids]

        fitting = fitting_steps(steps, listed)
        if fitting is not None:
            return replace(resource, steps=fitting)
        why = f"{steps.start} and {steps.size} do not lead over its list one by one"
        return replace(self._without(resource, why, "list"), steps=None)

    def _deleted(self, resource: Resource, made: Exchange) -> Resource:
        last = made_id(self._edition, resource, made)
        if resource.delete is None or last is None or last == self._ids[resource.kind]:
            return resource
        ids = {**self._ids, resource.kind: last}
        before = self._shown(resource, ids)
        gone = self._sent(resource.delete, ids).response
        again = self._sent(resource.read, ids) if resource.read is not None else None
        is_gone = again is None or _is_missing(again)
        if gone is not None and 200 <= gone.status < 300 and is_gone:
            return resource
        if gone is not None and gone.status in _DONE and before is not None:
            # What hides a thing, marks it, or deletes it in a while changes something; this may do nothing.
            self._target.sleep(_LATER)
            if self._shown(resource, ids) == before:
                return resource
        return self._without(resource, "what was deleted is there still", "delete")

    def _shown(self, resource: Resource, ids: Mapping[str, str]) -> tuple[Json, Json] | None:
        """How a thing reads by itself and in its list; None where it does not stand in both."""
        if resource.read is None or resource.list is None or not self._can(resource.list):
            return None
        view = payload(self._edition, self._sent(resource.read, ids))
        items = payload(self._edition, self._sent(resource.list, self._ids))
        listed = (
            [item for item in items if resource.id_in(item) == ids[resource.kind]]
            if isinstance(items, list)
            else []
        )
        return (view, listed) if view is not None and listed else None

    def _can(self, operation_id: str) -> bool:
        return self._edition.takes(self._edition.operation(operation_id)) <= self._ids.keys()

    def _sent(
        self, operation_id: str, ids: Mapping[str, str], body: Json = ABSENT, *, query: str = ""
    ) -> Exchange:
        request = built(self._edition, operation_id, ids, query=query, body=body)
        return replace(self._target.send(request), operation=operation_id)

    def _without(self, resource: Resource, why: str, *roles: str) -> Resource:
        for role in roles:
            operation_id = getattr(resource, role)
            if operation_id is not None:
                self._say(resource, role, why, operation_id)
        return _lacking(resource, *roles)

    def _say(self, resource: Resource, what: str, why: str, *operations: str) -> None:
        self.unfit.append(Unfit(resource.kind, what, why, operations))


def _lacking(resource: Resource, *names: str) -> Resource:
    none: dict[str, Any] = dict.fromkeys(names)
    return replace(resource, **none)


def _is_missing(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.status in {404, 410}
