"""Concurrent calls: what is a finding of its own, and what is only an echo of another."""

import json
from dataclasses import replace

from broken_target import BrokenTarget, found, probe_of

from flowgauge.contract.traffic.concurrency import Call, overlapping_calls
from flowgauge.results import Request, Response

FLOWS = "/api/orchestration/flows"
CREATE: Call = ("workflow", "create")
LIST: Call = ("workflow", "list")
RUN: Call = ("run", "create")
RUNS: Call = ("run", "list")


def test_a_list_that_misses_the_newest_has_a_legal_order_all_the_same() -> None:
    def without_newest(request: Request, response: Response) -> Response:
        if request.method != "GET" or request.target != FLOWS:
            return response
        return replace(response, body=json.dumps({"data": json.loads(response.body)["data"][1:]}).encode())

    probe = probe_of(BrokenTarget(without_newest))
    ids = probe.existing()
    for calls in ((CREATE, LIST), (LIST, CREATE, LIST), (CREATE, RUN, LIST, RUNS)) * 3:
        overlapping_calls(probe, calls, ids)
        probe.call("listFlows")
    assert found(probe) == {("FG-202", "listFlows")}


def test_two_lists_that_each_miss_the_create_that_the_other_shows_have_none() -> None:
    lists = []

    def without_one_of_two(request: Request, response: Response) -> Response:
        if request.method != "GET" or request.target != FLOWS:
            return response
        lists.append(json.loads(response.body)["data"])
        return replace(
            response,
            body=json.dumps({"data": lists[-1][: len(lists) - 1] + lists[-1][len(lists) :]}).encode(),
        )

    probe = probe_of(BrokenTarget(without_one_of_two))
    overlapping_calls(probe, (CREATE, CREATE, LIST, LIST), probe.existing())
    assert found(probe) == {("FG-701", "listFlows")}


def test_only_the_list_that_is_at_fault_is_named() -> None:
    def without_runs(request: Request, response: Response) -> Response:
        if request.method != "GET" or not request.path.endswith("/runs"):
            return response
        cursor = {"pageSize": 1000, "hasMore": False, "data": []}
        return replace(response, body=json.dumps({"cursor": cursor}).encode())

    probe = probe_of(BrokenTarget(without_runs))
    ids = probe.existing()
    overlapping_calls(probe, (CREATE, RUN, LIST, RUNS), ids)
    assert {operation for _, operation in found(probe)} == {"listRuns"}
