"""An exchange as it is read: once, in one place, for all checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from flowgauge.contract.judging.expectation import Expectation
from flowgauge.contract.strict_json import ABSENT, AmbiguousJson, NotStrictJson, parsed
from flowgauge.edition import Edition, Resource, Role, member
from flowgauge.openapi import Json, Operation, PathMatch
from flowgauge.results import Exchange, Request

__all__ = ["NO_VALUE", "Asked", "Reading", "Unreadable", "asked", "reading"]


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

    `expected.ids` are spelled as they were given out. `value` is that of the answer's body. `resource` and
    `role` say what the operation does, where it makes, reads, lists or deletes things.
    """

    asked: Asked
    exchange: Exchange
    expected: Expectation
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
    value = _value(response.body) if response is not None and has_body else NO_VALUE
    return Reading(asked_, exchange, expected, value, resource, role)


def _value(body: bytes) -> Json | Unreadable:
    try:
        return parsed(body)
    except NotStrictJson as error:
        return Unreadable(str(error), is_open=isinstance(error, AmbiguousJson))
