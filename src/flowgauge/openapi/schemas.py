"""The schemas of a document in the words of JSON Schema 2020-12, each under a number.

What OpenAPI adds or says otherwise is translated: `nullable` and boolean `exclusiveMinimum` (3.0), siblings
of `$ref` (which 3.0 ignores), `readOnly` and `writeOnly` members that are not required on one side, and
discriminators: a value is judged by the branch that it names, where the bare `oneOf` would refuse a value
that two branches allow. Every schema that a reference names, and every branch, has a number; so a path into
the result leads back to the place in the document.
"""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from flowgauge.openapi.keywords import (
    ASSERTIONS,
    BESIDE,
    BRANCHES,
    CHILD_MAPS,
    CHILDREN,
    named,
    numbered,
    same_value,
)
from flowgauge.openapi.operations import Json
from flowgauge.openapi.references import Node, References
from flowgauge.openapi.source import escaped

__all__ = ["Schemas", "Side"]

Side = Literal["request", "response"]

# OpenAPI 3.0 leaves formats open: a `duration` there may be a Go duration. These mean one thing everywhere.
_FORMATS_3_0 = frozenset({"date", "date-time", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"})
_HIDDEN_BY: Mapping[Side, str] = {"request": "readOnly", "response": "writeOnly"}
# Members that a translation made, below a place that has no such members.
_CUT = "\0"


class Schemas:
    """The schemas of one document as one side of an exchange must keep them.

    Raises UsageError, with the place, on what is no schema.
    """

    def __init__(self, references: References, side: Side, *, is_3_0: bool) -> None:
        self._references = references
        self._hidden_by = _HIDDEN_BY[side]
        self._is_3_0 = is_3_0
        self._numbers: dict[str, int] = {}
        self._places: list[str] = []
        self._schemas: list[Json] = []
        self._pending: list[tuple[int, Node, frozenset[str]]] = []

    def number(self, pointer: str) -> int:
        """The number of the schema at a pointer; it and all that it names is translated then."""
        first = len(self._schemas)
        number = self._numbered(self._references.at(pointer))
        while self._pending:
            index, node, hidden = self._pending.pop()
            self._schemas[index] = self._translated(node, hidden)
        self._refuse_circles(first)
        return number

    def schema(self, number: int) -> Json:
        """The translated schema of that number; its references are `#/$defs/<number>`."""
        return self._schemas[number]

    def place(self, number: int) -> str:
        """Where a schema stands in the document: a JSON pointer."""
        return self._places[number].partition(_CUT)[0]

    def is_made(self, number: int) -> bool:
        """Whether a schema is of our making and declares nothing by itself."""
        return self._places[number].endswith(_CUT)

    def pointer(self, path: Iterable[str | int]) -> str:
        """Where a keyword stands in the document, from a path that starts with `$defs` and a number."""
        _, number, *rest = path
        place, cut, _ = self._places[int(number)].partition(_CUT)
        return place if cut else place + "".join(f"/{escaped(str(part))}" for part in rest)

    def reachable(self, number: int) -> set[int]:
        """The schema of that number and all that it names, near or far."""
        seen: set[int] = set()
        pending = [number]
        while pending:
            index = pending.pop()
            if index not in seen:
                seen.add(index)
                pending += named(self._schemas[index])
        return seen

    def _numbered(self, node: Node, hidden: frozenset[str] = frozenset()) -> int:
        key = f"{node.pointer} {' '.join(sorted(hidden))}"
        if key not in self._numbers:
            self._numbers[key] = self._added(node.pointer)
            self._pending.append((self._numbers[key], node, hidden))
        return self._numbers[key]

    def _added(self, place: str, schema: Json = True) -> int:
        self._places.append(place)
        self._schemas.append(schema)
        return len(self._schemas) - 1

    def _made(self, place: str, schema: Json) -> Json:
        """A reference to a schema of our making, for which `place` answers as a whole."""
        return numbered(self._added(place + _CUT, schema))

    def _translated(self, node: Node, hidden: frozenset[str]) -> Json:
        if isinstance(node.value, bool):
            return node.value
        node.checked(dict)
        made: dict[str, Json] = {}
        if node.has("$ref"):
            target = self._references.target(node.value["$ref"], f"{node.pointer}/$ref")
            made |= numbered(self._numbered(target))
            if self._is_3_0:
                return made
        if "allOf" in node.value or "required" in node.value:
            hidden |= self._hidden(node, set())
        for key in node.value:
            made |= self._keyword(node, key, hidden)
        if node.has("discriminator"):
            self._discriminate(node, made)
        if self._is_3_0:
            _mend_bounds(made)
            if node.value.get("nullable") is True:
                return self._nullable(node.pointer, made)
        return made

    def _keyword(self, node: Node, key: str, hidden: frozenset[str]) -> dict[str, Json]:
        if key in BRANCHES:
            passed = hidden if key == "allOf" else frozenset()
            return {key: [numbered(self._numbered(branch, passed)) for branch in node.items(key)]}
        if key in BESIDE:
            return {key: numbered(self._numbered(node.child(key)))}
        if key == "dependentSchemas":
            return {key: {name: numbered(self._numbered(schema)) for name, schema in node.members(key)}}
        if key in CHILDREN:
            return {key: self._child(node.child(key))}
        if key in CHILD_MAPS:
            return {key: {name: self._child(schema) for name, schema in node.members(key)}}
        if key == "prefixItems":
            return {key: [self._child(schema) for schema in node.items(key)]}
        if key not in ASSERTIONS or (
            key == "format" and self._is_3_0 and node.member(key, str) not in _FORMATS_3_0
        ):
            return {}
        if key == "required":
            return {
                key: [name for item in node.items(key) if (name := item.checked(str).value) not in hidden]
            }
        return {key: node.value[key]}

    def _child(self, schema: Node) -> Json:
        return schema.value if isinstance(schema.value, bool) else numbered(self._numbered(schema))

    def _hidden(self, node: Node, seen: set[str]) -> frozenset[str]:
        """Names of members that this side does not show, declared by a schema or what it is made of."""
        if node.pointer in seen or not isinstance(node.value, dict):
            return frozenset()
        seen.add(node.pointer)
        if "$ref" in node.value:
            return self._hidden(node.followed(), seen)
        names = frozenset(name for name, schema in node.members("properties") if self._is_hidden(schema))
        return names.union(*(self._hidden(branch, seen) for branch in node.items("allOf")))

    def _is_hidden(self, schema: Node) -> bool:
        return any(
            isinstance(node.value, dict) and node.value.get(self._hidden_by) is True
            for node in (schema, schema.followed())
        )

    def _discriminate(self, node: Node, made: dict[str, Json]) -> None:
        """Judge by the branch that a value names, where the discriminator stands beside a choice.

        Without a choice, the children that are built on this schema are noted, for the closed check alone.
        """
        settings = node.child("discriminator").checked(dict)
        name = settings.member("propertyName", str)
        choice = next((key for key in ("oneOf", "anyOf") if key in made), None)
        branches = list(node.items(choice)) if choice else self._children_of(node)
        named = self._mapping(settings)
        for branch in branches:
            if isinstance(branch.value, dict) and "$ref" in branch.value:
                target = self._references.target(branch.value["$ref"], f"{branch.pointer}/$ref")
                named.setdefault(target.pointer.rpartition("/")[2], target)
            elif choice and not _is_no_object(branch.value):
                return  # An object without a name: any value could be meant for it.
            elif not choice:
                named.setdefault(branch.pointer.rpartition("/")[2], branch)
        numbers = {value: self._numbered(target) for value, target in named.items()}
        if choice is None:
            made["x-children"] = {"of": name, "named": numbers}
        elif numbers:
            plain = self._added(node.pointer, {choice: made.pop(choice)})
            judged = self._by_name(settings.pointer, name, numbers, plain)
            made["allOf"] = [*made.get("allOf", ()), judged]

    def _by_name(self, place: str, name: str, numbers: Mapping[str, int], plain: int) -> Json:
        """The schema that a value's member `name` chooses; `plain` where it has no such string."""
        is_named = self._made(
            place,
            {"type": "object", "required": [name], "properties": {name: {"type": "string"}}},
        )
        known = self._made(place, {"properties": {name: {"enum": list(numbers)}}})
        chosen = [
            {
                "if": self._made(place, {"properties": {name: {"const": value}}, "required": [name]}),
                "then": numbered(number),
            }
            for value, number in numbers.items()
        ]
        judged = {"allOf": [known, *(self._made(place, case) for case in chosen)]}
        return self._made(place, {"if": is_named, "then": self._made(place, judged), "else": numbered(plain)})

    def _mapping(self, settings: Node) -> dict[str, Node]:
        """What each value of a discriminator names: a reference, or the name of a schema."""
        named = {}
        for value, node in settings.members("mapping"):
            name = node.checked(str).value
            ref = name if "#" in name or "/" in name else f"#/components/schemas/{escaped(name)}"
            named[value] = self._references.target(ref, node.pointer)
        return named

    def _children_of(self, parent: Node) -> list[Node]:
        """The named schemas that are built on another one with `allOf`."""
        try:
            schemas = self._references.at("/components/schemas")
        except KeyError:
            return []
        return [
            schemas.child(name)
            for name, value in schemas.checked(dict).value.items()
            if isinstance(value, dict) and isinstance(value.get("allOf"), list)
            if {"$ref": f"#{parent.pointer}"} in value["allOf"]
        ]

    def _nullable(self, pointer: str, made: dict[str, Json]) -> Json:
        if isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
        # The text of 3.0.3 asks for null in the enum; most documents forget it, and mean it.
        if isinstance(made.get("enum"), list) and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
        if not made.keys() & {*BRANCHES, *BESIDE}:
            return made
        return {
            "if": self._made(pointer, {"type": "null"}),
            "else": numbered(self._added(pointer, made)),
        }

    def _refuse_circles(self, first: int) -> None:
        """Refuse schemas that contain themselves without a step into a member: judging would never end.

        Those before `first` were looked at when they came, and name none that came later.
        """
        parts = {number: same_value(self._schemas[number]) for number in range(first, len(self._schemas))}
        try:
            TopologicalSorter(parts).prepare()
        except CycleError as circle:
            raise self._references.refused(
                self.place(min(circle.args[1])),
                "this schema contains itself, without a member in between",
                hint="drop the reference back, in an allOf, anyOf or oneOf or by itself",
            ) from None


def _is_no_object(schema: Json) -> bool:
    """Whether a branch without a reference cannot mean an object: null, say."""
    types = schema.get("type", "object") if isinstance(schema, dict) else "object"
    return "object" not in (types if isinstance(types, list) else [types])


def _mend_bounds(made: dict[str, Json]) -> None:
    """3.0 says with true or false whether a bound itself is allowed."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(made.get(exclusive), bool) and made.pop(exclusive) and bound in made:
            made[exclusive] = made.pop(bound)
