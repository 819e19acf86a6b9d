"""What cannot be worked with is refused with a sentence that names the place, and in no other way."""

import copy
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_documents import document, ref, root

from flowgauge.errors import UsageError
from flowgauge.openapi import Document

DOCUMENTS = Path(__file__).with_name("documents")
NAMES = ("pets.yaml", "issues.json", "orchestration-v2.yaml")
SCHEMA = "/paths/~1things/post/responses/200/content/application~1json/schema"
LOOPS = {"A": {"allOf": [ref("B")]}, "B": {"oneOf": [ref("A"), {"type": "null"}]}, "S": ref("S")}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"swagger": "2.0", "paths": {}}, "/swagger: this is an OpenAPI 2.0 (Swagger) document"),
        ({"paths": {}}, "(root): the member `openapi` is missing"),
        ({"openapi": "3.2.0", "paths": {}}, "/openapi: flowgauge reads OpenAPI 3.0 and 3.1, not '3.2.0'"),
        ({"openapi": ["3.1"], "paths": {}}, "/openapi: flowgauge reads"),
        ({"openapi": "3.1.0"}, "(root): the member `paths` is missing"),
        ({"openapi": "3.0.0", "webhooks": {}}, "(root): the member `paths` is missing"),
        ({"openapi": "3.1.0", "paths": []}, "/paths: this must be a mapping"),
        ({"openapi": "3.1.0", "paths": {"a": {}}}, "/paths/a: a path begins with a slash"),
        ({"openapi": "3.1.0", "paths": {"/a{b": {"get": {}}}}, "/paths/~1a{b/get: the braces of the path"),
        ({"openapi": "3.1.0", "paths": {"/a": {"get": 1}}}, "/paths/~1a/get: this must be a mapping"),
        ({"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/x"}}}, "/paths/~1a/$ref: #/x names nothing"),
        ({"openapi": "3.1.0", "paths": {}, "x": {1, 2}}, "/x: a set is not a JSON value"),
        ({"openapi": "3.1.0", "paths": {}, "x": [date(2020, 1, 1)]}, "/x/0: a date is not a JSON value"),
        ({"openapi": "3.1.0", "paths": {}, "x": float("nan")}, "/x: nan is not a JSON value"),
        ({"openapi": "3.1.0", "paths": {}, "x": {("a",): 1}}, "/x: the key ('a',) is not a string"),
        (root(responses={"600": {}}), "/responses/600: '600' is not a status"),
        (root(responses=[]), "/paths/~1things/post/responses: this must be a mapping"),
        (root(responses={"200": {"$ref": 1}}), "/responses/200/$ref: a reference is a string"),
        (root(parameters=[{"in": "query"}]), "/parameters/0: 'name' is missing"),
        (root(parameters=[{"name": "a", "in": "body"}]), "/parameters/0/in: a parameter is in path"),
        (root(parameters=[{"name": "a", "in": "path"}]), "/parameters/0: the path /things has no"),
        (root(parameters=[{"name": "a", "in": "query", "schema": 1}]), "/parameters/0/schema: a schema is a"),
        (root(parameters=[{"name": "a", "in": "query", "schema": {"type": 1}}]), "/0/schema/type: this"),
        (root(operationId=7), "/paths/~1things/post/operationId: this must be a string"),
        (root(security=[[]]), "/paths/~1things/post/security/0: this must be a mapping"),
        (root(requestBody={"required": "no"}), "/requestBody/required: this must be true"),
        (root(responses={"200": {"links": {"x": {"operationId": "y"}}}}), "links/x/operationId: there is no"),
        (root(responses={"200": {"links": {"x": {"operationRef": "#/paths"}}}}), "operationRef: #/paths is"),
        (root({"type": "strin"}), f"{SCHEMA}/type: this is not a schema that can be judged by"),
        (root({"properties": {"a": {"pattern": "("}}}), f"{SCHEMA}/properties/a/pattern: this is"),
        (root({"properties": {"a": 1}}), f"{SCHEMA}/properties/a: this must be a mapping"),
        (root({"required": "a"}), f"{SCHEMA}/required: this must be a list"),
        (root({"allOf": {}}), f"{SCHEMA}/allOf: this must be a list"),
        (root({"items": {"$ref": "#/components/schemas/No"}}), f"{SCHEMA}/items/$ref: #/components"),
        (root({"items": {"$ref": "pet.yaml"}}), f"{SCHEMA}/items/$ref: the reference 'pet.yaml' leads out"),
        (root({"oneOf": [], "discriminator": {}}), f"{SCHEMA}/discriminator: 'propertyName' is missing"),
        (root(ref("A"), schemas=LOOPS), "this schema contains itself, without a member in between"),
        (root({"items": ref("S")}, schemas=LOOPS), "/components/schemas/S: this schema contains itself"),
    ],
)  # fmt: skip
def test_the_sentence_names_the_place(body: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as refusal:
        Document(body, name="api.yaml")
    assert says in str(refusal.value)
    assert str(refusal.value).startswith("api.yaml: ")


def test_an_operation_id_belongs_to_one_operation() -> None:
    given = root()
    given["paths"]["/more"] = {"get": {"operationId": "read"}}
    with pytest.raises(UsageError) as refusal:
        Document(given)
    assert "/paths/~1more/get/operationId: 'read' is also the operationId of /paths/~1things/post" in str(
        refusal.value
    )


def test_an_operation_without_a_success_says_so_when_it_is_asked_for_it() -> None:
    operation = document(responses={"default": {}}).operation("read")
    assert operation.successes == ()
    with pytest.raises(UsageError, match="/paths/~1things/post/responses: read declares no success"):
        _ = operation.success


def test_a_refusal_of_a_file_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text("openapi: 3.0.0\npaths:\n  /a:\n    get:\n      responses:\n        abc: {}\n")
    with pytest.raises(UsageError, match=r"api\.yaml: /paths/~1a/get/responses/abc \(line 6\): 'abc'"):
        Document.read(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a mapping"),
        ("- 1", "is not a mapping"),
        ("{", "is not YAML"),
        ("a: !!python/object:os.system {}", "is not YAML"),
        ("a: !!int x", "is not YAML"),
        ("a: &x [*x]", "nested deeper than"),
        ("a: " + "[" * 200 + "]" * 200, "nested deeper than"),
        ("a: " + "[" * 20000, "is not YAML"),
        ("? [a]\n: 1", "is not YAML"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=says):
        Document.read(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"\xff")
    (tmp_path / "half.json").write_text('{"openapi":')
    for name, says in (("none.yaml", "be read"), ("latin.yaml", "be read"), ("half.json", "not JSON")):
        with pytest.raises(UsageError, match=says):
            Document.read(tmp_path / name)


def test_yaml_is_read_by_its_core_schema(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text("openapi: 3.1\npaths: {}\nx: {on: no, 200: 1e3, d: 2020-01-01, n: ~, o: 010, t: 1:30}")
    found = Document.read(path).root["x"]
    assert found == {"on": "no", "200": 1e3, "d": "2020-01-01", "n": None, "o": 10, "t": "1:30"}


def test_a_document_of_webhooks_alone_has_no_operations() -> None:
    assert Document({"openapi": "3.1.0", "webhooks": {"x": {"post": {}}}}).operations == ()


WHOLE = [yaml.safe_load((DOCUMENTS / name).read_text(encoding="utf-8")) for name in NAMES]
VALUES = st.sampled_from([
    None, True, 0, -1, 1.5, "", "x", "{", "2XX", b"x", "#", "#/paths", "#/components/schemas/Pet", [], [None],
    [{}], [[]], {}, {"$ref": "#"}, {"$ref": 1}, {"a": {}}, {"": ""}, {1: 2}, {"type": "object"},
    {"allOf": [{}]},
]).map(copy.deepcopy)  # fmt: skip
KEYWORDS = ["$ref", "discriminator", "allOf", "oneOf", "nullable", "required", "type", "responses", "schema"]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every part of a document but the whole."""
    if path:
        yield path
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in members:
        yield from places(value, (*path, key))


def at(node: Any, path: Iterable[Any]) -> Any:
    for part in path:
        node = node[part]
    return node


@st.composite
def mutilated(draw: st.DrawFn) -> Any:
    """A good document with some of its parts gone, replaced, moved, or with a member added."""
    whole = copy.deepcopy(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(whole))
        if not found:
            break
        *parents, key = draw(st.sampled_from(found))
        parent = at(whole, parents)
        match draw(st.sampled_from(["replace", "drop", "move", "add"])):
            case "replace":
                parent[key] = draw(VALUES)
            case "drop":
                del parent[key]
            case "move":
                parent[key] = copy.deepcopy(at(whole, draw(st.sampled_from(found))))
            case _ if isinstance(parent[key], dict):
                parent[key][draw(st.sampled_from(KEYWORDS))] = draw(VALUES)
            case _:
                pass
    return whole


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutilated(), st.sampled_from([None, 1, [], {}, {"id": 1, "x": {}, "kids": [{}]}]))
def test_of_a_mutilated_document_comes_a_usage_error_or_nothing(body: Any, value: Any) -> None:
    try:
        of = Document(body)
        paths = of.base_path, of.token_path
    except UsageError:
        return
    assert all(path is None or isinstance(path, str) for path in paths)
    for operation in of.operations:
        of.request_violations(operation.id, value, closed=True)
        of.matched(operation.path)
        for status in (200, 404, 500):
            of.response_violations(operation.id, status, value, closed=True)
