"""The seed's document, compared field by field with a table that was typed from the contract, not from it."""

import re
from typing import Any

import jsonschema_rs
import pytest

from flowgauge.editions import edition_named
from flowgauge.openapi import ADDITION

DOCUMENT = edition_named("v0").document

TOKEN_PATH = "/api/auth/oauth/token"
ROOT = "/api/orchestration"
# operationId: method and path, query parameters (! marks an addition), optional body, success, its body,
# the other statuses
OPERATIONS = {
    "orchestrationgetServerInfo": (f"GET {ROOT}/_info", {}, None, 200, "ServerInfo", {401}),
    "listFlows": (f"GET {ROOT}/flows", {}, None, 200, "ListWorkflowsResponse", {401}),
    "createWorkflow": (f"POST {ROOT}/flows", {}, "WorkflowConfig", 201, "CreateWorkflowResponse", {400, 401}),
    "getFlow": (f"GET {ROOT}/flows/{{flowId}}", {}, None, 200, "GetWorkflowResponse", {401, 404}),
    "listRuns": (
        f"GET {ROOT}/flows/{{flowId}}/runs",
        {"pageSize!": "integer 1..1000", "cursor!": "string"},
        None,
        200,
        "ListRunsResponse",
        {400, 401, 404},
    ),
    "runWorkflow": (
        f"POST {ROOT}/flows/{{flowId}}/runs",
        {"wait": "boolean"},
        "RunWorkflowRequest",
        201,
        "RunWorkflowResponse",
        {400, 401, 404},
    ),
    "getWorkflowOccurrence": (
        f"GET {ROOT}/flows/{{flowId}}/runs/{{runId}}",
        {},
        None,
        200,
        "GetWorkflowOccurrenceResponse",
        {401, 404},
    ),
}
# `*` marks what is required.
SCHEMAS: dict[str, Any] = {
    "ServerInfo": {"version*": "string"},
    "Error": {"errorCode*": "string of VALIDATION", "errorMessage*": "string"},
    "WorkflowConfig": {"stages*": "array of object"},
    "Workflow": {
        "id*": "string",
        "config*": "WorkflowConfig",
        "createdAt*": "string date-time",
        "updatedAt*": "string date-time",
    },
    "WorkflowOccurrence": {
        "id*": "string",
        "workflowID*": "string",
        "createdAt*": "string date-time",
        "updatedAt*": "string date-time",
        "statuses*": "array of StageStatus",
    },
    "StageStatus": {
        "stage*": "number 0..",
        "occurrenceID*": "string",
        "startedAt*": "string date-time",
        "terminatedAt": "string date-time",
        "error": "string",
    },
    "Cursor": {
        "pageSize*": "integer int64 1..1000",
        "hasMore": "boolean",
        "previous": "string",
        "next": "string",
    },
    "RunWorkflowRequest": "map to string",
    "CreateWorkflowResponse": {"data*": "Workflow"},
    "GetWorkflowResponse": {"data*": "Workflow"},
    "ListWorkflowsResponse": {"data*": "array of Workflow"},
    "ListRunsResponse": {"cursor*": ["Cursor", {"data*": "array of WorkflowOccurrence"}]},
    "RunWorkflowResponse": {"data*": "WorkflowOccurrence"},
    "GetWorkflowOccurrenceResponse": {"data*": "WorkflowOccurrence"},
}
# operationId, link: where the id of the next call comes from
LINKS = {
    ("createWorkflow", "getFlow"): {"flowId": "$response.body#/data/id"},
    ("createWorkflow", "runWorkflow"): {"flowId": "$response.body#/data/id"},
    ("createWorkflow", "listRuns"): {"flowId": "$response.body#/data/id"},
    ("runWorkflow", "getWorkflowOccurrence"): {
        "flowId": "$request.path.flowId",
        "runId": "$response.body#/data/id",
    },
    ("runWorkflow", "listRuns"): {"flowId": "$response.body#/data/workflowID"},
}
SAID = {"$ref", "type", "format", "enum", "minimum", "maximum", "items", "properties", "required", "allOf"}
PROSE = {"description", "examples", "additionalProperties", "default", "minLength"}


