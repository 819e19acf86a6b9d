"""Members that a value has and the document does not declare.

The walk goes through the value and, at each place of it, gathers every schema that applies there: what
`allOf` and references add, and of `oneOf`, `anyOf`, discriminators and conditions the branches that the value
matches. What none of them declares is surplus. (`unevaluatedProperties` comes to the same verdict in most
documents, but says of every member of a branch that is wrong elsewhere that it was unexpected.)
Maps (`additionalProperties`) stay open, and so do objects that declare no member at all.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flowgauge.openapi.keywords import is_ref, number_of, numbered
from flowgauge.openapi.operations import Json
from flowgauge.openapi.schemas import Schemas
from flowgauge.openapi.source import escaped

__all__ = ["Surplus", "surplus"]

Matches = Callable[[int, Json], bool]


@dataclass(frozen=True, slots=True)
class Surplus:
    """The undeclared members of one object, and where the schema stands that does not declare them."""

    pointer: str
    names: tuple[str, ...]
    schema_pointer: str


@dataclass(slots=True)
class _Declared:
    """What the schemas at one place of a value declare of it.

    `applied` are the schemas that can say something of its members and items; `places` are of those that
    declare members.
    """

    applied: list[dict[str, Json]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    is_open: bool = False

    def declares(self, name: str) -> bool:
        """Whether a schema names a member, by itself or by a pattern, if only to require it."""
        return any(
            name in schema.get("properties", ())
            or name in schema.get("required", ())
            or any(_fits(pattern, name) for pattern in schema.get("patternProperties", ()))
            for schema in self.applied
        )


def surplus(schemas: Schemas, number: int, value: Json, matches: Matches) -> Iterator[Surplus]:
    """Each object in `value` that has members which the schema of that number does not declare.

    `matches` tells whether a value is valid against the schema of a number.
    """
    walk = _Walk(schemas, matches)
    pending: list[tuple[Json, str, list[Json]]] = [(value, "", [numbered(number)])]
    # Not by recursion: a value may be nested deeper than Python's stack.
    while pending:
        here, pointer, asked = pending.pop()
        if not isinstance(here, dict | list):
            continue
        declared = _Declared()
        for schema in asked:
            walk.gather(schema, here, declared, set())
        if isinstance(here, list):
            pending += [
                (item, f"{pointer}/{index}", _of_item(declared, index)) for index, item in enumerate(here)
            ]
            continue
        names = tuple(name for name in here if not declared.declares(name))
        if names and declared.places and not declared.is_open:
            owner = declared.places[0] if len(declared.places) == 1 else walk.resolved_place(asked)
            yield Surplus(pointer, names, f"{owner}/additionalProperties")
        pending += [
            (item, f"{pointer}/{escaped(name)}", _of_member(declared, name)) for name, item in here.items()
        ]


@dataclass(frozen=True, slots=True)
class _Walk:
    schemas: Schemas
    matches: Matches

    def gather(self, ref: Json, value: Json, into: _Declared, seen: set[int]) -> None:
        """Add to `into` what a schema, and all that it applies to the same value, declares of it."""
        number = number_of(ref) if is_ref(ref) else None
        if number in seen:
            return
        schema = ref if number is None else self.schemas.schema(number)
        if number is None or not isinstance(schema, dict):
            into.is_open |= schema is True
            return
        seen.add(number)
        place = self.schemas.place(number)
        if self.schemas.is_made(number):
            schema = {key: part for key, part in schema.items() if key != "properties"}
        before = len(into.places)
        into.applied.append(schema)
        if schema.get("properties") or schema.get("patternProperties"):
            into.places.append(place)
        # Its own word on further members has been judged with the rest.
        into.is_open |= "additionalProperties" in schema or "unevaluatedProperties" in schema
        for branch in (*([schema] if "$ref" in schema else ()), *schema.get("allOf", ())):
            self.gather(branch, value, into, seen)
        for name, branch in schema.get("dependentSchemas", {}).items():
            if name in value:
                self.gather(branch, value, into, seen)
        self._condition(schema, value, into, seen)
        if "x-children" in schema:
            self._child(schema["x-children"], value, into, seen)
        own = len(into.places) > before
        for key in ("anyOf", "oneOf"):
            if key in schema:
                self._choice(schema[key], value, into, seen, is_open_alone=not own)

    def resolved_place(self, asked: list[Json]) -> str:
        """Where the schema stands that several others are part of."""
        number = number_of(next(ref for ref in asked if is_ref(ref)))
        while is_ref(schema := self.schemas.schema(number)):
            number = number_of(schema)
        return self.schemas.place(number)

    def _choice(
        self, branches: list[Json], value: Json, into: _Declared, seen: set[int], *, is_open_alone: bool
    ) -> None:
        matched = [branch for branch in branches if self.matches(number_of(branch), value)]
        # A value that no branch allows has been reported as such: what it may have nobody can tell.
        into.is_open |= not matched
        for branch in matched:
            before = len(into.places)
            self.gather(branch, value, into, seen)
            # A free object as an alternative: then the value is free.
            into.is_open |= is_open_alone and len(into.places) == before and isinstance(value, dict)

    def _condition(self, schema: Json, value: Json, into: _Declared, seen: set[int]) -> None:
        if "if" not in schema:
            return
        holds = self.matches(number_of(schema["if"]), value)
        for key in ("if", "then") if holds else ("else",):
            if key in schema:
                self.gather(schema[key], value, into, seen)

    def _child(self, children: Json, value: Json, into: _Declared, seen: set[int]) -> None:
        """What the child declares that a value names, where its schema is the parent's."""
        name = value.get(children["of"]) if isinstance(value, dict) else None
        if isinstance(name, str) and name in children["named"]:
            self.gather(numbered(children["named"][name]), value, into, seen)
        elif isinstance(value, dict):
            into.is_open = True


def _of_member(declared: _Declared, name: str) -> list[Json]:
    """The schemas that apply to a member of that name."""
    found: list[Json] = []
    for schema in declared.applied:
        properties = schema.get("properties", {})
        named = [properties[name]] if name in properties else []
        named += [c for pattern, c in schema.get("patternProperties", {}).items() if _fits(pattern, name)]
        others = ("additionalProperties", "unevaluatedProperties")
        found += named or [schema[key] for key in others if key in schema]
    return found


def _of_item(declared: _Declared, index: int) -> list[Json]:
    """The schemas that apply to the item at an index."""
    found: list[Json] = []
    for schema in declared.applied:
        first = schema.get("prefixItems", [])
        if index < len(first):
            found.append(first[index])
        elif "items" in schema:
            found.append(schema["items"])
    return found


def _fits(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return True  # A pattern of another dialect: it may allow the name.
