import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowgauge.client import Client, WorkflowConfig
from flowgauge.client.errors import ConnectFailed, InvalidRequest
from flowgauge.client.http.operations import OPERATIONS, TOKEN_PATH
from flowgauge.editions import edition_named

DOCUMENT = edition_named("v0").document
FLOWS = "/api/orchestration/flows"


@dataclass(frozen=True)
class Made:
    """A request that a method made."""

    method: str
    target: str
    body: bytes | None


class Calls:
    """The methods of a client; each returns the request that it makes, and asks nobody."""

    def __getattr__(self, name: str):
        def call(*args: Any, **kwargs: Any) -> Made:
            made = []

            def take(request: httpx.Request) -> httpx.Response:
                target, body = request.url.raw_path.decode("ascii"), request.content
                made.append(Made(request.method, target, body if "content-type" in request.headers else None))
                raise httpx.ConnectError("nobody is asked")

            with Client("http://server.test", transport=httpx.MockTransport(take)) as client:
                try:
                    getattr(client, name)(*args, **kwargs)
                except ConnectFailed:
                    return made[0]
            raise AssertionError("nothing was sent")

        return call


calls = Calls()


@pytest.mark.parametrize(
    ("call", "method", "target", "body"),
    [
        (calls.get_server_info, "GET", "/api/orchestration/_info", None),
        (calls.list_flows, "GET", FLOWS, None),
        (lambda: calls.create_workflow(None), "POST", FLOWS, None),
        (lambda: calls.create_workflow({"stages": [{"é": 1}]}), "POST", FLOWS, {"stages": [{"é": 1}]}),
        (lambda: calls.create_workflow({"stages": (), "x": None}), "POST", FLOWS, {"stages": [], "x": None}),
        (lambda: calls.create_workflow(WorkflowConfig(({"a": 1},))), "POST", FLOWS, {"stages": [{"a": 1}]}),
        (lambda: calls.get_flow("f"), "GET", f"{FLOWS}/f", None),
        (lambda: calls.list_runs("f"), "GET", f"{FLOWS}/f/runs", None),
        (
            lambda: calls.list_runs("f", cursor="a b&c", page_size=7),
            "GET",
            f"{FLOWS}/f/runs?pageSize=7&cursor=a+b%26c",
            None,
        ),
        (lambda: calls.run_workflow("f"), "POST", f"{FLOWS}/f/runs", None),
        (lambda: calls.run_workflow("f", {}, wait=True), "POST", f"{FLOWS}/f/runs?wait=true", {}),
        (
            lambda: calls.run_workflow("f", {"a": "b"}, wait=False),
            "POST",
            f"{FLOWS}/f/runs?wait=false",
            {"a": "b"},
        ),
        (lambda: calls.get_workflow_occurrence("f", "r"), "GET", f"{FLOWS}/f/runs/r", None),
    ],
)
def test_arguments_become_requests(call, method, target, body):
    made = call()
    assert (made.method, made.target) == (method, target)
    assert (json.loads(made.body) if made.body is not None else None) == body


def test_every_operation_of_the_document_has_a_call():
    made = [
        calls.get_server_info(),
        calls.list_flows(),
        calls.create_workflow(None),
        calls.get_flow("{flowId}"),
        calls.list_runs("{flowId}"),
        calls.run_workflow("{flowId}"),
        calls.get_workflow_occurrence("{flowId}", "{runId}"),
    ]
    assert sorted((c.method, unquote(c.target)) for c in made) == sorted(
        (row.method, row.path) for row in DOCUMENT.operations
    )


def test_the_table_of_operations_is_that_of_the_document():
    declared = {
        op.id: (
            op.method,
            op.path,
            {p.name: p.schema["type"] for p in op.parameters if p.location == "query"},
            {p.name for p in op.parameters if p.location == "path"},
        )
        for op in DOCUMENT.operations
    }
    assert declared == {
        name: (row.method, row.path, row.query, row.path_parameters) for name, row in OPERATIONS.items()
    }


def test_the_token_path_is_that_of_the_document():
    assert DOCUMENT.token_path == TOKEN_PATH


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example("a/b")
@example("../..")
@example("..")
@example("%2F%00")
@example("\x00 ?#;é")
def test_an_id_stays_one_segment_whatever_it_holds(flow_id):
    if flow_id in {".", ".."}:
        with pytest.raises(InvalidRequest):
            calls.get_flow(flow_id)
        return
    target = calls.get_flow(flow_id).target
    *prefix, segment = target.split("/")
    assert "/".join(prefix) == FLOWS
    assert unquote(segment, errors="strict") == flow_id
    assert target.isascii()


def test_an_id_too_long_for_any_url_is_refused(client_of, answer):
    with pytest.raises(InvalidRequest, match="too long"):
        client_of(answer(200, {})).call("get_flow", "x" * 70_000)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: calls.get_flow(""), "flowId is ''"),
        (lambda: calls.get_flow("."), "flowId is '.'"),
        (lambda: calls.get_workflow_occurrence("f", ".."), "runId is '..'"),
        (lambda: calls.get_flow(7), "flowId must be a string, not int"),
        (lambda: calls.get_flow(None), "flowId must be a string, not NoneType"),
        (lambda: calls.get_flow("\ud800"), "surrogate"),
        (lambda: calls.create_workflow([]), "list of stages"),
        (lambda: calls.create_workflow({}), "list of stages"),
        (lambda: calls.create_workflow({"stages": "ab"}), "list of stages"),
        (lambda: calls.create_workflow({"stages": [{}, 1]}), "stages[1] must be an object, not int"),
        (lambda: calls.create_workflow({"stages": [{"a": float("nan")}]}), "body.stages[0].a is nan"),
        (lambda: calls.run_workflow("f", {"a": 1}), "the variable 'a' must be a string, not int"),
        (lambda: calls.run_workflow("f", {"a": None}), "the variable 'a' must be a string"),
        (lambda: calls.run_workflow("f", [("a", "b")]), "variables must be a mapping, not list"),
        (lambda: calls.run_workflow("f", {1: "b"}), "the key 1"),
        (lambda: calls.run_workflow("f", wait="true"), "wait must be True or False, not 'true'"),
        (lambda: calls.run_workflow("f", wait=1), "wait must be True or False, not 1"),
        (lambda: calls.list_runs("f", page_size=0), "page_size must be an integer from 1 to 1000, not 0"),
        (lambda: calls.list_runs("f", page_size=1001), "page_size"),
        (lambda: calls.list_runs("f", page_size=True), "page_size"),
        (lambda: calls.list_runs("f", page_size="5"), "page_size"),
        (lambda: calls.list_runs("f", cursor=""), "cursor must be"),
        (lambda: calls.list_runs("f", cursor="\ud800"), "surrogate"),
    ],
)
def test_arguments_that_make_no_request_are_refused(call, said):
    with pytest.raises(InvalidRequest) as caught:
        call()
    assert said in str(caught.value)
    assert caught.value.status == 0
