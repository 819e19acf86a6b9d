"""Closed checks: what a document does not declare is refused, and nothing else."""

import copy
import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_documents import NAMED, document, found, ref, root

from flowgauge.openapi import Document
from flowgauge.openapi.closedness import surplus
from flowgauge.openapi.references import References
from flowgauge.openapi.schemas import Schemas

HERE = "/paths/~1things/post/responses/200/content/application~1json/schema"
A = {"type": "object", "properties": {"a": {"type": "integer"}}}
B = {"type": "object", "properties": {"b": {"type": "integer"}}}
CAT = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "claws": {}}}
DOG = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "tail": {}}}
PET = {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "kind"}}
TREE = {
    "type": "object",
    "required": ["v"],
    "properties": {"v": {"type": "integer"}, "kids": {"type": "array", "items": ref("Tree")}},
}
EVEN = {"type": "object", "properties": {"odd": ref("Odd"), "x": {}}}
ODD = {"type": "object", "properties": {"even": {"type": "array", "items": ref("Even")}}}
BASE = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"type": "string"}},
    "discriminator": {"propertyName": "type", "mapping": {"k": "Kid"}},
}
KID = {"allOf": [ref("Base"), {"properties": {"toy": {}}}]}
SCHEMAS = {"A": A, "B": B, "Cat": CAT, "Dog": DOG, "Pet": PET, "Tree": TREE, "Even": EVEN, "Odd": ODD,
           "Base": BASE, "Kid": KID}  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        # Objects, near and far.
        (A, {"a": 1}, {}),
        (A, {"a": 1, "z": 2, "y": 3}, {"": "/additionalProperties"}),
        (A, {"a": "x", "z": 2}, {"": "/additionalProperties", "/a": "/properties/a/type"}),
        ({"items": A}, [{}, {"z": 1}], {"/1": "/items/additionalProperties"}),
        ({"prefixItems": [A]}, [{"z": 1}, {"z": 1}], {"/0": "/prefixItems/0/additionalProperties"}),
        ({"properties": {"m": A}}, {"m": {"z": 1}}, {"/m": "/properties/m/additionalProperties"}),
        (ref("A"), {"a/b": 1}, {"": "A/additionalProperties"}),
        ({"properties": {"a/b": ref("A")}}, {"a/b": {"~": 1}}, {"/a~1b": "A/additionalProperties"}),
        # Maps and free objects stay open, their values do not.
        ({"type": "object"}, {"z": 1}, {}),
        ({"type": "object", "properties": {}}, {"z": 1}, {}),
        (True, {"z": 1}, {}),
        ({}, [{"z": {"y": 1}}], {}),
        ({**A, "additionalProperties": True}, {"z": 1}, {}),
        ({**A, "additionalProperties": {"type": "string"}}, {"z": "1"}, {}),
        ({**A, "additionalProperties": {"type": "string"}}, {"z": 1}, {"/z": "/additionalProperties/type"}),
        ({"additionalProperties": A}, {"m": {}, "n": {"z": 1}},
         {"/n": "/additionalProperties/additionalProperties"}),
        ({"additionalProperties": ref("A")}, {"n": {"z": 1}}, {"/n": "A/additionalProperties"}),
        ({"patternProperties": {"^x-": A}}, {"x-a": {}, "a": 1}, {"": "/additionalProperties"}),
        ({"patternProperties": {"^x-": A}}, {"x-a": {"z": 1}},
         {"/x-a": "/patternProperties/^x-/additionalProperties"}),
        ({**A, "additionalProperties": False}, {"z": 1}, {"": "/additionalProperties"}),
        ({**A, "unevaluatedProperties": False}, {"z": 1}, {"": "/unevaluatedProperties"}),
        # allOf is one object, and a wrong member of one branch says nothing of the others.
        ({"allOf": [A, B]}, {"a": 1, "b": 2}, {}),
        ({"allOf": [A, B]}, {"a": "x", "b": 2}, {"/a": "/allOf/0/properties/a/type"}),
        ({"allOf": [A, B]}, {"a": 1, "z": 2}, {"": "/additionalProperties"}),
        ({"allOf": [ref("A"), B], "properties": {"c": {}}}, {"a": "x", "c": 1, "z": 2},
         {"": "/additionalProperties", "/a": "A/properties/a/type"}),
        ({"allOf": [A, {"required": ["a"]}]}, {"z": 1}, {"": "/allOf/0/additionalProperties"}),
        ({"allOf": [ref("A")]}, {"z": 1}, {"": "A/additionalProperties"}),
        ({"allOf": [A, {"additionalProperties": True}]}, {"z": 1}, {}),
        # Overlapping branches: a member may have what either declares of it.
        ({"allOf": [{"properties": {"m": A}}, {"properties": {"m": B}}]}, {"m": {"a": 1, "b": 2}}, {}),
        ({"allOf": [{"properties": {"m": A}}, {"properties": {"m": B}}]}, {"m": {"a": 1, "z": 2}},
         {"/m": "/allOf/0/properties/m/additionalProperties"}),
        # Choices: the branch that matches.
        ({"anyOf": [ref("A"), {"type": "string"}]}, "z", {}),
        ({"anyOf": [ref("A"), {"type": "string"}]}, {"z": 1}, {"": "A/additionalProperties"}),
        ({"anyOf": [ref("A"), {"type": "null"}]}, {"a": "x"}, {"/a": "A/properties/a/type"}),
        ({"anyOf": [A, B]}, {"a": 1, "b": 2}, {}),
        ({"anyOf": [A, B]}, {"a": 1, "z": 2}, {"": "/additionalProperties"}),
        ({"anyOf": [A, {"type": "object"}]}, {"z": 2}, {}),
        ({**A, "anyOf": [{"required": ["a"]}, {"required": ["z"]}]}, {"z": 1}, {}),
        ({**A, "anyOf": [{"required": ["a"]}, {"required": ["z"]}]}, {"a": 1, "y": 1},
         {"": "/additionalProperties"}),
        ({**A, "required": ["z"]}, {"z": 1}, {}),
        ({"oneOf": [{**A, "required": ["a"]}, {**B, "required": ["b"]}]}, {"b": 1, "z": 1},
         {"": "/oneOf/1/additionalProperties"}),
        # Discriminators: the branch that is named, not the union.
        (ref("Pet"), {"kind": "Cat", "claws": 1}, {}),
        (ref("Pet"), {"kind": "Cat"}, {}),
        (ref("Pet"), {"kind": "Cat", "tail": 1}, {"": "Cat/additionalProperties"}),
        (ref("Pet"), {"kind": "Cow"}, {"/kind": "Pet/discriminator"}),
        (ref("Pet"), {"claws": 1}, {"": "Pet/oneOf"}),
        ({**PET, "discriminator": {"propertyName": "kind", "mapping": {"c": "Cat", "d": NAMED + "Dog"}}},
         [], {"": "/oneOf"}),
        ({**PET, "discriminator": {"propertyName": "kind", "mapping": {"c": "Cat", "d": NAMED + "Dog"}}},
         {"kind": "d", "claws": 1}, {"": "Dog/additionalProperties"}),
        # A parent with a discriminator stands for its children.
        (ref("Base"), {"type": "k", "toy": 1}, {}),
        (ref("Base"), {"type": "Kid", "toy": 1}, {}),
        (ref("Base"), {"type": "k", "z": 1}, {"": "Base/additionalProperties"}),
        (ref("Base"), {"type": "stranger", "z": 1}, {}),
        (ref("Kid"), {"type": "k", "toy": 1, "z": 1}, {"": "Kid/additionalProperties"}),
        # Recursion: direct, mutual.
        (ref("Tree"), {"v": 1, "kids": [{"v": 2}, {"v": 3, "kids": []}]}, {}),
        (ref("Tree"), {"v": 1, "kids": [{"v": 2}, {"v": "x", "z": 1}]},
         {"/kids/1": "Tree/additionalProperties", "/kids/1/v": "Tree/properties/v/type"}),
        (ref("Even"), {"odd": {"even": [{"x": 1}, {"z": 1}]}}, {"/odd/even/1": "Even/additionalProperties"}),
        # Conditions.
        ({**A, "if": {"required": ["a"]}, "then": B}, {"a": 1, "b": 2}, {}),
        ({**A, "if": {"required": ["a"]}, "then": B}, {"b": 2}, {"": "/additionalProperties"}),
        ({**A, "dependentSchemas": {"a": B}}, {"a": 1, "b": 2}, {}),
        ({**A, "dependentSchemas": {"a": B}}, {"b": 2}, {"": "/additionalProperties"}),
    ],
)  # fmt: skip
def test_a_closed_check_names_what_is_surplus_and_where(
    schema: Any, value: Any, expected: dict[str, str]
) -> None:
    places = {
        pointer: (HERE if place.startswith("/") else "/components/schemas/") + place
        for pointer, place in expected.items()
    }
    assert found(document(schema, schemas=SCHEMAS), value) == places


