"""Concurrent calls: what is a finding of its own, and what is only an echo of another."""

import json
from dataclasses import replace

from broken_target import BrokenTarget, found, probe_of

from flowgauge.contract.probe import existing_ids
from flowgauge.contract.traffic.concurrency import overlapping_calls
from flowgauge.results import Request, Response

FLOWS = "/api/orchestration/flows"


def test_a_list_that_misses_the_newest_has_a_legal_order_all_the_same() -> None:
    def without_newest(request: Request, response: Response) -> Response:
        if request.method != "GET" or request.target != FLOWS:
            return response
        return replace(response, body=json.dumps({"data": json.loads(response.body)["data"][1:]}).encode())

    probe = probe_of(BrokenTarget(without_newest))
    flow_id = existing_ids(probe)["flowId"]
    for kinds in (("create", "list"), ("list", "create", "list"), ("create", "run", "list", "runs")) * 3:
        overlapping_calls(probe, kinds, flow_id)
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
    overlapping_calls(probe, ("create", "create", "list", "list"), existing_ids(probe)["flowId"])
    assert found(probe) == {("FG-701", "listFlows")}


def test_only_the_list_that_is_at_fault_is_named() -> None:
    def without_runs(request: Request, response: Response) -> Response:
        if request.method != "GET" or "/runs" not in request.target:
            return response
        cursor = {"pageSize": 1000, "hasMore": False, "data": []}
        return replace(response, body=json.dumps({"cursor": cursor}).encode())

    probe = probe_of(BrokenTarget(without_runs))
    flow_id = existing_ids(probe)["flowId"]
    overlapping_calls(probe, ("create", "run", "list", "runs"), flow_id)
    assert {operation for _, operation in found(probe)} == {"listRuns"}
