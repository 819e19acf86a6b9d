"""Checks against what was written and seen before: for each, the server that it must catch."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from broken_target import BrokenTarget, found, probe_of

from flowgauge.contract.probe import Probe
from flowgauge.contract.traffic.page_walk import walk_pages
from flowgauge.results import Request, Response

Edit = Callable[[dict[str, Any]], None]


def after(method: str, ending: str, edit: Edit, *, skip: int = 0) -> Callable[[Request, Response], Response]:
    """Edit the answers to `method` on paths with as many segments as `ending`, after `skip` of them."""
    met = 0

    def change(request: Request, response: Response) -> Response:
        nonlocal met
        same = len(request.path.split("/")) == len(ending.split("/"))
        if request.method != method or not same or response.status >= 300:
            return response
        met += 1
        if met <= skip:
            return response
        value = json.loads(response.body)
        edit(value)
        return replace(response, body=json.dumps(value).encode())

    return change


def journey(probe: Probe) -> None:
    """Two workflows, runs of both, each read and listed more than once."""
    stages = [{"echo": {"message": "${a}"}}, {"delay": {"duration": "2s"}}, {"fail": {"message": "no ${a}"}}]
    flows = [probe.answered("createWorkflow", body={"stages": s}) for s in (stages, [{"noop": {}}])]
    for flow in flows:
        probe.call("getFlow", {"workflow": flow["id"]})
        for wait in ("", "wait=true"):
            run = probe.answered("runWorkflow", {"workflow": flow["id"]}, body={"a": "b"}, query=wait)
            for pause in (0.5, 1.8, 1.0):
                probe.call("getWorkflowOccurrence", {"workflow": flow["id"], "run": run["id"]})
                probe.call("listRuns", {"workflow": flow["id"]})
                probe.target.sleep(pause)
    probe.call("listFlows")
    probe.call("listFlows")


FLOW, RUNS, RUN = "/api/o/flows/f", "/api/o/flows/f/runs", "/api/o/flows/f/runs/r"
FLOWS = "/api/o/flows"


def first_status(**members: Any) -> Edit:
    return lambda value: value["data"]["statuses"][0].update(members)


CASES: list[tuple[str, str, str, Edit, int]] = [
    # finding, method, path, what the server does to its answer, from the how-manieth on
    ("FG-201", "GET", FLOW, lambda v: v["data"]["config"]["stages"].pop(), 0),
    ("FG-201", "GET", FLOW, lambda v: v["data"]["config"].update(stages=[]), 0),
    ("FG-201", "POST", FLOWS, lambda v: v["data"]["config"]["stages"].append({}), 0),
    ("FG-201", "GET", FLOW, lambda v: v["data"].update(id="other"), 0),
    ("FG-201", "GET", RUN, lambda v: v["data"].update(id="other"), 0),
    ("FG-202", "GET", FLOWS, lambda v: v["data"].pop(), 0),
    ("FG-202", "GET", RUNS, lambda v: v["cursor"]["data"].pop(), 0),
    ("FG-203", "GET", FLOWS, lambda v: v["data"].append(v["data"][0]), 0),
    ("FG-203", "GET", RUNS, lambda v: v["cursor"]["data"].append(v["cursor"]["data"][0]), 0),
    ("FG-208", "GET", FLOWS, lambda v: v["data"].append({**v["data"][0], "id": "stranger"}), 0),
    ("FG-206", "GET", RUN, lambda v: v["data"].update(workflowID="other"), 0),
    ("FG-206", "POST", RUNS, lambda v: v["data"].update(workflowID=v["data"]["id"]), 0),
    ("FG-301", "GET", FLOW, lambda v: v["data"].update(updatedAt="2001-01-01T00:00:00Z"), 0),
    ("FG-301", "GET", RUN, lambda v: v["data"].update(updatedAt="2001-01-01T00:00:00Z"), 0),
    ("FG-301", "GET", RUN, first_status(startedAt="2001-01-01T00:00:00Z"), 0),
    ("FG-302", "GET", FLOWS, lambda v: v["data"][0].update(updatedAt="2040-01-01T00:00:00Z"), 0),
    ("FG-302", "GET", RUN, lambda v: v["data"].update(updatedAt="2040-01-01T00:00:00Z"), 2),
    ("FG-303", "POST", FLOWS, lambda v: v["data"].update(createdAt="2001-01-01T00:00:00Z"), 0),
    ("FG-303", "POST", RUNS, lambda v: v["data"].update(createdAt="2001-01-01T00:00:00Z"), 0),
    ("FG-303", "GET", RUN, lambda v: v["data"].update(updatedAt="2099-01-01T00:00:00Z"), 0),
    ("FG-408", "GET", RUN, lambda v: v["data"]["statuses"].pop(), 1),
    ("FG-401", "POST", RUNS, lambda v: v["data"]["statuses"].pop(), 1),
    ("FG-403", "GET", RUN, lambda v: v["data"].update(statuses=v["data"]["statuses"][:1]), 0),
    ("FG-403", "GET", RUN, lambda v: v["data"]["statuses"][0].pop("terminatedAt"), 1),
    ("FG-403", "GET", RUN, first_status(occurrenceID="another"), 1),
    (
        "FG-404",
        "GET",
        RUN,
        lambda v: v["data"]["statuses"].extend([{**v["data"]["statuses"][-1], "stage": 3}] * 3),
        0,
    ),
    ("FG-405", "GET", RUN, first_status(stage=1), 0),
    ("FG-406", "GET", RUN, lambda v: v["data"]["statuses"][-1].update(error="something else"), 2),
    ("FG-407", "POST", RUNS, first_status(error="broken"), 0),
    ("FG-501", "GET", RUNS, lambda v: v["cursor"].update(hasMore=True), 0),
    ("FG-501", "GET", RUNS, lambda v: v["cursor"].update(next="more"), 0),
]


@pytest.mark.parametrize(("finding_id", "method", "path", "edit", "skip"), CASES)
def test_a_server_that_answers_wrongly_is_caught(
    finding_id: str, method: str, path: str, edit: Edit, skip: int
) -> None:
    def edit_if_possible(value: dict[str, Any]) -> None:
        try:
            edit(value)
        except (IndexError, KeyError):
            return

    probe = probe_of(BrokenTarget(after(method, path, edit_if_possible, skip=skip)))
    journey(probe)
    assert finding_id in {found_id for found_id, _ in found(probe)}


def test_a_sound_server_is_not() -> None:
    probe = probe_of(BrokenTarget(lambda request, response: response))
    journey(probe)
    assert found(probe) == set()


def test_a_page_beyond_its_size_and_a_walk_in_circles_are_caught() -> None:
    for edit, wanted in (
        (lambda v: v["cursor"].update(pageSize=1), "FG-502"),
        (lambda v: v["cursor"].update(next="same", hasMore=True), "FG-504"),
        (lambda v: v["cursor"]["data"].pop(0), "FG-202"),
    ):
        target = BrokenTarget(after("GET", RUNS, edit))
        probe = probe_of(target)
        flow = probe.answered("createWorkflow", body={"stages": []})
        for _ in range(5):
            probe.call("runWorkflow", {"workflow": flow["id"]})
        walk_pages(probe, "run", {"workflow": flow["id"]}, size=5)
        assert wanted in {found_id for found_id, _ in found(probe)}, wanted


def walked_without_knowing_how_far(*, shows_nothing_new: bool) -> set[tuple[str, str]]:
    """What is found on a walk over runs whose 201 cannot be read; each page leads to another cursor."""
    first: list[Any] = []

    def first_again(value: dict[str, Any]) -> None:
        first.extend(value["cursor"]["data"] if not first else ())
        value["cursor"]["data"] = first

    unread = after("POST", RUNS, lambda v: v["data"].update(id=7))
    circling = after("GET", RUNS, first_again if shows_nothing_new else lambda v: None)
    probe = probe_of(BrokenTarget(lambda request, response: circling(request, unread(request, response))))
    flow = probe.answered("createWorkflow", body={"stages": []})
    for _ in range(9):
        probe.call("runWorkflow", {"workflow": flow["id"]})
    walk_pages(probe, "run", {"workflow": flow["id"]}, size=1)
    return found(probe)


def test_a_walk_over_things_that_nobody_acknowledged_is_no_walk_in_circles() -> None:
    assert walked_without_knowing_how_far(shows_nothing_new=False) == {("FG-105", "runWorkflow")}


def test_a_walk_that_shows_nothing_new_is_one_whatever_its_cursors() -> None:
    assert ("FG-504", "listRuns") in walked_without_knowing_how_far(shows_nothing_new=True)


def test_a_full_page_that_leads_nowhere_is_caught() -> None:
    def end(value: dict[str, Any]) -> None:
        value["cursor"].pop("next", None)
        value["cursor"]["hasMore"] = False

    probe = probe_of(BrokenTarget(after("GET", RUNS, end)))
    flow = probe.answered("createWorkflow", body={"stages": []})
    for _ in range(3):
        probe.call("runWorkflow", {"workflow": flow["id"]})
    probe.call("listRuns", {"workflow": flow["id"]}, query="pageSize=3")
    assert found(probe) == set()
    probe.call("listRuns", {"workflow": flow["id"]}, query="pageSize=2")
    assert found(probe) == {("FG-501", "listRuns")}


def test_a_previous_that_leads_on_is_caught_in_the_middle() -> None:
    def lead_on(value: dict[str, Any]) -> None:
        if "next" in value["cursor"] and "previous" in value["cursor"]:
            value["cursor"]["previous"] = value["cursor"]["next"]

    probe = probe_of(BrokenTarget(after("GET", RUNS, lead_on)))
    flow = probe.answered("createWorkflow", body={"stages": []})
    for _ in range(6):
        probe.call("runWorkflow", {"workflow": flow["id"]})
    walk_pages(probe, "run", {"workflow": flow["id"]}, size=1)
    assert ("FG-505", "listRuns") in found(probe)


TIMES = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{6})Z"')


@pytest.mark.parametrize(
    "spelling", [rb'"\1Z"', rb'"\1\g<2>000Z"', rb'"\1\2+00:00"', rb'"\1\g<2>000-00:00"'], ids=str
)
def test_a_server_that_writes_times_otherwise_is_sound(spelling: bytes) -> None:
    probe = probe_of(
        BrokenTarget(lambda request, response: replace(response, body=TIMES.sub(spelling, response.body)))
    )
    journey(probe)
    assert found(probe) == set()


def test_a_server_that_cuts_times_to_milliseconds_is_sound() -> None:
    cut = re.compile(rb'(T\d\d:\d\d:\d\d\.\d{3})\d{3}Z"')
    probe = probe_of(
        BrokenTarget(lambda request, response: replace(response, body=cut.sub(rb'\1Z"', response.body)))
    )
    journey(probe)
    assert found(probe) == set()


def test_a_run_that_never_ends_is_caught() -> None:
    def hide_the_end(value: dict[str, Any]) -> None:
        value["data"]["statuses"][0].pop("terminatedAt", None)
        value["data"]["updatedAt"] = value["data"]["createdAt"]

    probe = probe_of(BrokenTarget(after("GET", RUN, hide_the_end)))
    flow = probe.answered("createWorkflow", body={"stages": [{"delay": {"duration": "1s"}}]})
    run = probe.answered("runWorkflow", {"workflow": flow["id"]})
    probe.target.sleep(1.5)
    probe.call("getWorkflowOccurrence", {"workflow": flow["id"], "run": run["id"]})
    assert found(probe) == {("FG-408", "getWorkflowOccurrence")}


def test_a_walk_that_loses_a_run_on_a_later_page_is_caught() -> None:
    probe = probe_of(BrokenTarget(after("GET", RUNS, lambda v: v["cursor"]["data"].pop(), skip=1)))
    flow = probe.answered("createWorkflow", body={"stages": []})
    for _ in range(6):
        probe.call("runWorkflow", {"workflow": flow["id"]})
    walk_pages(probe, "run", {"workflow": flow["id"]}, size=2)
    assert {"FG-502", "FG-505"} & {found_id for found_id, _ in found(probe)}
