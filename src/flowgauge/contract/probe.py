"""The suites' hand on the target: sends requests, and lets the observer judge every answer."""

import math
import time
from collections.abc import Mapping, Sequence

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.defect import Defect
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.findings.sighting import sighting
from flowgauge.contract.findings.sightings import NO_OPERATION, Sightings
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.observer import Observer
from flowgauge.contract.judging.tolerances import FOREIGN, SAME_HOST, VIRTUAL
from flowgauge.contract.requests import ABSENT, NO_IDS, SAFE_METHODS, built, payload
from flowgauge.contract.target import Capability, Target
from flowgauge.edition import Edition, Resource
from flowgauge.openapi import Json
from flowgauge.results import Exchange, Request

__all__ = ["Probe"]

# On a server that must not be written to, things are looked for below so many others.
_LOOK_BELOW = 5


class Probe:
    """One target, what is known of it, and where its defects are written down."""

    def __init__(self, target: Target, recorder: Recorder, part: ContractPart) -> None:
        self.target = target
        self.recorder = recorder
        self.part = part
        self.sent = 0
        # On the monotonic clock; how many requests came too late is kept beside it, and how many were writes
        # to a target that must not be written to.
        self.deadline = math.inf
        self.held_back = 0
        self.held_back_writes = 0
        # What was wrong with the exchange, or the exchanges together, that were judged last.
        self.last_defects: tuple[Defect, ...] = ()
        capabilities = target.capabilities
        is_exclusive = Capability.EXCLUSIVE in capabilities
        tolerances = SAME_HOST if is_exclusive else FOREIGN
        self.observer = Observer(
            part,
            is_exclusive=is_exclusive,
            executes=Capability.EXECUTION in capabilities,
            tolerances=VIRTUAL if Capability.VIRTUAL_CLOCK in capabilities else tolerances,
        )
        self.knowledge.read_back = self._read_back

    @property
    def edition(self) -> Edition:
        """What the target is held to."""
        return self.part.edition

    @property
    def knowledge(self) -> Knowledge:
        """What is known of the server's state."""
        return self.observer.knowledge

    def can(self, *capabilities: Capability) -> bool:
        """Whether the target has all of these."""
        return set(capabilities) <= self.target.capabilities

    def send(self, request: Request) -> Exchange:
        """Send a request as it stands, and judge the answer.

        Nothing that could change the server's state is sent where the target must not be written to, and
        nothing at all after the deadline; such a request comes back without an answer and unjudged.
        """
        if self._is_held_back(request):
            return self._not_sent(request)
        return self._judged(self.target.send(request))

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests at the same time, and judge all answers when the last has come."""
        if any(self._is_held_back(request) for request in requests):
            return [self._not_sent(request) for request in requests]
        exchanges = self.target.send_together(requests)
        # Writes first: a list may show what a write that was answered later did.
        order = sorted(
            range(len(exchanges)),
            key=lambda k: (exchanges[k].request.method in SAFE_METHODS, exchanges[k].received_at),
        )
        judged: dict[int, Exchange] = {}
        defects: list[Defect] = []
        for k in order:
            judged[k] = self._judged(exchanges[k])
            defects += self.last_defects
        self.last_defects = tuple(defects)
        return [judged[k] for k in range(len(exchanges))]

    def call(
        self, operation_id: str, ids: Mapping[str, str] = NO_IDS, *, query: str = "", body: Json = ABSENT
    ) -> Exchange:
        """Call an operation with ids by kind and a JSON body, with a valid token."""
        return self.send(built(self.edition, operation_id, ids, query=query, body=body))

    def answered(
        self, operation_id: str, ids: Mapping[str, str] = NO_IDS, *, query: str = "", body: Json = ABSENT
    ) -> Json:
        """Like `call`, but returns what the success holds, or None without one; see `payload`."""
        return payload(self.edition, self.call(operation_id, ids, query=query, body=body))

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
        view = self.answered(resource.create, ids, query=query, body=body)
        new_id = view.get(resource.id) if isinstance(view, dict) else None
        return self.knowledge.thing(kind, new_id) if isinstance(new_id, str) else None

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

    def reset(self) -> None:
        """Empty the store, where the target can, and forget what was in it."""
        if self.can(Capability.RESET):
            self.target.reset()
            self.knowledge.forget()

    def found(self, finding_id: str, wrong: str | None, exchange: Exchange, *before: Exchange) -> bool:
        """Count a check that a suite made over several exchanges. Returns whether all is well."""
        sightings = Sightings(exchange.operation or NO_OPERATION, exchange)
        sightings.note(sighting(finding_id, wrong, *before))
        self.recorder.note(sightings)
        return wrong is None

    def _is_held_back(self, request: Request) -> bool:
        is_late = time.monotonic() > self.deadline
        is_forbidden = request.method not in SAFE_METHODS and not self.can(Capability.WRITE)
        self.held_back += is_late
        self.held_back_writes += is_forbidden
        return is_late or is_forbidden

    def _not_sent(self, request: Request) -> Exchange:
        self.last_defects = ()
        return Exchange(None, request, None, 0.0, 0.0, "not sent")

    def _judged(self, exchange: Exchange) -> Exchange:
        sightings = self.observer.observe(exchange)
        self.sent += 1
        self.last_defects = tuple(sightings.defects)
        self.recorder.case(sightings)
        return sightings.exchange

    def _read_back(self, record: Record) -> None:
        read = self.edition.resource(record.kind).read
        if read is not None:
            self.call(read, record.ids)

    def _one_there(self, resource: Resource, ids: Mapping[str, str]) -> str | None:
        if not self.can(Capability.WRITE):
            return self._foreign(resource, ids)
        parent = ids.get(resource.parent or "")
        for record in self.knowledge.things(resource.kind).values():
            is_below = resource.parent is None or (record.parent is not None and record.parent.id == parent)
            if record.is_there and is_below and (not self._has_below(resource) or self._is_rich(record)):
                return record.id
        if resource.create is None:
            return self._foreign(resource, ids)
        made = self.made(resource.kind, ids, body=self.part.ordinary(resource.create))
        if made is None:
            return None
        self._read_back(made)
        return made.id if made.is_there else None

    def _has_below(self, resource: Resource) -> bool:
        return any(other.parent == resource.kind for other in self.edition.resources)

    def _is_rich(self, record: Record) -> bool:
        return any(child.is_there for things in record.children.values() for child in things.values())

    def _foreign(self, resource: Resource, ids: Mapping[str, str]) -> str | None:
        """Somebody else's thing; of those that stand above others, one with something below it."""
        items = self.answered(resource.list, ids) if resource.list is not None else None
        found = [
            item[resource.id]
            for item in (items if isinstance(items, list) else [])[:_LOOK_BELOW]
            if isinstance(item, dict) and isinstance(item.get(resource.id), str)
        ]
        children = [other for other in self.edition.resources if other.parent == resource.kind]
        for some_id in found if children else ():
            if any(self._foreign(child, {**ids, resource.kind: some_id}) for child in children):
                return str(some_id)
        return str(found[0]) if found else None
