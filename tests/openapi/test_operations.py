"""The table of operations, and the few ways of reading the document."""

import pytest

from flowgauge.editions import edition_named
from flowgauge.editions.v0.edition import DOCUMENT_PATH
from flowgauge.errors import HarnessError, UsageError
from flowgauge.openapi import Document

DOCUMENT = edition_named("v0").document


def test_operations_stand_in_the_order_of_the_document() -> None:
    assert [op.id for op in DOCUMENT.operations] == [
        "orchestrationgetServerInfo",
        "listFlows",
        "createWorkflow",
        "getFlow",
        "listRuns",
        "runWorkflow",
        "getWorkflowOccurrence",
    ]
    assert [DOCUMENT.operation(op.id) for op in DOCUMENT.operations] == list(DOCUMENT.operations)


def test_an_operation_knows_its_parameters() -> None:
    row = DOCUMENT.operation("listRuns")
    assert (row.path_parameters, row.query_parameters) == (("flowId",), ("pageSize", "cursor"))
    assert {(p.name, p.location, p.required, p.is_addition) for p in row.parameters} == {
        ("flowId", "path", True, False),
        ("pageSize", "query", False, True),
        ("cursor", "query", False, True),
    }
    assert DOCUMENT.operation("getWorkflowOccurrence").path_parameters == ("flowId", "runId")
    assert DOCUMENT.operation("listFlows").parameters == ()


def test_an_operation_knows_its_bodies() -> None:
    create, read = DOCUMENT.operation("createWorkflow"), DOCUMENT.operation("getFlow")
    assert (create.method, create.success, create.request_schema["required"]) == ("POST", 201, ["stages"])
    assert read.request_schema is None
    # 0 stands for the document's default.
    assert set(create.responses) == {"default", "201", "400", "401"}
    assert set(read.responses) == {"default", "200", "401", "404"}


@pytest.mark.parametrize(
    ("flow_id", "segment"),
    [
        ("x", "x"),
        ("", ""),
        ("a/b", "a%2Fb"),
        ("..", ".."),
        ("ä?#%", "%C3%A4%3F%23%25"),
        ("\0 ", "%00%20"),
        ("~._-", "~._-"),
    ],
)
def test_an_id_is_one_segment_of_a_path(flow_id: str, segment: str) -> None:
    path = DOCUMENT.operation("getWorkflowOccurrence").url_path({"flowId": flow_id, "runId": "{flowId}"})
    assert path == f"/api/orchestration/flows/{segment}/runs/%7BflowId%7D"


def test_an_operation_that_does_not_exist_is_the_harness_fault() -> None:
    with pytest.raises(HarnessError, match="no operation 'nothing'"):
        DOCUMENT.operation("nothing")


def test_references_are_followed_to_their_end() -> None:
    whole = DOCUMENT.inlined(DOCUMENT.root["paths"])
    assert "$ref" not in str(whole)
    assert DOCUMENT.inlined([1, {"a": {"$ref": "#/info/title"}}]) == [1, {"a": "Orchestration"}]


def test_a_reference_may_escape_its_slashes() -> None:
    assert DOCUMENT.inlined({"$ref": "#/paths/~1api~1orchestration~1flows/get/operationId"}) == "listFlows"


@pytest.mark.parametrize("ref", ["#/nothing", "#/info/title/x", "#/components/schemas/Nobody"])
def test_a_reference_to_nothing_is_refused(ref: str) -> None:
    with pytest.raises(UsageError, match="names nothing"):
        DOCUMENT.inlined({"$ref": ref})


def test_a_recursive_reference_stays_where_it_recurs() -> None:
    loop = {"a": {"$ref": "#/x-loop"}}
    document = Document({"openapi": "3.1.0", "paths": {}, "x-loop": loop})
    assert document.inlined({"$ref": "#/x-loop"}) == loop
    assert document.inlined([loop, {"b": {"$ref": "#/x-loop/a"}}]) == [loop, {"b": loop}]


def test_a_reference_to_itself_is_refused() -> None:
    document = Document({"openapi": "3.1.0", "paths": {}, "x-loop": {"$ref": "#/x-loop"}})
    with pytest.raises(UsageError, match="/x-loop: this reference leads to itself"):
        document.inlined({"$ref": "#/x-loop"})


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (("paths",), "paths:"),
        (("paths", "/api/orchestration/flows"), "/api/orchestration/flows:"),
        (("paths", "/api/orchestration/flows", "post"), "post:"),
        (("components", "schemas", "Cursor", "properties", "next"), "next:"),
        # What is not there stands where its nearest parent does.
        (("components", "schemas", "Cursor", "nothing"), "Cursor:"),
        (("components", "schemas", "Cursor", "properties", "next", "type", "x"), "next:"),
    ],
)
def test_a_member_has_a_line(parts: tuple[str, ...], says: str) -> None:
    lines = DOCUMENT_PATH.read_text(encoding="utf-8").splitlines()
    assert lines[DOCUMENT.line_of(*parts) - 1].strip().startswith(says)


def test_a_document_without_such_a_root_begins_at_its_first_line() -> None:
    assert DOCUMENT.line_of("nothing") == 1
