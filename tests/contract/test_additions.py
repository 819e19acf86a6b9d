"""What a document adds is looked at where the target shows that it knows it, and only there."""

import json
from dataclasses import replace
from typing import Any

import pytest
from broken_target import BrokenTarget, Change, found, probe_of

from flowgauge.contract.session.additions import learn_additions, skip_additions
from flowgauge.contract.target import Capability
from flowgauge.contract.traffic.page_walk import walk_pages
from flowgauge.editions import contract_part
from flowgauge.results import Request, Response


def page(edit: Any) -> Change:
    """Edit the page of every answer to a request for one; what was asked of it is in the request."""

    def change(request: Request, response: Response) -> Response:
        if request.method != "GET" or not request.path.endswith("/runs") or response.status != 200:
            return response
        value = json.loads(response.body)
        edit(value["cursor"], "pageSize=" in request.target)
        return replace(response, body=json.dumps(value).encode())

    return change


class Seeds(BrokenTarget):
    """A server that has never heard of an addition: it does not read the query of a GET."""

    def send(self, request: Request) -> Any:
        target = request.path if request.method == "GET" else request.target
        return replace(super().send(replace(request, target=target)), request=request)


def learnt(target: BrokenTarget) -> BrokenTarget:
    target.capabilities -= {Capability.ADDITIONS}
    learn_additions(target, contract_part())
    return target


def test_a_server_that_ignores_them_is_sound_and_the_report_says_what_was_not_looked_at() -> None:
    target = learnt(Seeds(lambda request, response: response))
    assert Capability.ADDITIONS not in target.capabilities
    probe = probe_of(target)
    flow = probe.made("workflow", body={"stages": []})
    assert flow is not None
    for _ in range(18):
        probe.call("runWorkflow", flow.ids)
    for query in (
        "pageSize=0",
        "pageSize=banana",
        "pageSize=1",
        "cursor=",
        "cursor=nobody%27s",
        "pageSize=1000",
    ):
        probe.call("listRuns", flow.ids, query=query)
    walk_pages(probe, "run", flow.ids, size=3)
    assert found(probe) == set()
    skip_additions(probe, probe.recorder)
    assert [(skipped.check, skipped.reason) for skipped in probe.recorder.skipped_checks()] == [
        ("additions to listRuns", "not looked at: the target does not know pageSize and cursor")
    ]


def overfull(cursor: dict[str, Any], is_asked: bool) -> None:
    if is_asked and cursor["data"]:
        cursor["data"].append({**cursor["data"][0], "id": "another"})


@pytest.mark.parametrize(
    "change",
    [
        lambda request, response: response,
        page(overfull),
        page(lambda cursor, is_asked: cursor.update(pageSize=15)),
        page(lambda cursor, is_asked: cursor.pop("next", None)),
        page(lambda cursor, is_asked: cursor.update(pageSize=str(cursor["pageSize"]))),
    ],
)
def test_a_server_that_cuts_a_page_or_says_so_knows_them_whatever_is_wrong_with_the_page(
    change: Change,
) -> None:
    target = learnt(BrokenTarget(change))
    assert Capability.ADDITIONS in target.capabilities
    probe = probe_of(target)
    skip_additions(probe, probe.recorder)
    assert probe.recorder.skipped_checks() == ()


def test_a_page_may_hold_fewer_than_were_asked_for_and_end_without_a_word_for_it() -> None:
    def modest(cursor: dict[str, Any], is_asked: bool) -> None:
        cursor.pop("hasMore")
        cursor["next"] = cursor.get("next", "")
        cursor["pageSize"] = min(cursor["pageSize"], 100)

    probe = probe_of(BrokenTarget(page(modest)))
    flow = probe.made("workflow", body={"stages": []})
    assert flow is not None
    for _ in range(18):
        probe.call("runWorkflow", flow.ids)
    for size in (1000, 5):
        probe.call("listRuns", flow.ids, query=f"pageSize={size}")
        walk_pages(probe, "run", flow.ids, size=size)
    assert found(probe) == set()
