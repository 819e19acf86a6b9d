"""What is sent comes back as it was sent, and what is not JSON does not get in."""

import json
from typing import Any

import pytest
from asking import ROOT, Asking
from hypothesis import given, settings
from hypothesis import strategies as st
from odd import MALFORMED, nested

from flowgauge.reference.world.inputs import MAX_BODY_BYTES, MAX_DEPTH

STEADY = settings(max_examples=150, deadline=None, derandomize=True, database=None)
LARGEST_DOUBLE = int(1.7976931348623157e308)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-LARGEST_DOUBLE, LARGEST_DOUBLE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(scalars, lambda v: st.lists(v, max_size=4) | st.dictionaries(names, v, max_size=4))
stages = st.lists(st.dictionaries(names, values, max_size=4), max_size=4)


def exact(value: Any) -> Any:
    """A value that tells 1 from 1.0 from True, which Python's equality does not."""
    if isinstance(value, dict):
        return {name: exact(item) for name, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return type(value).__name__, repr(value)


@STEADY
@given(stages=stages, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_any_list_of_objects_comes_back_type_exact(
    stages: list[Any], ascii_only: bool, indent: int | None
) -> None:
    server = Asking()
    body = json.dumps({"stages": stages}, ensure_ascii=ascii_only, indent=indent).encode()
    created = server.create(body=body)
    assert created.status == 201
    flow_id = created.data["id"]
    for view in (created.data, server.flow(flow_id).data, server.flows().data[0]):
        assert exact(view["config"]) == exact({"stages": stages})
        assert view["id"] == flow_id


@STEADY
@given(variables=st.dictionaries(names, st.text(st.characters(exclude_categories=["Cs"]))))
def test_any_map_of_strings_starts_a_run(variables: dict[str, str]) -> None:
    server = Asking()
    assert server.run(server.created(), variables).status == 201


@STEADY
@given(body=st.binary(max_size=40) | st.text(max_size=40).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_no_bytes_break_the_server(body: bytes) -> None:
    server = Asking()
    flow_id = server.created()
    for answer in (server.create(body=body), server.run(flow_id, body)):
        assert answer.status in {201, 400}


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:24]))
@pytest.mark.parametrize("operation", ["create", "run"])
def test_what_is_not_json_is_a_400(operation: str, body: bytes) -> None:
    server = Asking()
    flow_id = server.created()
    answer = server.create(body=body) if operation == "create" else server.run(flow_id, body)
    assert (answer.status, answer.json["errorCode"]) == (400, "VALIDATION")
    assert len(server.flows().data) == 1
    assert server.runs(flow_id).json["cursor"]["data"] == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{}", "stages: is required"),
        (b'{"Stages":[]}', "stages: is required"),
        (b'{"stages":null}', "stages: must be an array"),
        (b'{"stages":{}}', "stages: must be an array"),
        (b'{"stages":"[]"}', "stages: must be an array"),
        (b'{"stages":0}', "stages: must be an array"),
        (b'{"stages":[1]}', "stages/0: must be an object"),
        (b'{"stages":[{},null]}', "stages/1: must be an object"),
        (b'{"stages":[{},{},[]]}', "stages/2: must be an object"),
        (b"null", "the body must be an object"),
        (b"[]", "the body must be an object"),
        (b'"stages"', "the body must be an object"),
        (b"0", "the body must be an object"),
        (b"false", "the body must be an object"),
    ],
)
def test_a_wrong_configuration_is_a_400_that_says_where(body: bytes, says: str) -> None:
    server = Asking()
    answer = server.create(body=body)
    assert (answer.status, answer.json) == (400, {"errorCode": "VALIDATION", "errorMessage": says})
    assert server.flows().data == []


@pytest.mark.parametrize("value", [1, 1.0, True, None, [], {}, ["a"]])
def test_a_variable_that_is_no_string_is_a_400(value: Any) -> None:
    server = Asking()
    flow_id = server.created()
    assert server.run(flow_id, {"a": "1", "b": value}).status == 400
    assert server.runs(flow_id).json["cursor"]["data"] == []


@pytest.mark.parametrize("body", [[], None, "a", 1, ["a"], [["a", "b"]]])
def test_variables_that_are_no_object_are_a_400(body: Any) -> None:
    server = Asking()
    assert server.run(server.created(), body).status == 400


