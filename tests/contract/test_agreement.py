"""One fault that shows in many places is one finding; two faults at once are two."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from broken_target import V0, BrokenTarget, found, probe_of

from flowgauge.contract.probe import Probe
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.editions import world_part
from flowgauge.results import Request, Response

FLOW_READERS = ("listFlows", "getFlow")
RUN_READERS = ("listRuns", "getWorkflowOccurrence")
Edit = Callable[[dict[str, Any]], None]


def editing(edits: dict[str, Edit]) -> Callable[[Request, Response], Response]:
    """Edit each workflow or run that the answers of these operations show."""

    def change(request: Request, response: Response) -> Response:
        path = V0.document.matched(request.path)
        assert path is not None
        edit = edits.get(path.operations[request.method].id)
        if edit is None or response.status >= 300:
            return response
        value = json.loads(response.body)
        shown = value["cursor"]["data"] if "cursor" in value else value["data"]
        for view in shown if isinstance(shown, list) else [shown]:
            edit(view)
        return replace(response, body=json.dumps(value).encode())

    return change


def without_last_stage(view: dict[str, Any]) -> None:
    view["config"]["stages"] = view["config"]["stages"][:-1]


def with_text_for_numbers(view: dict[str, Any]) -> None:
    for stage in view["config"]["stages"]:
        stage.update({k: str(v) for k, v in stage.items() if isinstance(v, int)})


def both(view: dict[str, Any]) -> None:
    with_text_for_numbers(view)
    without_last_stage(view)


def with_one_status_more(view: dict[str, Any]) -> None:
    statuses = view["statuses"]
    if statuses and all("terminatedAt" in status for status in statuses):
        extra = {**statuses[-1], "stage": len(statuses), "occurrenceID": f"extra of {view['id']}"}
        extra.pop("error", None)
        statuses.append({**extra, "startedAt": extra["terminatedAt"]})


def with_two_statuses_more(view: dict[str, Any]) -> None:
    with_one_status_more(view)
    with_one_status_more(view)


def of_another_flow(view: dict[str, Any]) -> None:
    view["workflowID"] = "another"


def journey(target: WorldTarget) -> Probe:
    """Workflows and their runs; each is read alone and in the list, one and the other first."""
    probe = probe_of(target)
    for number in range(6):
        stages = (
            [{"noop": {}}, {"noop": {}}],
            [{"noop": {}}, {"fail": {"message": "no"}}, {"noop": {}}],
            [{"delay": {"duration": "1s"}}, {"n": number}, {"noop": {}}],
        )[number % 3]
        flow_id = probe.answered("createWorkflow", body={"stages": stages})["id"]
        reads = [lambda f=flow_id: probe.call("getFlow", {"workflow": f}), lambda: probe.call("listFlows")]
        run = probe.answered("runWorkflow", {"workflow": flow_id}, query="wait=true" if number % 2 else "")
        probe.target.sleep(2)
        if run:
            reads += [
                lambda f=flow_id, r=run: probe.call("getWorkflowOccurrence", {"workflow": f, "run": r["id"]}),
                lambda f=flow_id: probe.call("listRuns", {"workflow": f}),
            ]
        for read in reads if number % 2 else reads[::-1]:
            read()
    return probe


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("last-stage-dropped", ("FG-201", "createWorkflow")),
        ("numbers-become-strings", ("FG-201", "createWorkflow")),
        ("one-status-too-many", ("FG-404", "runWorkflow")),
        ("terminated-before-started", ("FG-301", "runWorkflow")),
        ("wrong-workflow-id", ("FG-206", "runWorkflow")),
        ("list-misses-newest", ("FG-202", "listFlows")),
        ("create-not-persisted", ("FG-209", "createWorkflow")),
    ],
)
def test_a_fault_of_the_world_is_one_finding(fault: str, finding: tuple[str, str]) -> None:
    assert found(journey(WorldTarget(world_part(), faults=[fault]))) == {finding}


CREATED, RUNNING = ("FG-201", "createWorkflow"), ("FG-404", "runWorkflow")


@pytest.mark.parametrize(
    ("edits", "wanted"),
    [
        # One reader alone is at fault itself; so are two that differ.
        ({"getFlow": without_last_stage}, {("FG-201", "getFlow")}),
        ({"listFlows": without_last_stage}, {("FG-201", "listFlows")}),
        (dict.fromkeys(FLOW_READERS, without_last_stage), {CREATED}),
        (
            {"getFlow": without_last_stage, "listFlows": both},
            {("FG-201", "getFlow"), ("FG-201", "listFlows")},
        ),
        (
            {"getFlow": without_last_stage, "listFlows": with_text_for_numbers},
            {("FG-201", "getFlow"), ("FG-201", "listFlows")},
        ),
        ({"getWorkflowOccurrence": with_one_status_more}, {("FG-404", "getWorkflowOccurrence")}),
        (dict.fromkeys(RUN_READERS, with_one_status_more), {RUNNING}),
        (
            {"listRuns": with_one_status_more, "getWorkflowOccurrence": with_two_statuses_more},
            {("FG-404", operation) for operation in RUN_READERS},
        ),
        # Of different classes.
        (
            dict.fromkeys(FLOW_READERS, without_last_stage) | dict.fromkeys(RUN_READERS, of_another_flow),
            {CREATED, ("FG-206", "runWorkflow")},
        ),
        (
            dict.fromkeys(FLOW_READERS, without_last_stage) | {"listRuns": with_one_status_more},
            {CREATED, ("FG-404", "listRuns")},
        ),
    ],
)
def test_answers_are_one_finding_if_they_are_alike_and_as_many_as_there_are_faults_if_not(
    edits: dict[str, Edit], wanted: set[tuple[str, str]]
) -> None:
    assert found(journey(BrokenTarget(editing(edits)))) == wanted


@pytest.mark.parametrize(
    ("faults", "wanted"),
    [
        (("last-stage-dropped", "wait-returns-early"), {CREATED, ("FG-401", "runWorkflow")}),
        (("last-stage-dropped", "one-status-too-many"), {CREATED, RUNNING}),
        # The list never shows what the read shows: whose fault it is cannot be told, and stays with the read.
        (("last-stage-dropped", "list-misses-newest"), {("FG-201", "getFlow"), ("FG-202", "listFlows")}),
        (("last-stage-dropped", "list-repeats-newest"), {CREATED, ("FG-203", "listFlows")}),
        (("create-not-persisted", "info-500"), {("FG-209", "createWorkflow"), ("FG-101", "info")}),
        (
            ("wrong-workflow-id", "terminated-before-started"),
            {("FG-206", "runWorkflow"), ("FG-301", "runWorkflow")},
        ),
    ],
)
def test_two_faults_at_once_are_two_findings(faults: tuple[str, ...], wanted: set[tuple[str, str]]) -> None:
    probe = journey(WorldTarget(world_part(), faults=faults))
    probe.call("orchestrationgetServerInfo")
    met = {(i, "info" if "Info" in operation else operation) for i, operation in found(probe)}
    assert met == wanted


def test_a_merged_finding_says_where_it_was_seen_and_counts_all() -> None:
    probe = journey(BrokenTarget(editing(dict.fromkeys(FLOW_READERS, without_last_stage))))
    [finding] = probe.recorder.findings()
    assert finding.operations[0] == finding.operation == "createWorkflow"
    assert set(finding.operations[1:]) == set(FLOW_READERS)
    assert finding.count == sum(showing.count for showing in finding.showings)


def test_what_a_list_misses_and_a_read_gives_is_the_lists_own_fault() -> None:
    def without_newest(request: Request, response: Response) -> Response:
        if request.method != "GET" or not request.path.endswith("/flows"):
            return response
        return replace(response, body=json.dumps({"data": json.loads(response.body)["data"][1:]}).encode())

    assert found(journey(BrokenTarget(without_newest))) == {("FG-202", "listFlows")}
