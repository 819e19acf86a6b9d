"""Values made from a schema: a legal one, and the places in it that leave room.

The schemas are JSON Schema as OpenAPI 3.0 and 3.1 write it. A value is made by reading, and by search for
none but a text with a pattern. Where a schema asks for more than is read here (a pattern that Python does not
know, say), what comes out may be illegal, so whoever needs a legal value has it judged by the document.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from flowgauge.errors import HarnessError
from flowgauge.openapi import Document, Json

__all__ = [
    "FORMATS",
    "Path",
    "SchemaPlace",
    "at",
    "free_places",
    "innermost",
    "places",
    "plain_schema",
    "put",
    "schema_value",
    "type_of",
]

Path = tuple[str | int, ...]
Room = Literal["text", "integer", "number", "map", "object", "anything", "list"]

# What is nested deeper than this is left out where it may be.
_DEEPEST = 8
_FORMATS = {
    "date-time": "2023-02-14T09:30:00Z",
    "date": "2023-02-14",
    "time": "09:30:00Z",
    "duration": "P1D",
    "email": "ada@example.org",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.org/",
    "uuid": "6f1c2d3e-4a5b-4c6d-8e7f-001122334455",
}
_ALTERNATIVES = ("oneOf", "anyOf")
# Those that a schema may name and mean no more than the standards say.
FORMATS = frozenset(_FORMATS) | {
    *("int32", "int64", "float", "double", "byte", "binary", "password", "regex", "json-pointer"),
    *("relative-json-pointer", "idn-email", "idn-hostname", "uri-reference", "uri-template", "iri"),
    *("iri-reference", "bigint"),
}
# A string with one of these holds what it says and no other text.
_TEXT_BOUNDS = ("enum", "const", "format", "pattern")


@dataclass(frozen=True, slots=True)
class SchemaPlace:
    """A place in a value, by the members and indices that lead to it, and the schema of what stands there."""

    path: Path
    schema: Json

    @property
    def room(self) -> Room | None:
        """What the schema leaves free here, if it does."""
        schema = self.schema
        match type_of(schema):
            case "string" if not any(bound in schema for bound in _TEXT_BOUNDS):
                return "text"
            case "integer" | "number" as kind if "enum" not in schema and "const" not in schema:
                return kind
            case "array" if "maxItems" not in schema and not schema.get("uniqueItems"):
                return "list"
            case "object" if not schema.get("properties"):
                members = schema.get("additionalProperties", True)
                return "map" if isinstance(members, dict) and members else "object" if members else None
            case None if not {"enum", "const", *_ALTERNATIVES} & schema.keys():
                return "anything"
        return None


def schema_value(document: Document, schema: Json, *, is_full: bool) -> Json:
    """A value of a schema: with every member it declares, or with no more than it requires.

    Raises HarnessError where one member requires another without end.
    """
    return _value(document, schema, is_full, 0)


def places(document: Document, schema: Json, value: Json) -> Iterator[SchemaPlace]:
    """Every place of a value of that schema, the whole first."""
    return _places(document, schema, value, ())


def free_places(document: Document, schema: Json, value: Json, *rooms: Room) -> Iterator[SchemaPlace]:
    """The places of a value where the schema leaves that kind of room."""
    return (place for place in places(document, schema, value) if place.room in rooms)


def innermost(place: SchemaPlace, value: Json) -> SchemaPlace:
    """The deepest object inside a free place of a value, by the first at each step; else the place itself.

    Where a server asks for more than its document, what stands around it is what the server wants to see.
    """
    path, here = place.path, at(value, place.path)
    while isinstance(here, dict) and (inner := [name for name in here if isinstance(here[name], dict)]):
        path, here = (*path, inner[0]), here[inner[0]]
    return place if path == place.path else SchemaPlace(path, {"type": "object"})


def at(value: Json, path: Path) -> Json:
    """What stands at a place of a value."""
    for step in path:
        value = value[int(step) if isinstance(value, list) else step]
    return value


def put(value: Json, path: Path, new: Json) -> Json:
    """The value with something else at a place."""
    if not path:
        return new
    first, *rest = path
    if isinstance(value, dict):
        return {**value, str(first): put(value.get(str(first)), tuple(rest), new)}
    index = int(first)
    return [*value[:index], put(value[index], tuple(rest), new), *value[index + 1 :]]


def _places(document: Document, schema: Json, value: Json, path: Path) -> Iterator[SchemaPlace]:
    schema = plain_schema(document, schema)
    yield SchemaPlace(path, schema)
    if isinstance(value, dict):
        declared, further = schema.get("properties", {}), schema.get("additionalProperties")
        for name, member in value.items():
            below = declared.get(name, further)
            if isinstance(below, dict):
                yield from _places(document, below, member, (*path, name))
    elif isinstance(value, list) and value and isinstance(schema.get("items"), dict):
        yield from _places(document, schema["items"], value[0], (*path, 0))


def plain_schema(document: Document, schema: Json) -> dict[str, Any]:
    """A schema with its reference followed, its `allOf` made one, and the first of its alternatives taken."""
    seen: list[str] = []
    while isinstance(schema, dict) and "$ref" in schema:
        if schema["$ref"] in seen:
            raise HarnessError(f"{schema['$ref']} refers to itself")
        seen.append(schema["$ref"])
        schema = document.resolved(schema["$ref"])
    if not isinstance(schema, dict):
        return {}
    plain = {name: value for name, value in schema.items() if name not in {"allOf", *_ALTERNATIVES}}
    branches = [*schema.get("allOf", ()), *(schema[name][0] for name in _ALTERNATIVES if schema.get(name))]
    for branch in branches:
        plain = _merged(plain, plain_schema(document, branch))
    return plain


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**one, **other}
    for name, empty in (("properties", {}), ("required", [])):
        if name in one and name in other:
            merged[name] = (
                {**one[name], **other[name]} if isinstance(empty, dict) else [*one[name], *other[name]]
            )
    return merged


def type_of(schema: Mapping[str, Any]) -> str | None:
    """The type of a plain schema's values, but for null; None where it may be any."""
    declared = schema.get("type")
    if isinstance(declared, list):
        declared = next((name for name in declared if name != "null"), "null")
    if declared is None:
        declared = "object" if "properties" in schema else "array" if "items" in schema else None
    return declared