def test_undeclared_members_of_a_configuration_are_tolerated() -> None:
    answer = Asking().create(body=b'{"stages":[],"name":"x"}')
    assert (answer.status, answer.data["config"]) == (201, {"stages": []})


def test_an_absent_body_is_the_empty_configuration_and_no_variables() -> None:
    server = Asking()
    created = server.ask("POST", f"{ROOT}/flows")
    assert (created.status, created.data["config"]) == (201, {"stages": []})
    assert server.run(created.data["id"]).status == 201


def test_the_limits_are_exact() -> None:
    server = Asking()
    assert server.create(body=nested(MAX_DEPTH)).status == 201
    assert server.create(body=nested(MAX_DEPTH + 1)).status == 400
    frame = len('{"stages":[{"a":""}]}')
    longest = b'{"stages":[{"a":"' + b"x" * (MAX_BODY_BYTES - frame) + b'"}]}'
    assert server.create(body=longest).status == 201
    refused = server.create(body=longest + b" ")
    assert (refused.status, refused.json["errorCode"]) == (413, "VALIDATION")


def test_many_brackets_that_are_not_deep_are_no_depth() -> None:
    body = b'{"stages":[' + b",".join([b'{"a":"[[[["}'] * MAX_DEPTH) + b"]}"
    assert Asking().create(body=body).status == 201


def test_the_largest_double_is_a_legal_number() -> None:
    server = Asking()
    assert server.create({"a": LARGEST_DOUBLE}).status == 201
    assert server.create({"a": [LARGEST_DOUBLE + 1]}).status == 400
    assert server.create({"a": "9" * 400}).status == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("content-type", "application/json")], 201),
        ([("content-type", "Application/JSON")], 201),
        ([("content-type", "application/json; charset=utf-8")], 201),
        ([("content-type", 'application/json;charset="UTF-8"')], 201),
        ([("content-type", "application/json"), ("content-encoding", "identity")], 201),
        ([("content-type", "application/json"), ("content-encoding", "Identity")], 201),
        ([("content-type", "application/json"), ("transfer-encoding", "Chunked")], 201),
        ([("content-type", "application/json; v=1; charset = utf-8 ;")], 201),
        ([("content-type", "application/json; x-charset=latin-1")], 201),
        ([("content-type", "application/json; charset=latin-1")], 415),
        ([("content-type", "application/json; charset=utf-8; charset=latin-1")], 415),
        ([("content-type", "application/json; charset=")], 415),
        ([("content-type", "text/plain")], 415),
        ([("content-type", "application/x-www-form-urlencoded")], 415),
        ([("content-type", "application/jsonp")], 415),
        ([("content-type", "text/vnd.yaml")], 415),
        ([("content-type", "")], 415),
        ([("content-type", "application/json"), ("content-encoding", "gzip")], 415),
        ([("content-type", "application/json"), ("content-encoding", "identity, gzip")], 415),
        ([("content-type", "application/json")] + [("content-encoding", c) for c in ("identity", "br")], 415),
        ([("content-type", "application/json"), ("transfer-encoding", "gzip, chunked")], 415),
        ([("content-type", "application/json"), ("content-type", "application/json")], 415),
    ],
)
def test_bodies_are_json_by_name(headers: list[tuple[str, str]], status: int) -> None:
    server = Asking()
    flow_id = server.created()
    assert server.ask("POST", f"{ROOT}/flows", {"stages": []}, headers=headers).status == status
    assert server.ask("POST", f"{ROOT}/flows/{flow_id}/runs", {}, headers=headers).status == status


def test_a_body_without_a_type_is_refused() -> None:
    server = Asking()
    answer = server.ask("POST", f"{ROOT}/flows", b"{}", headers=[("content-type", "")])
    assert (answer.status, answer.json["errorCode"]) == (415, "VALIDATION")


def test_replies_are_json_of_exactly_that_type() -> None:
    # The seed's SDK refuses parameters after it.
    server = Asking()
    for answer in (server.info(), server.create(), server.flows(), server.flow("x"), server.run("x")):
        assert answer.media_type == "application/json"
        assert answer.json
