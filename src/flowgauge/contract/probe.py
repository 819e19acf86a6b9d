"""The suites' hand on the target: asks it, and has the things that a request is about."""

from collections.abc import Mapping

from flowgauge.contract.asking import Asking
from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.judging.knowledge import Record
from flowgauge.contract.judging.time_checks import server_ahead
from flowgauge.contract.requests import ABSENT, NO_IDS, made_id
from flowgauge.contract.target import Capability, Target
from flowgauge.edition import Resource
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["Probe"]

# So many other bodies are tried where one is in conflict with what is there, numbered from here on.
_CONFLICTS, _FRESH = 3, 1_000_000
# On a server that must not be written to, things are looked for below so many others.
_LOOK_BELOW = 5


class Probe(Asking):
    """One target, and things on it: made where it lets itself be written to, found where it does not."""

    def __init__(self, target: Target, recorder: Recorder, part: ContractPart) -> None:
        super().__init__(target, recorder, part)
        self._number = _FRESH

    def made(
        self, kind: str, ids: Mapping[str, str] = NO_IDS, *, query: str = "", body: Json = ABSENT
    ) -> Record | None:
        """Make a thing, below those of `ids`; None unless the answer acknowledges it soundly.

        One that needs a body gets one.
        """
        resource = self.edition.resource(kind)
        if resource.create is None:
            return None
        if body is ABSENT:
            body = self.part.required_body(resource.create)
        exchange = self.call(resource.create, ids, query=query, body=body)
        for _ in range(_CONFLICTS):
            conflict = self._conflict(resource, exchange)
            if conflict is None or body is ABSENT:
                break
            # What must be unique may be there already.
            self.notice(f"the target {conflict}, and was sent other values")
            self._number += 1
            body = self.part.numbered(resource.create, self._number)
            exchange = self.call(resource.create, ids, query=query, body=body)
        new_id = self._new_id(resource, exchange)
        return self.knowledge.thing(kind, new_id) if new_id is not None else None

    def server_now(self, record: Record) -> float:
        """Now by the server's clock, as far as a thing of its own tells it: seconds since the epoch."""
        resource, clock = self.edition.resource(record.kind), self.knowledge.tolerances.clock
        return self.target.now() + server_ahead(resource, record, clock)

    def _new_id(self, resource: Resource, exchange: Exchange) -> str | None:
        return made_id(self.edition, resource, exchange)

    def _conflict(self, resource: Resource, exchange: Exchange) -> str | None:
        """How a create ran into what was made before it; None if it did not."""
        if exchange.response is None:
            return None
        if exchange.response.status == 409:
            return f"refused to make a {resource.kind} with 409"
        new_id = self._new_id(resource, exchange)
        if new_id is None or self.knowledge.thing(resource.kind, new_id) is not None:
            return None
        if (resource.kind, new_id) not in self.knowledge.given_out:
            return None
        return f"gave a new {resource.kind} the id of an earlier one"

    def ordinary(self, kind: str, ids: Mapping[str, str] = NO_IDS) -> Record | None:
        """Make a thing of the richest body that the target accepts, which is remembered."""
        operation_id = self.edition.resource(kind).create
        for body in self.part.ordinaries(operation_id) if operation_id is not None else ():
            made = self.made(kind, ids, body=body)
            if made is not None:
                if body is not ABSENT and body != self.part.ordinary(str(operation_id)):
                    self.part.accepted[str(operation_id)] = body
                return made
        return None

    def apart(self, kind: str | None) -> dict[str, str] | None:
        """The ids of a new thing of a kind, below others that are there; None if none could be made.

        Where a write is made below it that should be refused, nothing else can have left what is found there.
        """
        if kind is None:
            return {}
        made = self.ordinary(
            kind, self.existing() if self.edition.resource(kind).parent is not None else NO_IDS
        )
        return made.ids if made is not None else None

    def existing(self) -> dict[str, str]:
        """The ids by kind of one thing of each kind, each below the one before; made where there are none.

        On a server that must not be written to they are somebody else's. Any may be missing.
        """
        ids: dict[str, str] = {}
        for resource in self.edition.resources:
            if resource.parent is not None and resource.parent not in ids:
                continue
            found = self._one_there(resource, ids)
            if found is not None:
                ids[resource.kind] = found
        return ids

    def _there(self, kind: str) -> str | None:
        """The id of a thing of that kind; one is made where there is none, and it can be made."""
        found = super()._there(kind)
        resource = self.edition.resource(kind)
        if found is not None or resource.create is None or not self.can(Capability.WRITE):
            return found
        above = NO_IDS if resource.parent is None else self.existing()
        made = self.ordinary(kind, above) if resource.parent is None or resource.parent in above else None
        return made.id if made is not None else None

    def _one_there(self, resource: Resource, ids: Mapping[str, str]) -> str | None:
        if not self.can(Capability.WRITE):
            return self._foreign(resource, ids)
        parent = ids.get(resource.parent or "")
        for record in self.knowledge.things(resource.kind).values():
            is_below = resource.parent is None or (record.parent is not None and record.parent.id == parent)
            if (
                record.is_there
                and is_below
                and not record.strays
                and (not self._has_below(resource) or self._is_rich(record))
            ):
                return record.id
        if resource.create is None:
            return self._foreign(resource, ids)
        made = self.ordinary(resource.kind, ids)
        if made is None:
            return None
        self._read_back(made)
        return made.id if made.is_there else None

    def _has_below(self, resource: Resource) -> bool:
        return any(
            other.parent == resource.kind and other.create is not None for other in self.edition.resources
        )

    def _is_rich(self, record: Record) -> bool:
        return any(child.is_there for things in record.children.values() for child in things.values())

    def _foreign(self, resource: Resource, ids: Mapping[str, str]) -> str | None:
        """Somebody else's thing; of those that stand above others, one with something below it."""
        items = self.answered(resource.list, ids) if resource.list is not None else None
        found = [
            some_id
            for item in (items if isinstance(items, list) else [])[:_LOOK_BELOW]
            if (some_id := resource.id_in(item)) is not None
        ]
        children = [other for other in self.edition.resources if other.parent == resource.kind]
        for some_id in found if children else ():
            if any(self._foreign(child, {**ids, resource.kind: some_id}) for child in children):
                return some_id
        return found[0] if found else None