def _value(document: Document, schema: Json, is_full: bool, depth: int) -> Json:
    schema = plain_schema(document, schema)
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if schema.get("enum"):
        return schema["enum"][0]
    match type_of(schema):
        case "object":
            return _object(document, schema, is_full, depth + 1)
        case "array":
            count = max(schema.get("minItems", 0), int(is_full and depth < _DEEPEST))
            items = schema.get("items", {})
            return [_value(document, items, is_full, depth + 1)] * count if count else []
        case "string":
            text = _own_text(schema) or _FORMATS.get(schema.get("format", ""), "text")
            return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return False
        case "null":
            return None
    return {}


def _own_text(schema: Mapping[str, Any]) -> str | None:
    """What a schema shows of a text with a pattern or a format of its own; else one with the pattern."""
    pattern, is_own = schema.get("pattern"), schema.get("format", "date") not in FORMATS
    if pattern is None and not is_own:
        return None
    examples = schema.get("examples")
    shown = [schema.get("example"), *(examples if isinstance(examples, list) else ())]
    text = next((text for text in shown if isinstance(text, str)), None)
    if text is None and isinstance(pattern, str):
        text = _text_of(pattern, schema.get("minLength", 0), schema.get("maxLength"))
    return text


@cache
def _text_of(pattern: str, shortest: int, longest: int | None) -> str | None:
    """A simple text with a pattern; None where Python does not know the pattern, or none is found soon."""
    try:
        # Not with the module: a load, which may be installed without, makes bodies too.
        from hypothesis import HealthCheck, Phase, find, settings  # noqa: PLC0415
        from hypothesis.errors import HypothesisException  # noqa: PLC0415
        from hypothesis.strategies import from_regex  # noqa: PLC0415
    except ImportError:
        return None
    limits = settings(
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        return find(
            from_regex(pattern),
            lambda text: shortest <= len(text) and (longest is None or len(text) <= longest),
            settings=limits,
        )
    except (re.error, HypothesisException, RecursionError):
        return None


def _object(document: Document, schema: Mapping[str, Any], is_full: bool, depth: int) -> dict[str, Json]:
    if depth > 3 * _DEEPEST:
        raise HarnessError("a schema whose values never end")
    required = schema.get("required", ())
    declared = schema.get("properties", {})
    names = [
        name
        for name, member in declared.items()
        if name in required or (is_full and depth < _DEEPEST and not _is_read_only(document, member))
    ]
    made = {name: _value(document, declared[name], is_full, depth) for name in names}
    further = schema.get("additionalProperties")
    made |= {name: _value(document, further or {}, is_full, depth) for name in required if name not in made}
    if is_full and not declared and isinstance(further, dict) and further:
        made.setdefault("a", _value(document, further, is_full, depth))
    return made


def _is_read_only(document: Document, schema: Json) -> bool:
    return bool(plain_schema(document, schema).get("readOnly"))


def _number(schema: Mapping[str, Any]) -> int | float:
    multiple = schema.get("multipleOf")
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    number: int | float = multiple or 1
    # In OpenAPI 3.0 these are true or false, and say how the others are meant.
    if above is True and lowest is not None:
        above = lowest
    if below is True and highest is not None:
        below = highest
    if isinstance(above, int | float) and not isinstance(above, bool):
        lowest = above + number
    if isinstance(below, int | float) and not isinstance(below, bool):
        highest = below - number
    if lowest is not None and lowest > number:
        number = lowest if multiple is None else -(-lowest // multiple) * multiple
    elif highest is not None and highest < number:
        number = highest if multiple is None else highest // multiple * multiple
    return number
