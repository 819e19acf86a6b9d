"""Workflows, triggers and lists: what is kept, what is deleted, what a page holds."""

from typing import Any

import pytest
from instances import Instances


def test_a_workflow_comes_back_as_it_was_sent() -> None:
    server = Instances()
    config = {"name": "later", "stages": [{"a": [1, "1", None, 2**70]}]}
    made = server.ask("POST", "/workflows", config).data
    assert made["config"] == server.get(f"/workflows/{made['id']}").data["config"] == config
    assert server.ask("POST", "/workflows").data["config"] == {"stages": []}


@pytest.mark.parametrize("body", [{}, {"stages": None}, {"stages": [1]}, {"stages": [], "name": 1}, [], b"{"])
def test_a_workflow_that_breaks_the_document_is_refused(body: Any) -> None:
    refused = Instances().ask("POST", "/workflows", body)
    assert (refused.status, refused.json["errorCode"]) == (400, "VALIDATION")


def test_a_deleted_workflow_is_gone_and_its_instances_are_not() -> None:
    server = Instances()
    kept, gone = server.workflow(), server.workflow({"delay": {"duration": "1s"}})
    instance, trigger = server.started(gone).data["id"], server.trigger(gone)
    assert server.ask("DELETE", f"/workflows/{gone}").status == 204
    assert server.ask("DELETE", f"/workflows/{gone}").status == 404
    assert server.get(f"/workflows/{gone}").status == server.started(gone).status == 404
    assert server.get("/workflows").ids == [kept]
    assert server.later(1.0).seen(instance)["terminated"] is True
    assert server.get(f"/triggers/{trigger}").data["workflowID"] == gone


def test_a_trigger_is_kept_as_it_was_sent_until_it_is_deleted() -> None:
    server = Instances()
    workflow = server.workflow()
    told = {
        "event": "paid",
        "workflowID": workflow,
        "version": "v1",
        "filter": "((",
        "vars": {"a": 1},
        "name": "n",
    }
    made = server.ask("POST", "/triggers", told).data
    assert {name: made[name] for name in told} == told
    path = f"/triggers/{made['id']}"
    assert server.get(path).data == made
    assert server.get(f"{path}/occurrences").page == {"pageSize": 15, "hasMore": False, "data": []}
    assert server.ask("DELETE", path).status == 204
    for method, below in (("GET", ""), ("DELETE", ""), ("GET", "/occurrences"), ("POST", "/test")):
        assert server.ask(method, path + below).status == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"event": None}, 400),
        ({"vars": []}, 400),
        ({"name": 1}, 400),
        ({"workflowID": 1}, 400),
        ({"workflowID": "nobody"}, 404),
    ],
)
def test_a_trigger_that_breaks_the_document_is_refused(change: dict[str, Any], status: int) -> None:
    server = Instances()
    body = {"event": "paid", "workflowID": server.workflow(), **change}
    assert server.ask("POST", "/triggers", body).status == status
    assert server.get("/triggers").ids == []


EVENT = {"kind": "invoice", "id": "17", "of": {"n": 3}}


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('event.kind == "invoice"', True),
        ("event.kind == 'other'", False),
        ('event.kind != "other" and event.of.n == 3', True),
        ("event.nothing == nil", True),
        ("not (event.of.n == 4 or false)", True),
        ("!true || false && true", False),
        ("event.id == 17", False),
        ("true", True),
        ("event.kind", None),
        ("", None),
        ("((", None),
        ("other.kind == 1", None),
        ("true true", None),
        ("!" * 100 + "true", None),
        ("(" * 5000, None),
        ('event.kind == "', None),
    ],
)
def test_a_filter_is_tried_on_an_event(text: str, match: bool | None) -> None:
    server = Instances()
    trigger = server.trigger(server.workflow(), filter=text)
    found = server.ask("POST", f"/triggers/{trigger}/test", EVENT).data["filter"]
    assert found["match"] is bool(match)
    assert ("error" in found) is (match is None)


def test_the_variables_of_a_trigger_are_texts_or_errors() -> None:
    server = Instances()
    told = {"id": "event.id", "n": "event.of", "nothing": "event.x", "number": 7, "bad": "other"}
    trigger = server.trigger(server.workflow(), vars=told)
    found = server.ask("POST", f"/triggers/{trigger}/test", EVENT).data
    assert "filter" not in found
    assert found["variables"].pop("bad").keys() == {"error"}
    assert {name: each["value"] for name, each in found["variables"].items()} == {
        "id": "17",
        "n": '{"n":3}',
        "nothing": "null",
        "number": "7",
    }


def test_a_walk_meets_what_was_there_all_the_while_whatever_comes_and_goes() -> None:
    server = Instances()
    there = [server.workflow() for _ in range(9)]
    gone = there[2]
    page = server.get("/workflows", "pageSize=2").page
    met = [item["id"] for item in page["data"]]
    server.ask("DELETE", f"/workflows/{gone}")
    while "next" in page:
        server.workflow()
        page = server.get("/workflows", f"cursor={page['next']}").page
        met += [item["id"] for item in page["data"]]
        assert page["hasMore"] == ("next" in page)
    assert met == [each for each in reversed(there) if each != gone]
    back = server.get("/workflows", f"cursor={page['previous']}").ids
    assert back == met[-4:-2]


def test_a_filtered_list_keeps_its_filter_from_page_to_page() -> None:
    server = Instances()
    one, other = server.workflow(), server.workflow({"delay": {"duration": "1s"}})
    made = [server.started(one if number % 2 else other).data["id"] for number in range(6)]
    assert server.get("/instances", f"workflowID={one}").ids == made[1::2][::-1]
    assert server.get("/instances", "running=true").ids == made[0::2][::-1]
    assert server.get("/instances", "running=false").ids == made[1::2][::-1]
    page = server.get("/instances", f"workflowID={other}&running=true&pageSize=2").page
    rest = server.get("/instances", f"cursor={page['next']}")
    assert rest.ids == made[:1]
    assert server.get("/instances", f"workflowID={one}&running=true").ids == []
    named = server.trigger(one, name="n")
    server.trigger(one)
    assert server.get("/triggers", "name=n").ids == [named]
    assert server.get("/triggers", "name=%FF&pageSize=1").ids == []


@pytest.mark.parametrize("query", ["pageSize=0", "pageSize=1001", "pageSize=x", "cursor=x", "cursor=e30"])
def test_a_page_that_there_is_not_is_refused(query: str) -> None:
    server = Instances()
    for path in ("/workflows", "/instances", "/triggers"):
        assert server.get(path, query).status == 400
        assert server.get(path, "cursor=").status == 200


def test_a_cursor_belongs_to_its_list() -> None:
    server = Instances()
    workflow = server.workflow()
    for _ in range(2):
        server.started(workflow)
        server.workflow()
    cursor = server.get("/instances", "pageSize=1").page["next"]
    assert server.get("/workflows", f"cursor={cursor}").status == 400


def test_what_was_kept_comes_back() -> None:
    server = Instances()
    instance = server.instance({"wait_event": {"event": "paid"}})
    kept = server.world.kept()
    server.event(instance, "paid")
    server.workflow()
    server.world.restore(kept)
    assert server.seen(instance)["terminated"] is False
    assert len(server.get("/workflows").ids) == 1
    server.world.reset()
    assert server.get("/workflows").ids == []
    with pytest.raises(TypeError):
        server.world.restore({})