def said(schema: dict[str, Any]) -> Any:
    """A schema in the words of the tables; fails on a keyword that they have no word for."""
    assert not schema.keys() - SAID - PROSE, schema
    if "$ref" in schema:
        return schema["$ref"].removeprefix("#/components/schemas/")
    if "allOf" in schema:
        return [said(branch) for branch in schema["allOf"]]
    if schema["type"] == "array":
        return f"array of {said(schema['items'])}"
    if schema["type"] == "object":
        if "additionalProperties" in schema:
            return f"map to {said(schema['additionalProperties'])}"
        required = schema.get("required", [])
        members = schema.get("properties", {})
        assert set(required) <= set(members)
        return {f"{n}*" if n in required else n: said(s) for n, s in members.items()} or "object"
    words = [schema["type"]]
    words += [schema["format"]] if "format" in schema else []
    words += [f"of {'|'.join(schema['enum'])}"] if "enum" in schema else []
    bounds = f"{schema.get('minimum', '')}..{schema.get('maximum', '')}"
    return " ".join([*words, *([bounds] if bounds != ".." else [])])


def nodes() -> dict[str, tuple[str, dict[str, Any]]]:
    """Every operation's method and path, and its part of the document."""
    return {
        node["operationId"]: (f"{method.upper()} {path}", node)
        for path, item in DOCUMENT.root["paths"].items()
        for method, node in item.items()
        if method != "parameters"
    }


def of_json(node: dict[str, Any]) -> dict[str, Any]:
    """The one media type that a body may have."""
    assert list(node["content"]) == ["application/json"]
    return dict(node["content"]["application/json"])


def test_the_document_has_these_operations_and_no_others() -> None:
    assert {name: place for name, (place, _) in nodes().items()} == {
        n: row[0] for n, row in OPERATIONS.items()
    }


def test_the_document_has_these_schemas_field_by_field() -> None:
    assert {name: said(schema) for name, schema in DOCUMENT.root["components"]["schemas"].items()} == SCHEMAS


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_takes_and_gives_what_the_contract_says(name: str) -> None:
    _, query, body, success, answer, refusals = OPERATIONS[name]
    _, node = nodes()[name]
    found = {
        p["name"] + ("!" if p.get(ADDITION) else ""): said(p["schema"]) for p in node.get("parameters", [])
    }
    assert found == query
    assert all(p["in"] == "query" and p["required"] is False for p in node.get("parameters", []))
    if body is None:
        assert "requestBody" not in node
    else:
        assert node["requestBody"]["required"] is False
        assert said(of_json(node["requestBody"])["schema"]) == body
    responses = node["responses"]
    assert set(responses) == {str(success), "default", *map(str, refusals)}
    assert said(of_json(responses[str(success)])["schema"]) == answer


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_refusal_is_an_error_and_what_was_added_is_marked(name: str) -> None:
    _, node = nodes()[name]
    for status, response in node["responses"].items():
        resolved = DOCUMENT.inlined(response)
        if status == "default":
            assert response["$ref"].endswith("/Error")
            assert ADDITION not in resolved
        elif status.startswith("4"):
            assert resolved[ADDITION] is True
        else:
            assert ADDITION not in resolved
            continue
        assert of_json(resolved)["schema"] == DOCUMENT.inlined({"$ref": "#/components/schemas/Error"})
        if status == "401":
            assert resolved["headers"]["WWW-Authenticate"]["required"] is True


@pytest.mark.parametrize("path", DOCUMENT.root["paths"])
def test_a_path_declares_its_parameters_once(path: str) -> None:
    shared = DOCUMENT.inlined(DOCUMENT.root["paths"][path].get("parameters", []))
    assert [p["name"] for p in shared] == re.findall(r"\{(\w+)\}", path)
    assert all((p["in"], p["required"], said(p["schema"])) == ("path", True, "string") for p in shared)