def test_a_message_names_every_surplus_member_and_no_other() -> None:
    [violation] = document({"allOf": [A, B]}).response_violations(
        "read", 200, {"a": 1, "z": 1, "y": 2}, closed=True
    )
    assert str(violation) == "(root): Additional properties are not allowed ('z', 'y' were unexpected)"


def test_a_choice_between_two_objects_blames_the_choice() -> None:
    schema = {"oneOf": [{**A, "required": ["a"]}, {**B, "required": ["b"]}]}
    assert found(document(schema), {"z": 1}) == {"": f"{HERE}/oneOf"}


def test_a_value_nested_deeper_than_the_stack_is_judged() -> None:
    value: dict[str, Any] = {"v": 1, "z": 1}
    for _ in range(1500):
        value = {"v": 1, "kids": [value]}
    of = document(ref("Tree"), schemas=SCHEMAS)
    # Far below, where no other reading of it would get without a RecursionError.
    assert len(of.response_violations("read", 200, value, closed=True)) == 1


NAMES = st.sampled_from(["a", "b", "c", "k"])
LEAVES = st.sampled_from([{"type": "integer"}, {"type": "string"}, {"type": "object"}, {}, True, ref("R")])
SCHEMA = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"properties": st.dictionaries(NAMES, inner, max_size=3)}),
        st.fixed_dictionaries(
            {"properties": st.dictionaries(NAMES, inner, max_size=2), "required": st.lists(NAMES, max_size=1)}
        ),
        st.fixed_dictionaries({"additionalProperties": inner}),
        st.fixed_dictionaries({"items": inner}),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=1, max_size=2)}),
    ),
    max_leaves=8,
)
RECURSIVE = {"type": "object", "properties": {"a": ref("R"), "k": {"type": "array", "items": ref("R")}}}
VALUE = st.recursive(
    st.sampled_from([1, "x", None]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abckz"), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(SCHEMA, VALUE)
def test_a_closed_check_says_all_that_an_open_one_does(schema: Any, value: Any) -> None:
    of = document(schema, schemas={"R": RECURSIVE})
    opened = of.response_violations("read", 200, value)
    closed = of.response_violations("read", 200, value, closed=True)
    assert set(opened) <= set(closed)
    assert all(v.schema_pointer.endswith("/additionalProperties") for v in set(closed) - set(opened))


@settings(max_examples=300, deadline=None)
@given(SCHEMA, VALUE)
def test_without_its_surplus_members_a_value_has_none(schema: Any, value: Any) -> None:
    of = document(schema, schemas={"R": RECURSIVE})
    if of.response_violations("read", 200, value):
        return
    surplus_of = of.response_violations("read", 200, value, closed=True)
    mended = copy.deepcopy(value)
    # From the inside out, so that the pointers stay good.
    for violation in sorted(surplus_of, key=lambda v: -len(v.pointer)):
        for name in re.findall(r"'(\w+)'", violation.message):
            del _at(mended, violation.pointer)[name]
    # Without them, another branch may match.
    if not of.response_violations("read", 200, mended):
        assert of.response_violations("read", 200, mended, closed=True) == ()


@settings(max_examples=300, deadline=None)
@given(SCHEMA, VALUE)
def test_the_quick_verdict_misses_nothing_that_the_walk_finds(schema: Any, value: Any) -> None:
    of = root(schema, schemas={"R": RECURSIVE})
    schemas = Schemas(References(of, "t", lambda _: None), "response", is_3_0=False)
    number = schemas.number(HERE)

    def matches(branch: int, part: Any) -> bool:
        definitions = {str(n): schemas.schema(n) for n in schemas.reachable(branch)}
        return jsonschema_rs.is_valid({"$ref": f"#/$defs/{branch}", "$defs": definitions}, part)

    walked = {more.pointer for more in surplus(schemas, number, value, matches)}
    assert walked <= found(Document(of), value).keys()


def test_two_documents_know_nothing_of_each_other() -> None:
    one, other = (document(ref("X"), schemas={"X": schema}) for schema in (A, B))
    for of, mine, foreign in ((one, "a", "b"), (other, "b", "a"), (one, "a", "b")):
        assert found(of, {mine: 1}) == {}
        assert found(of, {foreign: 1}) == {"": NAMED[1:] + "X/additionalProperties"}


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value
