"""What an edition may bring to the suites: its own bodies, checks and scenarios.

All of it is optional. What an edition says nothing of follows from its document: a part of a bare edition,
`ContractPart(edition)`, works with everything generic.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flowgauge.contract.requests import built_all, with_placeholders
from flowgauge.contract.schema_values import SchemaPlace, free_places, innermost, put, schema_value
from flowgauge.contract.strict_json import ABSENT
from flowgauge.contract.target import Capability
from flowgauge.edition import Edition
from flowgauge.errors import HarnessError, UsageError
from flowgauge.openapi import Json, Operation, request_body, request_examples
from flowgauge.results import GENERIC, FindingCatalogue, Request

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from flowgauge.contract.judging.check import Check
    from flowgauge.contract.probe import Probe

__all__ = ["BodyCases", "Cases", "ContractPart", "Scenario"]


@dataclass(frozen=True, slots=True, eq=False)
class BodyCases:
    """Bodies of one operation, beyond what follows from its schema.

    `ordinary` is one that the server must accept, `simpler` are others for one that does not, the richest
    first, and `numbered` makes as many different ones as are wanted.
    `texts` are sent as they stand, and `values` as JSON; the oracle knows which of them are legal. `strategy`
    makes the Hypothesis strategy of legal bodies.
    """

    ordinary: Json = ABSENT
    simpler: tuple[Json, ...] = ()
    numbered: Callable[[int], Json] | None = None
    texts: tuple[bytes, ...] = ()
    values: tuple[Json, ...] = ()
    strategy: "Callable[[], SearchStrategy[Json]] | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """What is sent beside what follows from the document.

    `bodies` and `queries` (raw, without the question mark) are by operation id.
    """

    bodies: Mapping[str, BodyCases] = field(default_factory=dict)
    queries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """One test of an edition's own: `run` makes traffic, and the observer judges it.

    It is skipped, by its name, where the target lacks one of `needs`; `operations` are those that it is
    about. One that `writes` is about what was written. `guard` names a set of cases that are sent to a server
    of others only where that set is allowed.
    """

    name: str
    run: "Callable[[Probe], None]"
    needs: tuple[Capability, ...] = ()
    operations: tuple[str, ...] = ()
    writes: bool = True
    guard: str | None = None


@dataclass(frozen=True, eq=False)
class ContractPart:
    """An edition as the suites take it.

    `checks` judge what resources do not tell by themselves. `machine` makes the machine of journeys into one
    with rules of the edition's own. `abilities` finds out what a server does of what the edition's own checks
    foretell; without it none of that is expected of a server that is not embedded. `findings` are
    the classes of defects that all checks may find, the generic ones among them. `accepted` are the bodies
    that a target was seen to take where it does not take the ordinary ones, by operation. Nothing is sent to
    the operations that are `left_alone`, each with the reason.
    """

    edition: Edition
    cases: Cases = field(default_factory=Cases)
    checks: "tuple[Check, ...]" = ()
    scenarios: tuple[Scenario, ...] = ()
    machine: Callable[[type[Any]], type[Any]] | None = None
    abilities: "Callable[[Probe], frozenset[str]] | None" = None
    findings: FindingCatalogue = GENERIC
    accepted: dict[str, Json] = field(default_factory=dict)
    left_alone: Mapping[str, str] = field(default_factory=dict)

    def of_a_target(self) -> "ContractPart":
        """The part with a memory of its own of what is accepted."""
        return replace(self, accepted={})

    def check_guards(self, allowed: Iterable[str]) -> None:
        """Raise UsageError where something is allowed that no scenario is guarded by."""
        guards = {scenario.guard for scenario in self.scenarios if scenario.guard is not None}
        for name in sorted(set(allowed) - guards):
            known = f"there is {', '.join(sorted(guards))}" if guards else "this edition guards nothing"
            raise UsageError(f"there is no set of cases named {name!r} to allow", hint=known)

    def ordinary(self, operation_id: str) -> Json:
        """A legal body of an operation; ABSENT where it takes none, or none could be made.

        It is the one that the target was seen to accept, where it did not accept a richer one.
        """
        name = self.edition.operation(operation_id).id
        return self.accepted.get(name, self._ordinary[name])

    def ordinaries(self, operation_id: str) -> tuple[Json, ...]:
        """Legal bodies, the one to try first at the beginning, then from the richest to the emptiest."""
        op, own = self.edition.operation(operation_id), self.cases.bodies.get(operation_id)
        found = [
            self.ordinary(operation_id),
            *(own.simpler if own else ()),
            *self.legal_bodies(operation_id)[::-1],
        ]
        found += [body for body in self._candidates(op) if self._is_legal(op, body)]
        found += [] if op.request_required else [ABSENT]
        found = [self._referring(operation_id, body) for body in found]
        return tuple(body for number, body in enumerate(found) if body not in found[:number])

    def required_body(self, operation_id: str) -> Json:
        """A legal body of an operation that must have one; ABSENT where it need not."""
        is_required = self.edition.operation(operation_id).request_required
        return self.ordinary(operation_id) if is_required else ABSENT

    def ordinary_requests(self, ids: Mapping[str, str]) -> Iterator[Request]:
        """A valid request of each operation for which there are ids; what deletes is left out."""
        required = {op.id: self.ordinary(op.id) for op in self.edition.operations if op.request_required}
        return built_all(self.edition, ids, required)

    def media_types(self, op: Operation) -> tuple[str, ...]:
        """The media types in which an operation takes its body, in the order of the document."""
        return tuple(request_body(self.edition.document, op).get("content", {}))

    def numbered(self, operation_id: str, number: int) -> Json:
        """One of many legal bodies; they differ where there is room for it."""
        own = self.cases.bodies.get(operation_id)
        if own is not None and own.numbered is not None and operation_id not in self.accepted:
            return self._referring(operation_id, own.numbered(number))
        op, document = self.edition.operation(operation_id), self.edition.document
        # Where the ordinary one is not accepted, no other need be.
        bodies = self.legal_bodies(operation_id)[: 1 if operation_id in self.accepted else None]
        taken = self._references(operation_id)
        # The ordinary one and the full one in turn.
        for legal in bodies[number % 2 :] + bodies[: number % 2]:
            for place in free_places(document, op.request_schema, legal, "text", "object", "map"):
                if "/" + "/".join(map(str, place.path)) in taken:
                    continue
                inner = innermost(place, legal)
                body = put(legal, inner.path, _numbered(inner, number))
                if self._is_legal(op, body):
                    return body
        return self.ordinary(operation_id)

    def legal_bodies(self, operation_id: str) -> tuple[Json, ...]:
        """Legal bodies to begin from: the ordinary one, and one with all that the schema declares."""
        op, ordinary = self.edition.operation(operation_id), self.ordinary(operation_id)
        found = () if ordinary is ABSENT else (ordinary,)
        if op.request_schema is None:
            return found
        try:
            full = self._referring(
                op.id, schema_value(self.edition.document, op.request_schema, is_full=True)
            )
        except HarnessError:
            return found
        return (*found, full) if full not in found and self._is_legal(op, full) else found

    @cached_property
    def _ordinary(self) -> dict[str, Json]:
        return {op.id: self._referring(op.id, self._made(op)) for op in self.edition.operations}

    def _references(self, operation_id: str) -> Mapping[str, str]:
        """The kinds of things that the body of a create names, by JSON pointer."""
        found = self.edition.role_of(operation_id)
        return found[0].references if found is not None and found[1] == "create" else {}

    def _referring(self, operation_id: str, body: Json) -> Json:
        """The body with placeholders where it names other things."""
        return with_placeholders(body, self._references(operation_id))

    def _made(self, op: Operation) -> Json:
        own = self.cases.bodies.get(op.id)
        if own is not None and own.ordinary is not ABSENT:
            return own.ordinary
        return next((body for body in self._candidates(op) if self._is_legal(op, body)), ABSENT)

    def _candidates(self, op: Operation) -> Iterable[Json]:
        """What the document shows as an example, then what its schema requires."""
        if op.request_schema is None:
            return
        yield from request_examples(self.edition.document, op)
        for is_full in (False, True):
            try:
                yield schema_value(self.edition.document, op.request_schema, is_full=is_full)
            except HarnessError:
                return

    def _is_legal(self, op: Operation, body: Json) -> bool:
        return not self.edition.document.request_violations(op.id, body)


def _numbered(place: SchemaPlace, number: int) -> Json:
    match place.room:
        case "text":
            return f"number {number}"
        case "object":
            return {"number": number}
    return {"a": f"number {number}"}
