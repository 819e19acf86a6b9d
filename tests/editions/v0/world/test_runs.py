"""Runs over time: what a start answers, what a read shows, and when."""

from itertools import pairwise
from typing import Any

import pytest
from asking import START, TICK, Asking
from hypothesis import given, settings
from hypothesis import strategies as st

from flowgauge.editions import edition_named
from flowgauge.reference.world.wire import instant

DOCUMENT = edition_named().document
STEADY = settings(max_examples=100, deadline=None, derandomize=True, database=None)
NOOP: dict[str, Any] = {"noop": {}}
FAIL: dict[str, Any] = {"fail": {"message": "broken"}}


def delay(seconds: float) -> dict[str, Any]:
    return {"delay": {"duration": f"{seconds}s"}}


def shape(run: Any) -> list[str]:
    """One word for each status: what state it is in."""
    return [
        "failed" if "error" in status else "ended" if "terminatedAt" in status else "begun"
        for status in run["statuses"]
    ]


def test_a_start_answers_at_once_with_the_run_as_it_begins() -> None:
    server = Asking()
    flow_id = server.created(NOOP, delay(1), NOOP)
    answer = server.run(flow_id)
    assert (answer.status, answer.waited) == (201, 0)
    assert answer.data["workflowID"] == flow_id
    assert shape(answer.data) == ["ended", "begun"]


@pytest.mark.parametrize(
    ("query", "waited"),
    [("wait=true", 3.0), ("wait=false", 0.0), ("", 0.0), ("other=1", 0.0), ("WAIT=true", 0.0)],
)
def test_wait_answers_when_the_run_has_ended(query: str, waited: float) -> None:
    server = Asking()
    answer = server.run(server.created(delay(1), delay(2)), query=query)
    assert answer.status == 201
    assert answer.waited == pytest.approx(waited, abs=1e-5)
    assert shape(answer.data) == (["ended", "ended"] if waited else ["begun"])


@pytest.mark.parametrize(
    "query",
    [
        "wait=",
        "wait",
        "wait=1",
        "wait=0",
        "wait=TRUE",
        "wait=True",
        "wait=yes",
        "wait=banana",
        "wait=null",
        "wait=%20true",
        "wait=true%00",
        "wait=true&wait=true",
        "wait=true&wait=false",
        "wait=%FF",
        "w%61it=maybe",
    ],
)
def test_another_wait_is_a_400_and_starts_nothing(query: str) -> None:
    server = Asking()
    flow_id = server.created()
    answer = server.run(flow_id, query=query)
    assert (answer.status, answer.json["errorCode"]) == (400, "VALIDATION")
    assert server.runs(flow_id).json["cursor"]["data"] == []


def test_a_failed_run_is_still_a_201() -> None:
    server = Asking()
    flow_id = server.created(NOOP, delay(1), FAIL, NOOP)
    answer = server.run(flow_id, query="wait=true")
    assert answer.status == 201
    assert shape(answer.data) == ["ended", "ended", "failed"]
    assert answer.data["statuses"][2]["error"] == "broken"
    # A failed stage has ended too.
    assert "terminatedAt" in answer.data["statuses"][2]
    assert server.occurrence(flow_id, answer.data["id"]).data == answer.data


def test_a_run_of_no_stages_is_over_at_once() -> None:
    answer = Asking().run((server := Asking()).created(), query="wait=true")
    assert answer.status == 404
    answer = server.run(server.created(), query="wait=true")
    assert (answer.status, answer.waited, answer.data["statuses"]) == (201, 0, [])
    assert answer.data["updatedAt"] == answer.data["createdAt"]


def test_a_run_goes_on_by_itself() -> None:
    server = Asking()
    flow_id = server.created(delay(1), delay(2), FAIL, NOOP)
    run_id = server.ran(flow_id)
    started = server.now
    seen = {}
    for seconds in (0.5, 1.0, 2.9, 3.1, 100):
        server.now = started + seconds
        seen[seconds] = shape(server.occurrence(flow_id, run_id).data)
    assert seen == {
        0.5: ["begun"],
        1.0: ["ended", "begun"],
        2.9: ["ended", "begun"],
        3.1: ["ended", "ended", "failed"],
        100: ["ended", "ended", "failed"],
    }


