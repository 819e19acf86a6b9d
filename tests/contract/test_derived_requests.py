"""What is derived from a document: bodies, queries, paths and ids, without anything being sent."""

import json
import re
from urllib.parse import unquote

import pytest
from broken_target import V0
from toy.edition import edition

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.requests import ABSENT
from flowgauge.contract.schema_values import places, put, schema_value
from flowgauge.contract.strict_json import NotStrictJson, parsed
from flowgauge.contract.traffic.bodies import bodies
from flowgauge.contract.traffic.identities import identities
from flowgauge.contract.traffic.malformed import methods_of, paths, queries_of
from flowgauge.edition import Edition
from flowgauge.editions import contract_part
from flowgauge.openapi import Document

LIBRARY = edition()
BARE = ContractPart(V0)
PARTS = [BARE, contract_part("v0"), ContractPart(LIBRARY)]
REAL = {"workflow": "w" * 36, "run": "r" * 36, "shelf": "s" * 36, "book": "b" * 36}


def sent_to(part: ContractPart, operation_id: str) -> tuple[list[object], list[bytes]]:
    """The bodies that are derived for an operation: the values, and the texts that are no JSON."""
    values, texts = [], []
    for text in bodies(part, part.edition.operation(operation_id)):
        try:
            values.append(parsed(text))
        except NotStrictJson:
            texts.append(text)
    return values, texts


def known_to(part: ContractPart) -> dict[str, str]:
    return {resource.kind: REAL[resource.kind] for resource in part.edition.resources}


@pytest.mark.parametrize("part", PARTS, ids=["bare", "v0", "library"])
def test_ordinary_bodies_are_legal_and_numbered_ones_differ(part: ContractPart) -> None:
    for op in part.edition.operations:
        if op.request_schema is None:
            assert part.ordinary(op.id) is ABSENT
            continue
        made = [part.ordinary(op.id), *(part.numbered(op.id, number) for number in range(20))]
        assert not any(part.edition.document.request_violations(op.id, body) for body in made)
        assert len({json.dumps(body) for body in made[1:]}) == 20


@pytest.mark.parametrize("part", PARTS, ids=["bare", "v0", "library"])
def test_of_each_body_there_are_legal_wrong_and_broken_ones(part: ContractPart) -> None:
    for op in part.edition.operations:
        if op.request_schema is not None:
            values, texts = sent_to(part, op.id)
            wrong = [v for v in values if part.edition.document.request_violations(op.id, v)]
            assert len(texts) >= 30
            assert len(wrong) >= 30
            assert len(values) - len(wrong) >= 100


@pytest.mark.parametrize(
    ("operation_id", "body"),
    [
        ("createWorkflow", {"stages": None}),
        ("createWorkflow", {"stages": [{}, 0]}),
        ("createWorkflow", {"stages": [None, {}]}),
        ("createWorkflow", {"STAGES": []}),
        ("createWorkflow", {"stages": [{"text": "__proto__", "inner": [{"__proto__": "__proto__"}]}]}),
        ("createWorkflow", {"stages": [{"value": 2**64, "inner": [{"value": [2**64]}]}]}),
        ("createWorkflow", {"stages": [{}] * 257}),
        ("runWorkflow", {"a": 1}),
        ("runWorkflow", {"v": "k" * 65_536}),
        ("runWorkflow", {"constructor": "a"}),
    ],
)
def test_a_bare_document_is_enough_for_what_was_once_written_by_hand(operation_id: str, body: object) -> None:
    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {name: shape(member) for name, member in value.items()}
        return "text" if isinstance(value, str) and len(value) < 10 and value != "__proto__" else value

    values, _ = sent_to(BARE, operation_id)
    assert shape(body) in [shape(value) for value in values]


def test_bounds_of_the_schema_are_tried_on_both_sides() -> None:
    values, _ = sent_to(ContractPart(LIBRARY), "addBook")
    numbers = {
        value["pages"]
        for value in values
        if isinstance(value, dict) and "pages" in value
        if isinstance(value["pages"], int)
    }
    assert {0, 1, 2, 19_999, 20_000, 20_001} <= numbers
    queries = [r.target for r in queries_of(ContractPart(LIBRARY), known_to(ContractPart(LIBRARY)))]
    limits = {target.partition("limit=")[2] for target in queries if "/books?limit=" in target}
    assert {"0", "-1", "1", "50", "51"} <= limits


def test_numbers_are_those_that_every_implementation_agrees_on_where_the_schema_has_a_number() -> None:
    values, _ = sent_to(ContractPart(LIBRARY), "addBook")
    legal = [v for v in values if not LIBRARY.document.request_violations("addBook", v)]
    assert all(abs(value["pages"]) < 2**53 for value in legal)


