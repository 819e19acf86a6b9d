"""The server of February 2023 with all of its items at once: no fault may hide or break another."""

import json
from typing import Any

import pytest
from asking import NO_ROWS, ROOT, TOKEN_PATH, Asking

GROUP = "as-shipped-2023"
PAYIN = {"source": "world", "destination": {"kind": "wallet", "wallet": "w1"}}
UNKNOWN = "5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01"


@pytest.fixture
def shipped() -> Asking:
    return Asking(GROUP)


def test_a_life_of_a_workflow(shipped: Asking) -> None:
    created = shipped.create({"Payin": PAYIN})
    assert created.status == 201
    assert created.data["createdAt"].endswith("789-05:00")
    flow_id = created.data["id"]
    assert shipped.flow(flow_id).data["createdAt"].endswith("Z")
    started = shipped.run(flow_id, {"a": None}, query="wait=banana")
    assert started.status == 201
    assert "statuses" not in started.data
    listed = shipped.runs(flow_id).json
    assert list(listed) == ["data"]
    assert ["statuses" in run for run in listed["data"]] == [False]
    read = shipped.occurrence(flow_id, started.data["id"]).data
    assert {"status", "statuses"}.isdisjoint(read)


def test_null_stages_stay_null(shipped: Asking) -> None:
    flow_id = shipped.create(body=b"null").data["id"]
    assert shipped.flow(flow_id).data["config"] == {"stages": None}
    assert shipped.flows().data[0]["config"] == {"stages": None}
    assert shipped.run(flow_id).status == 201


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", f"{ROOT}/_info", 404, "404 page not found\n"),
        ("GET", "/nowhere", 404, "404 page not found\n"),
        ("DELETE", f"{ROOT}/flows", 405, ""),
        ("HEAD", f"{ROOT}/flows", 405, ""),
        ("OPTIONS", f"{ROOT}/flows", 405, ""),
        ("GET", f"{ROOT}/flows/{UNKNOWN}", 500, ("INTERNAL_ERROR", NO_ROWS)),
        ("GET", f"{ROOT}/flows/", 500, ("INTERNAL_ERROR", NO_ROWS)),
        ("GET", f"{ROOT}/flows/{UNKNOWN}/runs/{UNKNOWN}", 500, ("INTERNAL_ERROR", NO_ROWS)),
    ],
)
def test_refusals(shipped: Asking, method: str, path: str, status: int, says: Any) -> None:
    answer = shipped.ask(method, path)
    assert answer.status == status
    if isinstance(says, tuple):
        assert (answer.json["errorCode"], answer.message) == says
    else:
        assert answer.body.decode() == says


def test_an_unknown_workflow_has_no_runs(shipped: Asking) -> None:
    assert shipped.runs(UNKNOWN).json == {"data": []}
    assert shipped.runs("").json == {"data": []}


def test_a_legal_stage_is_a_server_error(shipped: Asking) -> None:
    answer = shipped.create({})
    assert (answer.status, answer.json["errorCode"]) == (500, "INTERNAL_ERROR")


def test_the_token_endpoint_still_works(shipped: Asking) -> None:
    form = [("content-type", "application/x-www-form-urlencoded")]
    answer = shipped.ask("POST", TOKEN_PATH, b"grant_type=x", headers=form, token=None)
    assert json.loads(answer.body)["error"] == "invalid_client"