def test_everything_needs_a_bearer_token_of_client_credentials() -> None:
    assert DOCUMENT.root["openapi"].startswith("3.1.")
    assert DOCUMENT.root["security"] == [{"Authorization": []}]
    scheme = DOCUMENT.root["components"]["securitySchemes"]["Authorization"]
    assert scheme["type"] == "oauth2"
    assert list(scheme["flows"]) == ["clientCredentials"]
    assert scheme["flows"]["clientCredentials"]["tokenUrl"] == DOCUMENT.token_path == TOKEN_PATH
    assert not any("security" in node for _, node in nodes().values())


def test_links_lead_from_what_is_made_to_what_reads_it() -> None:
    found = {}
    for name, (_, node) in nodes().items():
        for response in node["responses"].values():
            for link in response.get("links", {}).values():
                found[name, link["operationId"]] = link["parameters"]
    assert found == LINKS


@pytest.mark.parametrize(("source", "target"), LINKS)
def test_a_link_names_parameters_and_members_that_exist(source: str, target: str) -> None:
    by_id = {op.id: op for op in DOCUMENT.operations}
    parameters = LINKS[source, target]
    assert set(parameters) == set(by_id[target].path_parameters)
    for expression in parameters.values():
        if expression.startswith("$response.body#"):
            schema = by_id[source].responses[str(by_id[source].success)].schema
            for part in expression.partition("#/")[2].split("/"):
                assert part in schema["required"]
                schema = schema["properties"][part]
            assert schema["type"] == "string"
        else:
            assert expression.removeprefix("$request.path.") in by_id[source].path_parameters


def media_types() -> list[tuple[str, dict[str, Any]]]:
    """Each body of the document with its schema and its examples, by what it is the body of."""
    found = []
    for name, (_, node) in nodes().items():
        if "requestBody" in node:
            found.append((f"{name} request", of_json(node["requestBody"])))
        found += [
            (f"{name} {status}", of_json(DOCUMENT.inlined(response)))
            for status, response in node["responses"].items()
        ]
    return found


@pytest.mark.parametrize(("place", "media_type"), media_types(), ids=[place for place, _ in media_types()])
def test_every_body_has_examples_and_they_are_valid(place: str, media_type: dict[str, Any]) -> None:
    validator = jsonschema_rs.Draft202012Validator(
        DOCUMENT.inlined(media_type["schema"]), validate_formats=True
    )
    assert media_type["examples"], place
    for name, example in media_type["examples"].items():
        assert [e.message for e in validator.iter_errors(example["value"])] == [], name


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_model_has_examples_and_they_are_valid(name: str) -> None:
    schema = DOCUMENT.inlined(DOCUMENT.root["components"]["schemas"][name])
    assert jsonschema_rs.meta.is_valid(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert schema["examples"]
    for example in schema["examples"]:
        assert [e.message for e in validator.iter_errors(example)] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_and_response_says_what_it_is(name: str) -> None:
    _, node = nodes()[name]
    assert node["summary"].endswith(".")
    assert all(DOCUMENT.inlined(response)["description"] for response in node["responses"].values())
    assert set(node["tags"]) <= {tag["name"] for tag in DOCUMENT.root["tags"]}


@pytest.mark.parametrize("name", OPERATIONS)
def test_parameters_have_examples_that_their_schemas_allow(name: str) -> None:
    _, node = nodes()[name]
    for parameter in node.get("parameters", []):
        if "example" in parameter:
            assert jsonschema_rs.is_valid(parameter["schema"], parameter["example"])


def test_nothing_is_declared_that_nothing_uses() -> None:
    text = str(DOCUMENT.root)
    for kind in ("parameters", "responses", "schemas"):
        for name in DOCUMENT.root["components"][kind]:
            assert f"#/components/{kind}/{name}" in text, name