@pytest.mark.parametrize("part", PARTS, ids=["bare", "v0", "library"])
def test_unknown_paths_are_not_in_the_document(part: ContractPart) -> None:
    targets = {request.target for request in paths(part)}
    assert len(targets) > 20
    assert not any(part.edition.document.matched(target) for target in targets)


def test_deletes_are_only_asked_for_what_cannot_be_there() -> None:
    part = ContractPart(LIBRARY)
    requests = [*identities(part, known_to(part)), *queries_of(part, known_to(part)), *methods_of(part, {})]
    deletes = [request.target for request in requests if request.method == "DELETE"]
    assert deletes
    own = {f"/shelves/{REAL['shelf']}", f"/shelves/{REAL['shelf']}/books/{REAL['book']}"}
    assert not own & {unquote(target).lower() for target in deletes}


def test_numbers_as_ids_have_no_near_misses() -> None:
    root = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/pets/{pet}": {
                "get": {
                    "operationId": "read",
                    "parameters": [
                        {"name": "pet", "in": "path", "required": True, "schema": {"type": "integer"}}
                    ],
                    "responses": {"200": {"description": "it"}},
                }
            }
        },
    }
    part = ContractPart(Edition("pets", Document(root), plain=frozenset({"pet"})))
    assert not list(identities(part, {}))


def document_of(schemas: dict[str, object]) -> Document:
    info = {"title": "t", "version": "1"}
    return Document({"openapi": "3.1.0", "info": info, "paths": {}, "components": {"schemas": schemas}})


SCHEMAS: dict[str, object] = {
    "leaf": {"type": "string", "format": "date-time"},
    "node": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/node"}}},
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 7}}},
            {"a": 7},
        ),
        (
            {"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"enum": [2]}}}]},
            {"a": 1, "b": 2},
        ),
        ({"type": ["null", "string"], "minLength": 6}, "textxx"),
        ({"type": "string", "pattern": "^[0-9]{2,4}$"}, "00"),
        ({"type": "string", "pattern": "^[A-Z]{2}$", "example": "DE"}, "DE"),
        ({"type": "string", "pattern": "^(?=D)[A-Z]{2}$", "examples": ["DE", "DK"]}, "DE"),
        ({"type": "string", "pattern": r"^\p{L}+$"}, "text"),
        ({"type": "string", "pattern": "^a{9}$", "maxLength": 3}, "tex"),
        ({"type": "string", "format": "iban", "example": "DE02"}, "DE02"),
        ({"type": "string", "example": "shown"}, "text"),
        ({"oneOf": [{"type": "boolean"}, {"type": "string"}]}, False),
        ({"$ref": "#/components/schemas/leaf"}, "2023-02-14T09:30:00Z"),
        ({"type": "number", "exclusiveMaximum": 0}, -1),
        ({"type": "integer", "minimum": 5, "multipleOf": 4}, 8),
        ({"type": "object", "properties": {"a": {"readOnly": True}, "b": {"type": "null"}}}, {"b": None}),
    ],
)
def test_a_value_of_a_schema(schema: object, value: object) -> None:
    document = document_of(SCHEMAS)
    assert schema_value(document, schema, is_full=True) == value


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": r"^\+[0-9]{6,15}$"},
        {"pattern": "^[a-z0-9]+(?:-[a-z0-9]+)*$", "minLength": 5, "maxLength": 9},
        {"pattern": r"^[^\s@]+@[^\s@]+\.[^\s@]+$"},
        {"pattern": "^#(?:[0-9a-fA-F]{3}){1,2}$"},
        {"pattern": "^(?!a)[a-z]{3}$"},
        {"pattern": "[0-9]", "maxLength": 1},
    ],
)
def test_a_text_has_its_pattern_and_its_length(schema: dict[str, object]) -> None:
    text = schema_value(document_of(SCHEMAS), {"type": "string", **schema}, is_full=False)
    assert isinstance(text, str)
    assert re.search(str(schema["pattern"]), text)
    assert schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))


def test_a_schema_that_holds_itself_ends_somewhere() -> None:
    document = document_of(SCHEMAS)
    node = {"$ref": "#/components/schemas/node"}
    value = schema_value(document, node, is_full=True)
    assert 2 < json.dumps(value).count("next") < 20
    assert len(list(places(document, node, value))) < 20
    assert schema_value(document, node, is_full=False) == {}


def test_putting_something_elsewhere_leaves_the_value_as_it_was() -> None:
    value = {"a": [{"b": 1}, 2]}
    assert put(value, ("a", 0, "b"), 3) == {"a": [{"b": 3}, 2]}
    assert put(value, (), 3) == 3
    assert value == {"a": [{"b": 1}, 2]}
