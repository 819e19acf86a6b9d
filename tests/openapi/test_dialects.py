"""What OpenAPI 3.0 and 3.1 each mean by a schema, on each side of an exchange."""

from typing import Any

import pytest
from openapi_documents import document, found, ref

TEXT = {"type": "string"}
OBJECT = {"type": "object", "properties": {"a": TEXT}}
SCHEMAS = {"Object": OBJECT, "Text": TEXT, "Id": {"type": "string", "readOnly": True}}
HERE = "/paths/~1things/post/responses/200/content/application~1json/schema"


@pytest.mark.parametrize(
    ("version", "schema", "right", "wrong"),
    [
        ("3.0.3", {"type": "string", "nullable": True}, ["x", None], [1, {}]),
        ("3.0.3", {"type": "string", "nullable": False}, ["x"], [None]),
        ("3.0.3", {"type": "string", "nullable": True, "enum": ["x"]}, ["x", None], ["y"]),
        ("3.0.3", {"nullable": True, "allOf": [ref("Object")]}, [None, {"a": "x"}], [1, {"a": 1}, {"z": 1}]),
        ("3.0.3", {"nullable": True, "oneOf": [ref("Object"), ref("Text")]}, [None, {}, "x"], [1, {"z": 1}]),
        ("3.0.3", {"nullable": True, "type": "object", "allOf": [ref("Object")]}, [None, {}], [[], {"a": 1}]),
        ("3.0.3", {"type": "integer", "minimum": 1, "exclusiveMinimum": True}, [2], [1, 0]),
        ("3.0.3", {"type": "integer", "minimum": 1, "exclusiveMinimum": False}, [1], [0]),
        ("3.0.3", {"type": "integer", "maximum": 9, "exclusiveMaximum": True}, [8], [9]),
        ("3.0.3", {"type": "integer", "exclusiveMaximum": True}, [9], ["x"]),
        # Siblings of a reference: ignored, and not.
        ("3.0.3", {"$ref": ref("Text")["$ref"], "minLength": 2}, ["", "x"], [1]),
        ("3.1.0", {"$ref": ref("Text")["$ref"], "minLength": 2}, ["xx"], ["x", 1]),
        ("3.1.0", {"$ref": ref("Object")["$ref"], "required": ["a"]}, [{"a": "x"}], [{}, {"a": 1}]),
        ("3.1.0", {"type": ["string", "null"]}, ["x", None], [1]),
        ("3.1.0", {"anyOf": [ref("Object"), {"type": "null"}]}, [None, {}], [1, {"z": 1}]),
        ("3.1.0", {"type": "integer", "exclusiveMinimum": 1}, [2], [1]),
        ("3.1.0", {"type": "integer", "exclusiveMaximum": 9}, [8], [9]),
        ("3.1.0", {"const": 1}, [1], [2]),
        # `nullable` is no word of 3.1.
        ("3.1.0", {"type": "string", "nullable": True}, ["x"], [None]),
        ("3.1.0", False, [], [1, None]),
        # Formats: those with one meaning are kept, the others ignored.
        ("3.0.3", {"format": "date-time"}, ["2023-02-14T09:30:00Z", 1], ["2023-02-14", ""]),
        ("3.0.3", {"format": "uuid"}, ["5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01"], ["5b2e"]),
        ("3.0.3", {"type": "integer", "format": "int64"}, [1, 2**70], [1.5]),
        ("3.0.3", {"type": "integer", "format": "bigint"}, [0, 10**300], ["1"]),
        ("3.0.3", {"type": "string", "format": "duration"}, ["250ms"], [1]),
        ("3.1.0", {"type": "string", "format": "bigint"}, ["1", "x"], [1]),
        ("3.1.0", {"type": "string", "format": "duration"}, ["PT1S"], ["250ms"]),
        # Prose and words of other people are no rules.
        ("3.1.0", {"type": "string", "example": 1, "x-thing": {"type": 7}, "xml": {}}, ["x"], [1]),
        ("3.1.0", {"$id": "https://example.test/a", "$schema": "x", "type": "string"}, ["x"], [1]),
        ("3.1.0", {"$defs": {"a": {"type": "nonsense"}}, "type": "string"}, ["x"], [1]),
    ],
)  # fmt: skip
def test_a_schema_means_what_its_version_says(
    version: str, schema: Any, right: list[Any], wrong: list[Any]
) -> None:
    of = document(schema, version=version, schemas=SCHEMAS)
    assert {repr(value): found(of, value) for value in right} == {repr(value): {} for value in right}
    assert [value for value in wrong if not found(of, value)] == []


@pytest.mark.parametrize(
    ("schema", "value", "place"),
    [
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 1, "/exclusiveMinimum"),
        ({"type": "string", "nullable": True}, 1, "/type"),
        ({"type": "string", "nullable": True, "enum": ["x"]}, "y", "/enum"),
        ({"nullable": True, "allOf": [{"type": "string"}]}, 1, "/allOf/0/type"),
        ({"nullable": True, "allOf": [ref("Text")]}, 1, "Text/type"),
        ({"nullable": True, "type": "object", "oneOf": [{}]}, 1, "/type"),
    ],
)
def test_what_was_translated_is_found_where_it_stands_in_the_document(
    schema: Any, value: Any, place: str
) -> None:
    of = document(schema, version="3.0.3", schemas=SCHEMAS)
    start = HERE if place.startswith("/") else "/components/schemas/"
    assert found(of, value) == {"": start + place}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"readOnly": True}, "b": {"writeOnly": True}}, "required": ["a", "b"]},
        {"allOf": [{"properties": {"a": {"readOnly": True}, "b": {"writeOnly": True}}},
                   {"required": ["a", "b"]}]},
        {"allOf": [ref("Base")], "required": ["a", "b"]},
        {"allOf": [{"allOf": [ref("Base")]}, {"allOf": [{"required": ["a", "b"]}]}]},
        {"properties": {"a": ref("Read"), "b": ref("Write")}, "required": ["a", "b"]},
    ],
)  # fmt: skip
def test_a_member_that_a_side_does_not_show_is_not_required_of_it(version: str, schema: Any) -> None:
    read, write = {"type": "string", "readOnly": True}, {"type": "string", "writeOnly": True}
    schemas = {"Base": {"properties": {"a": read, "b": write}}, "Read": read, "Write": write}
    of = document(schema, version=version, schemas=schemas, request=schema)
    assert found(of, {"b": "x"}, side="request") == {}
    assert list(found(of, {"a": "x"}, side="request")) == [""]
    assert found(of, {"a": "x"}) == {}
    assert list(found(of, {"b": "x"})) == [""]
    # What is sent all the same is declared.
    assert found(of, {"a": "x", "b": "x"}) == found(of, {"a": "x", "b": "x"}, side="request") == {}
