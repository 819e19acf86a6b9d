"""What stands where in the values of a schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from flowgauge.contract.schema_values import plain_schema, type_of
from flowgauge.errors import HarnessError
from flowgauge.openapi import Document, Json, Operation

__all__ = [
    "answer_schema",
    "folded",
    "lists_in",
    "member_called",
    "objects_in",
    "plainly",
    "tells_location",
    "type_at",
]

Place = tuple[str, ...]
Schema = Mapping[str, Any]
# An envelope in an envelope is one too many already.
_DEEPEST = 3


def answer_schema(operation: Operation | None) -> Json:
    """The schema of an operation's ordinary answer, or None where it declares none."""
    if operation is None or not operation.successes:
        return None
    found = (operation.response(status) for status in operation.successes)
    return next((each.schema for each in found if each is not None and each.schema is not None), None)


def tells_location(document: Document, operation: Operation) -> bool:
    """Whether an operation says that its success has a Location."""
    for status in operation.successes:
        found = operation.response(status)
        node = document.resolved(f"#{found.pointer}") if found is not None else {}
        while "$ref" in node:
            node = document.resolved(node["$ref"])
        if any(name.lower() == "location" for name in node.get("headers", {})):
            return True
    return False


def objects_in(document: Document, schema: Json) -> Iterator[tuple[Place, Schema]]:
    """Every object in a value of the schema that is in no list, the outermost first; each with its place."""
    for place, plain in _walked(document, schema):
        if type_of(plain) == "object":
            yield place, plain


def lists_in(document: Document, schema: Json) -> Iterator[tuple[Place, Schema]]:
    """Every list in a value of the schema that is in no other, the outermost first, with what is in it."""
    for place, plain in _walked(document, schema):
        if type_of(plain) == "array":
            yield place, plainly(document, plain.get("items"))


def member_called(document: Document, schema: Schema, names: Mapping[str, int], *types: str) -> str | None:
    """The member of an object that has one of these names, folded, by their rank; and one of these types."""
    found = [
        (names[folded(name)], name)
        for name in schema.get("properties", {})
        if folded(name) in names and type_at(document, schema, name) in types
    ]
    return min(found)[1] if found else None


def type_at(document: Document, schema: Schema, name: str) -> str | None:
    """The type of a member; that of a time is "time"."""
    plain = plainly(document, schema.get("properties", {}).get(name))
    kind = type_of(plain)
    return "time" if kind == "string" and plain.get("format") == "date-time" else kind


def folded(name: str) -> str:
    """A name without regard to case, and to what is between its words."""
    return "".join(character for character in name.casefold() if character.isalnum())


def _walked(document: Document, schema: Json) -> Iterator[tuple[Place, Schema]]:
    level: list[tuple[Place, Json]] = [((), schema)]
    for _ in range(_DEEPEST + 1):
        below: list[tuple[Place, Json]] = []
        for place, each in level:
            plain = plainly(document, each)
            yield place, plain
            below += [((*place, name), inner) for name, inner in plain.get("properties", {}).items()]
        level = below


def plainly(document: Document, schema: Json) -> Schema:
    """A schema as it is read here; nothing of one that has no value."""
    try:
        return plain_schema(document, schema)
    except HarnessError:
        # It refers to itself, and has no value.
        return {}
