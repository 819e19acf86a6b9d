# ruff: noqa: E501 - rows of a table
"""What breaks its schema ends no check but those that look at what is broken: these are blind."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from broken_target import V0, BrokenTarget, found, probe_of

from flowgauge.contract.findings.looking import Partial, Unseen, in_full, look, looks, readable, seen_member
from flowgauge.contract.findings.looks import applicable
from flowgauge.contract.probe import Probe
from flowgauge.editions import edition_named
from flowgauge.openapi import Violation
from flowgauge.results import GENERIC, ContractReport, Request, Response, TargetIdentity

Edit = Callable[[Any], None]


def edited(method: str, segments: int, *edits: Edit) -> Callable[[Request, Response], Response]:
    """Edit the successes of a method on paths of so many segments."""

    def change(request: Request, response: Response) -> Response:
        if request.method != method or request.path.count("/") != segments or response.status >= 300:
            return response
        value = json.loads(response.body)
        for edit in edits:
            edit(value)
        return replace(response, body=json.dumps(value).encode())

    return change


CREATE, READ, START, RUNS, RUN = ("POST", 3), ("GET", 4), ("POST", 5), ("GET", 5), ("GET", 6)


def traffic(probe: Probe) -> None:
    """Two workflows, runs of both until they are over, everything read and listed twice."""
    for number in range(2):
        flow = probe.made("workflow", body={"stages": [{"delay": {"duration": "1200ms"}}, {"noop": {}}]})
        assert flow is not None
        for query in ("", "wait=true"):
            run = probe.made("run", flow.ids, query=query, body={"a": str(number)})
            for _ in range(2):
                probe.call("getFlow", flow.ids)
                probe.call("listRuns", flow.ids)
                if run is not None:
                    probe.call("getWorkflowOccurrence", run.ids)
                probe.target.sleep(2.0)
    probe.call("listFlows")
    probe.call("listFlows")


def classes(probe: Probe) -> set[str]:
    return {finding_id for finding_id, _ in found(probe)}


def without(name: str) -> Edit:
    return lambda value: value["data"].pop(name, None)


@pytest.mark.parametrize(
    ("place", "broken", "also", "wanted"),
    [
        (READ, without("updatedAt"), lambda v: v["data"]["config"]["stages"].pop(), "FG-201"),
        (READ, without("config"), lambda v: v["data"].update(createdAt="2001-01-01T00:00:00Z"), "FG-302"),
        (CREATE, without("config"), lambda v: v["data"].update(createdAt="2001-01-01T00:00:00Z"), "FG-303"),
        (START, without("statuses"), lambda v: v["data"].update(workflowID="x"), "FG-206"),
        (RUN, without("createdAt"), lambda v: v["data"]["statuses"].pop(), "FG-403"),
        (RUN, without("updatedAt"), lambda v: v["data"]["statuses"].insert(0, v["data"]["statuses"][0]), "FG-404"),
        (READ, lambda v: v["data"].update(createdAt=7), lambda v: v["data"].update(config={"stages": []}), "FG-201"),
        (RUNS, lambda v: v["cursor"].pop("pageSize"), lambda v: v["cursor"]["data"].pop(), "FG-202"),
        (RUNS, lambda v: v["cursor"].update(pageSize="x"), lambda v: v["cursor"].update(hasMore=True), "FG-501"),
        (RUNS, lambda v: [run.pop("statuses") for run in v["cursor"]["data"]], lambda v: v["cursor"]["data"].pop(), "FG-202"),
        (RUNS, lambda v: v.update(data=v.pop("cursor")["data"]), lambda v: v["data"].pop(0), "FG-202"),
        (RUNS, lambda v: v.update(data=v.pop("cursor")["data"]), lambda v: v["data"] and v["data"][0].pop("statuses"), "FG-105"),
        (RUNS, lambda v: v.pop("extra", None), lambda v: v["cursor"].update(pageSize="x"), "FG-105"),
    ],
)  # fmt: skip
def test_a_broken_schema_hides_no_fault_beside_it(
    place: tuple[str, int], broken: Edit, also: Edit, wanted: str
) -> None:
    probe = probe_of(BrokenTarget(edited(*place, broken, also)))
    traffic(probe)
    assert {"FG-105", wanted} <= classes(probe)


@pytest.mark.parametrize(
    ("place", "broken"),
    [
        *((READ, without(name)) for name in ("id", "config", "createdAt", "updatedAt")),
        *((READ, lambda v, n=name: v["data"].update({n: 7})) for name in ("id", "createdAt", "config")),
        *((CREATE, without(name)) for name in ("config", "createdAt", "updatedAt")),
        *((START, without(name)) for name in ("workflowID", "createdAt", "updatedAt", "statuses")),
        *((RUN, without(name)) for name in ("id", "workflowID", "createdAt", "updatedAt")),
        (RUN, lambda v: v["data"].update(status=v["data"].pop("statuses"))),
        (RUN, lambda v: v["data"].update(statuses=None)),
        *(
            (RUN, lambda v, n=name: [status.pop(n, None) for status in v["data"]["statuses"]])
            for name in ("stage", "startedAt", "occurrenceID")
        ),
        *((RUN, lambda v, n=name: [status.update({n: []}) for status in v["data"]["statuses"]])
          for name in ("stage", "terminatedAt", "error")),
        (RUNS, lambda v: v.update(data=v.pop("cursor")["data"])),
        (RUNS, lambda v: v["cursor"].update(data=None)),
        (RUNS, lambda v: v["cursor"].update(pageSize="15")),
        (RUNS, lambda v: v["cursor"].update(next=5, hasMore=True)),
        (RUNS, lambda v: [run.pop("statuses") for run in v["cursor"]["data"]]),
        (RUNS, lambda v: v["cursor"]["data"].append(None)),
        (RUNS, lambda v: [run.update(id=3) for run in v["cursor"]["data"]]),
        (("GET", 3), lambda v: v.update(data={})),
        (("GET", 3), lambda v: v["data"].append(7)),
    ],
)  # fmt: skip
def test_a_broken_schema_is_one_fault_and_not_many(place: tuple[str, int], broken: Edit) -> None:
    probe = probe_of(BrokenTarget(edited(*place, broken)))
    traffic(probe)
    # A member that replaces another is one that the document does not declare, too.
    assert classes(probe) - {"FG-106"} == {"FG-105"}


def test_a_run_that_is_read_and_shows_no_list_of_statuses_at_all_shows_that_nothing_began() -> None:
    probe = probe_of(BrokenTarget(edited(*RUN, without("statuses"))))
    traffic(probe)
    assert classes(probe) == {"FG-105", "FG-408"}


@pytest.mark.parametrize("value", ["text/plain", None, "application/xml"])
def test_a_wrong_media_type_hides_nothing_of_what_is_json_all_the_same(value: str | None) -> None:
    def change(request: Request, response: Response) -> Response:
        rest = tuple(h for h in response.headers if h[0].lower() != "content-type")
        typed = replace(response, headers=(*rest, ("Content-Type", value)) if value else rest)
        return edited(*READ, lambda v: v["data"]["config"]["stages"].pop())(request, typed)

    probe = probe_of(BrokenTarget(change))
    traffic(probe)
    assert classes(probe) == {"FG-103", "FG-201"}


def test_an_error_that_breaks_its_schema_may_leak_too() -> None:
    for body in (
        b'{"errorCode":"OTHER","errorMessage":"sql: no rows in result set"}',
        b"goroutine 1 [running]:",
    ):
        probe = probe_of(BrokenTarget(lambda request, response, body=body: replace(response, body=body)))
        probe.call("getFlow", {"workflow": "x"})
        assert "FG-109" in classes(probe)


def test_a_path_that_names_no_parent_hides_no_parent() -> None:
    def classes_of(name: str) -> set[str]:
        return {check.id for check in applicable(GENERIC, edition_named(name))}

    assert classes_of("v0") - classes_of("v2") == {"FG-205"}
    assert {"FG-212", "FG-506"} <= classes_of("v2")


def test_what_is_blind_is_counted_and_named() -> None:
    part = probe_of(BrokenTarget(lambda request, response: response)).part
    checks = applicable(part.findings, V0)
    # Nothing can be deleted or filtered here; waivers and load are not for the suites to look at.
    assert not {"FG-212", "FG-506", "FG-901", "FG-1001"} & {check.id for check in checks}

    probe = probe_of(BrokenTarget(edited(*START, without("statuses"), without("id"))))
    traffic(probe)
    blind = {
        check.id: check.reason
        for check in probe.recorder.looks.blind(checks, lambda _: "no run could be made")
    }
    assert blind["FG-408"] == "no run could be made"
    assert "FG-101" not in blind
    report = ContractReport(
        TargetIdentity("x"), 1, 0.0, 1.0, True, probe.recorder.operation_reports(), (),
        applicable=len(checks), blind=probe.recorder.looks.blind(checks, lambda _: "no run could be made"),
    )  # fmt: skip
    assert f"{len(blind)} of {len(checks)} checks were blind" in str(report.blindness)
    assert report.coverage == pytest.approx(1 - len(blind) / len(checks))
    assert replace(report, applicable=0).coverage is None
    assert replace(report, operations=()).coverage is None
    assert replace(report, blind=()).blindness is None


def test_what_can_be_read_is_what_is_left_without_what_breaks() -> None:
    value = {"a": 1, "b": {"c": [1, {"d": 2}, 3], "e": 5}, "f/g": {}}
    broken = [
        Violation("/b/c/0", "wrong", "/x/type"),
        Violation("/b", '"z" is a required property', "/x/required"),
        Violation("/f~1g", "wrong", "/x/type"),
    ]
    left = readable(value, broken)
    assert left == {"a": 1, "b": {"c": [{}, {"d": 2}, 3], "e": 5}}
    assert not isinstance(left["b"]["c"][1], Partial)
    assert seen_member(left["b"], "y") is None
    for lost in (lambda: seen_member(left["b"], "z"), lambda: left["f/g"], lambda: in_full(left["b"]["c"])):
        with pytest.raises(Unseen):
            lost()
    assert readable(value, [Violation("", "wrong", "/x/type")]) is None
    assert readable(value, []) is value


def test_a_check_that_has_nothing_to_look_at_is_no_check() -> None:
    lost = Partial()
    assert look("FG-301", lambda: lost["at"]).blind
    assert not look("FG-301", lambda: None).blind
    seen = list(
        looks(("FG-301", "FG-302"), (look("FG-301", lambda: None) if k == 0 else lost["at"] for k in (0, 1)))
    )
    assert [(each.id, bool(each.blind)) for each in seen] == [("FG-301", False), ("FG-302", True)]
