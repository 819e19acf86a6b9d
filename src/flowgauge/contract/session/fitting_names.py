"""Whether names of members say what a member is, and bodies that show what a server does with others."""

from email.utils import parsedate_to_datetime

from flowgauge.contract.date_times import moment
from flowgauge.contract.schema_values import at, places, plain_schema, put, type_of
from flowgauge.edition import Resource, member
from flowgauge.openapi import Document, Json
from flowgauge.results import Exchange

__all__ = ["declared_names", "is_time_of", "names_parent", "unsorted", "with_others"]

# A member that no document declares.
_OTHER = {"flowgaugeOther": "text"}
_ITEMS: dict[str, tuple[Json, ...]] = {"string": ("b", "a", "b"), "integer": (2, 1, 2), "number": (2, 1, 2)}

# Seconds: what is further from the create is the time of something else.
_NEAR = 3600.0
# Characters: no two ids are the same by chance from here on.
_LONG = 16


def names_parent(resource: Resource, view: Json, above: str | None) -> bool:
    """Whether a view names its parent where its name says so, or might have to.

    A thing that names itself there and its parent nowhere is wrong, where its id is too long to be another's.
    """
    named, own = str(member(view, (resource.parent_id or "",))), resource.id_in(view)
    if named == above:
        return True
    is_own = named == own and len(named) >= _LONG and resource.parent_id != resource.id
    return is_own and all(str(value) != above for value in view.values())


def is_time_of(created: Exchange, value: Json) -> bool:
    """Whether a time may be that of a create, by the server's own clock where it tells it."""
    at = moment(value) if isinstance(value, str) else None
    told = created.response.header("date") if created.response is not None else None
    if at is None or told is None:
        return at is not None
    try:
        return abs(at - parsedate_to_datetime(told).timestamp()) < _NEAR
    except ValueError:
        return True


def with_others(document: Document, operation_id: str, body: Json) -> Json:
    """The body with a member of no declared name in each object inside it whose members are declared."""
    schema = document.operation(operation_id).request_schema
    for place in [*places(document, schema, body)]:
        here = at(body, place.path)
        if place.path and place.schema.get("properties") and isinstance(here, dict):
            other = put(body, place.path, {**here, **_OTHER})
            body = body if document.request_violations(operation_id, other) else other
    return body


def unsorted(document: Document, operation_id: str, body: Json) -> Json:
    """The body with lists that are not sorted, and that hold an item twice where they may."""
    schema = document.operation(operation_id).request_schema
    for place in [*places(document, schema, body)]:
        if isinstance(at(body, place.path), list) and place.path:
            items = _ITEMS.get(type_of(plain_schema(document, place.schema.get("items", {}))) or "", ())
            for some in (items, items[:2]):
                other = put(body, place.path, [*some])
                if some and not document.request_violations(operation_id, other):
                    body = other
                    break
    return body


def declared_names(document: Document, operation_id: str) -> frozenset[str]:
    """All names that the schema of an operation's body gives to members, wherever they stand."""
    names: set[str] = set()
    pending: list[Json] = [document.inlined(document.operation(operation_id).request_schema)]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            declared = node.get("properties")
            names |= declared.keys() if isinstance(declared, dict) else set()
            pending += node.values()
        elif isinstance(node, list):
            pending += node
    return frozenset(names)
