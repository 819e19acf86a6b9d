"""The keywords of JSON Schema by what they are applied to, and the references between numbered schemas."""

from flowgauge.openapi.operations import Json

__all__ = [
    "ASSERTIONS",
    "BESIDE",
    "BRANCHES",
    "CHILDREN",
    "CHILD_MAPS",
    "is_ref",
    "named",
    "number_of",
    "numbered",
    "same_value",
]

# Applied to the same value: lists of schemas, and single ones.
BRANCHES = ("allOf", "anyOf", "oneOf")
BESIDE = ("not", "if", "then", "else")
# Applied to members or items: single ones, and maps. (`prefixItems` is the one list.)
CHILDREN = (
    "additionalProperties",
    "items",
    "contains",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
)
CHILD_MAPS = ("properties", "patternProperties")
# Without schemas inside.
ASSERTIONS = frozenset([
    "type", "enum", "const", "format", "pattern", "multipleOf", "uniqueItems", "required",
    "dependentRequired", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
    "minLength", "maxItems", "minItems", "maxContains", "minContains", "maxProperties", "minProperties",
])  # fmt: skip


def numbered(number: int) -> dict[str, Json]:
    """A reference to the schema of a number."""
    return {"$ref": f"#/$defs/{number}"}


def is_ref(schema: Json) -> bool:
    """Whether a schema is a reference; true, false and what we made stand for themselves."""
    return isinstance(schema, dict) and "$ref" in schema


def number_of(ref: Json) -> int:
    """The number of the schema that a reference names."""
    return int(ref["$ref"].rpartition("/")[2])


def same_value(schema: Json) -> list[int]:
    """Numbers of the schemas that one applies to the value that it is itself applied to."""
    if not isinstance(schema, dict):
        return []
    refs = [schema] if "$ref" in schema else []
    refs += [branch for key in BRANCHES for branch in schema.get(key, ())]
    refs += [schema[key] for key in BESIDE if key in schema]
    refs += schema.get("dependentSchemas", {}).values()
    return [number_of(ref) for ref in refs]


def named(schema: Json) -> list[int]:
    """Numbers of all schemas that one names, for its value or for parts of it."""
    if not isinstance(schema, dict):
        return []
    children = [schema[key] for key in CHILDREN if key in schema]
    children += [child for key in CHILD_MAPS for child in schema.get(key, {}).values()]
    children += schema.get("prefixItems", ())
    return same_value(schema) + [number_of(ref) for ref in children if is_ref(ref)]
