"""An exchange as it is read: once, in one place, for all checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from flowgauge.contract.findings.looking import readable
from flowgauge.contract.judging.expectation import Expectation
from flowgauge.contract.strict_json import ABSENT, AmbiguousJson, NotStrictJson, parsed, with_gaps
from flowgauge.edition import Edition, Resource, Role, member
from flowgauge.openapi import Json, Operation, PathMatch, ResponseSpec, Violation
from flowgauge.results import Exchange, Request, Response

__all__ = ["NO_VALUE", "Asked", "Declared", "Reading", "Unreadable", "asked", "reading"]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body that is no strict JSON, and why. Of an open one the meaning is left to the reader."""

    reason: str
    is_open: bool = False


NO_VALUE: Final = Unreadable("there is no body")
"""What stands for the body of an answer that has none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is read.

    `path` is the path of the document, if it is one; `operation` None where the method is not in it. `ids`
    are by kind, as they stand in the path. `query` is None where it is not UTF-8. `sent` is the body's value.
    """

    request: Request
    path: PathMatch | None
    operation: Operation | None
    ids: Mapping[str, str]
    query: tuple[tuple[str, str], ...] | None
    sent: Json | Unreadable

    @property
    def parameters(self) -> dict[str, str]:
        """The query by name; the last counts."""
        return dict(self.query or ())


@dataclass(frozen=True, slots=True)
class Reading:
    """An exchange as it is read, and what was expected of it.

    `expected.ids` are spelled as they were given out. `raw` is the value of the answer's body, `declared`
    what the document says of it, `violations` how it breaks that; `value` is what can be read all the same
    (see `looking`). `resource` and `role` say what the operation does, where it makes, reads, lists or
    deletes things.
    """

    asked: Asked
    exchange: Exchange
    expected: Expectation
    raw: Json | Unreadable
    declared: "Declared | None"
    violations: tuple[Violation, ...]
    value: Json | Unreadable
    resource: Resource | None
    role: Role | None

    @property
    def views(self) -> list[Json]:
        """The things that the answer shows."""
        if self.resource is None or self.role in {None, "delete"}:
            return []
        if self.role == "list":
            items = member(self.value, self.resource.items)
            return items if isinstance(items, list) else []
        return [member(self.value, self.resource.view)]

    @property
    def shows_items(self) -> bool:
        """Whether a list's items were found, be there any or none."""
        return self.resource is not None and isinstance(member(self.value, self.resource.items), list)

    @property
    def parent_id(self) -> str | None:
        """The id in the path of what the resource's things stand below, if it is there."""
        if self.resource is None or self.resource.parent is None:
            return None
        return self.expected.ids.get(self.resource.parent)

    @property
    def sent(self) -> Json:
        """What a create was sent: the body, or what the absence of one means."""
        if self.asked.sent is ABSENT and self.resource is not None:
            return self.resource.absent_body
        return self.asked.sent


@dataclass(frozen=True, slots=True)
class Declared:
    """What the document declares of an answer: at an operation, for a status (0: for any)."""

    operation: Operation
    status: int
    spec: ResponseSpec


def asked(edition: Edition, request: Request) -> Asked:
    """Read a request."""
    path, _, query = request.target.partition("?")
    match = edition.document.matched(path)
    method = "GET" if request.method == "HEAD" else request.method
    operation = match.operations.get(method) if match else None
    known = operation or (next(iter(match.operations.values())) if match else None)
    ids = edition.ids_by_kind(known, match.values) if match and known else {}
    try:
        pairs = tuple(parse_qsl(query, keep_blank_values=True, errors="strict"))
    except ValueError:
        pairs = None
    return Asked(request, match, operation, ids, pairs, _value(request.body) if request.body else ABSENT)


def reading(edition: Edition, asked_: Asked, exchange: Exchange, expected: Expectation) -> Reading:
    """Read an answer."""
    response = exchange.response
    found = edition.role_of(expected.operation.id) if expected.operation is not None else None
    resource, role = found if found is not None else (None, None)
    has_body = response is not None and exchange.request.method != "HEAD"
    raw = _value(response.body) if response is not None and has_body else NO_VALUE
    declared = _declared(edition, expected, response) if response is not None else None
    violations, value = _judged(edition, declared, raw, raw)
    if isinstance(raw, Unreadable) and response is not None:
        value = _legible(edition, declared, response.body, raw)
    if resource is not None and role == "list" and (place := _mislaid(raw, resource.items)):
        # Without its envelope a list is a list all the same, and its items are what they would be in it.
        enveloped: Json = member(raw, place)
        for name in reversed(resource.items):
            enveloped = {name: enveloped}
        within, value = _judged(edition, declared, enveloped, raw)
        items = "".join(f"/{name}" for name in resource.items) + "/"
        violations += tuple(found for found in within if found.pointer.startswith(items))
    return Reading(asked_, exchange, expected, raw, declared, violations, value, resource, role)


def _declared(edition: Edition, expected: Expectation, response: Response) -> Declared | None:
    # A path of the document answers an unsupported method with the same error as its operations do.
    operation, status = expected.operation or edition.error_operation, response.status
    if operation is None:
        return None
    if expected.operation is None:
        status = 0
    elif 200 <= status < 300 and status not in operation.possible_successes:
        # A wrong success is already a finding; its body is judged as the success it means to be.
        status = operation.success
    spec = operation.response(status)
    return Declared(operation, status, spec) if spec is not None else None


def _judged(
    edition: Edition, declared: Declared | None, value: Json | Unreadable, raw: Json | Unreadable
) -> tuple[tuple[Violation, ...], Json | Unreadable]:
    """How a value breaks its schema, and what of it can be read."""
    if declared is None or declared.spec.schema is None or isinstance(raw, Unreadable):
        return (), value
    violations = edition.document.response_violations(declared.operation.id, declared.status, value)
    return violations, readable(value, violations)


def _legible(edition: Edition, declared: Declared | None, body: bytes, raw: Unreadable) -> Json | Unreadable:
    """What can be read of a body that is no strict JSON; that it is none is all that is held against it."""
    value, illegible = with_gaps(body)
    if not illegible:
        return raw
    violations, _ = _judged(edition, declared, value, value)
    return readable(value, violations, illegible)


def _mislaid(value: Json | Unreadable, items: tuple[str, ...]) -> tuple[str, ...] | None:
    """Where a list's items stand instead of where they should."""
    if isinstance(member(value, items), list):
        return None
    ends = (items[start:] for start in range(1, len(items) + 1))
    return next((end for end in ends if isinstance(member(value, end), list)), None)


def _value(body: bytes) -> Json | Unreadable:
    try:
        return parsed(body)
    except NotStrictJson as error:
        return Unreadable(str(error), is_open=isinstance(error, AmbiguousJson))