def test_variables_belong_to_one_run() -> None:
    server = Asking()
    flow_id = server.created({"fail": {"message": "${who}"}})
    errors = [server.run(flow_id, {"who": who}).data["statuses"][0]["error"] for who in ("Ada", "Bob")]
    assert errors == ["Ada", "Bob"]
    assert "unknown variable" in server.run(flow_id).data["statuses"][0]["error"]


def test_a_start_changes_nothing_about_its_workflow() -> None:
    server = Asking()
    flow_id = server.created(NOOP)
    before = server.flow(flow_id).body
    server.run(flow_id, {"a": "b"}, query="wait=true")
    assert server.flow(flow_id).body == before


stages = st.lists(
    st.one_of(
        st.just(NOOP),
        st.just(FAIL),
        st.just({"no such kind": {}}),
        st.integers(0, 5000).map(lambda ms: {"delay": {"duration": f"{ms}ms"}}),
    ),
    max_size=6,
)


@STEADY
@given(stages=stages, pauses=st.lists(st.floats(0, 4), min_size=1, max_size=12))
def test_statuses_only_grow_and_times_are_in_order(stages: list[Any], pauses: list[float]) -> None:
    server = Asking()
    flow_id = server.created(*stages)
    views = [server.run(flow_id).data]
    for pause in pauses:
        views.append(server.later(pause).occurrence(flow_id, views[0]["id"]).data)
    views.append(server.later(60).occurrence(flow_id, views[0]["id"]).data)
    for earlier, later in pairwise(views):
        assert later.items() >= {k: earlier[k] for k in ("id", "workflowID", "createdAt")}.items()
        assert later["updatedAt"] >= earlier["updatedAt"]
        assert (later["statuses"] == earlier["statuses"]) <= (later["updatedAt"] == earlier["updatedAt"])
        for then, now in zip(earlier["statuses"], later["statuses"], strict=False):
            assert now.items() >= then.items()
    for view in views:
        assert DOCUMENT.response_violations("getWorkflowOccurrence", 200, {"data": view}, closed=True) == ()
        assert [status["stage"] for status in view["statuses"]] == list(range(len(view["statuses"])))
        times = [view["createdAt"]]
        for status in view["statuses"]:
            times += [status["startedAt"], *([status["terminatedAt"]] if "terminatedAt" in status else [])]
        times.append(view["updatedAt"])
        assert times == sorted(times)
    wanted = next(
        (k + 1 for k, stage in enumerate(stages) if "noop" not in stage and "delay" not in stage), None
    )
    assert len(views[-1]["statuses"]) == (wanted or len(stages))
    assert "begun" not in shape(views[-1])


@STEADY
@given(stages=stages)
def test_waiting_shows_what_a_later_read_shows(stages: list[Any]) -> None:
    server = Asking()
    flow_id = server.created(*stages)
    answer = server.run(flow_id, query="wait=true")
    assert server.later(60).occurrence(flow_id, answer.data["id"]).data == answer.data
    ended = max((instant(s["terminatedAt"]) for s in answer.data["statuses"]), default=None)
    if ended is not None:
        assert server.now - 60 - TICK == pytest.approx(ended, abs=2e-6)


def test_occurrence_ids_are_of_one_stage_of_one_run() -> None:
    server = Asking()
    flow_id = server.created(NOOP, NOOP)
    runs = [server.run(flow_id).data for _ in range(3)]
    ids = [status["occurrenceID"] for run in runs for status in run["statuses"]]
    ids += [run["id"] for run in runs]
    assert len(ids) == len(set(ids)) == 9


def test_lists_are_newest_first_and_show_runs_as_they_stand() -> None:
    server = Asking()
    flows = [server.created(delay(1)) for _ in range(3)]
    assert [view["id"] for view in server.flows().data] == flows[::-1]
    runs = [server.ran(flows[0]) for _ in range(3)]
    listed = server.runs(flows[0]).json["cursor"]["data"]
    assert [view["id"] for view in listed] == runs[::-1]
    assert {tuple(shape(view)) for view in listed} == {("begun",)}
    listed = server.later(5).runs(flows[0]).json["cursor"]["data"]
    assert {tuple(shape(view)) for view in listed} == {("ended",)}
    assert server.runs(flows[1]).json["cursor"]["data"] == []


def test_the_first_workflow_is_created_when_it_was_asked_for() -> None:
    server = Asking()
    view = server.create().data
    assert instant(view["createdAt"]) == pytest.approx(START + TICK, abs=1e-6)
    assert view["updatedAt"] == view["createdAt"]
