"""Instances from their start to their end: stages, variables, waiting, events, aborts, history."""

from typing import Any

import pytest
from instances import Instances

SECOND = {"delay": {"duration": "1s"}}
PAID = {"wait_event": {"event": "paid"}}


def test_an_instance_is_seen_before_during_and_after_each_stage() -> None:
    server = Instances()
    started = server.started(server.workflow({"noop": {}}, SECOND, {"noop": {}})).data
    assert started["terminated"] is False
    assert "status" not in started
    first = server.seen(started["id"])
    assert [(s["stage"], s["instanceID"], "terminatedAt" in s) for s in first["status"]] == [
        (0, started["id"], True),
        (1, started["id"], False),
    ]
    over = server.later(1.0).seen(started["id"])
    assert over["terminated"] is True
    assert over["terminatedAt"] == over["status"][-1]["terminatedAt"] == over["updatedAt"]
    assert "error" not in over


def test_a_start_answers_at_once_and_with_wait_at_the_end() -> None:
    server = Instances()
    workflow = server.workflow(SECOND)
    assert server.started(workflow).waited == 0.0
    waited = server.started(workflow, wait=True)
    assert (waited.waited, waited.data["terminated"]) == (1.0, True)


def test_nobody_waits_for_an_instance_that_stands_still() -> None:
    server = Instances()
    waited = server.started(server.workflow(SECOND, PAID), wait=True)
    assert (waited.status, waited.waited, waited.data["terminated"]) == (201, 1.0, False)


def test_a_failure_ends_it_and_says_why() -> None:
    server = Instances()
    over = server.seen(server.instance({"delay": {"duration": "${missing}"}}, SECOND))
    assert (over["terminated"], len(over["status"])) == (True, 1)
    assert over["error"] == over["status"][0]["error"] == "unknown variable 'missing'"


def test_variables_are_put_into_stages() -> None:
    server = Instances()
    workflow = server.workflow({"delay": {"duration": "${pause}"}})
    assert server.started(workflow, {"pause": "250ms"}, wait=True).waited == 0.25


@pytest.mark.parametrize(("name", "goes_on"), [("paid", True), ("PAID", False), ("other", False)])
def test_an_event_is_for_who_waits_for_its_name(name: str, goes_on: bool) -> None:
    server = Instances()
    instance = server.instance(PAID, SECOND)
    assert server.seen(instance)["status"][0].keys() == {"stage", "instanceID", "startedAt"}
    assert server.event(instance, name).status == 204
    assert (len(server.seen(instance)["status"]) == 2) is goes_on
    assert server.later(2.0).seen(instance)["terminated"] is goes_on


def test_an_event_that_comes_too_early_or_too_late_is_lost() -> None:
    server = Instances()
    instance = server.instance(SECOND, PAID, PAID)
    assert server.event(instance, "paid").status == 204
    assert len(server.later(1.0).seen(instance)["status"]) == 2
    server.event(instance, "paid")
    assert server.seen(instance)["terminated"] is False
    server.event(instance, "paid")
    assert server.seen(instance)["terminated"] is True
    assert server.event(instance, "paid").status == 204
    assert server.event("nobody", "paid").json["errorCode"] == "NOT_FOUND"


@pytest.mark.parametrize("stage", [SECOND, PAID])
def test_what_is_aborted_is_over_and_goes_no_further(stage: dict[str, Any]) -> None:
    server = Instances()
    instance = server.instance(stage, {"noop": {}})
    assert server.abort(instance).status == 204
    over = server.seen(instance)
    assert (over["terminated"], over["error"], len(over["status"])) == (True, "aborted", 1)
    server.event(instance, "paid")
    assert server.abort(instance).status == 204
    assert server.later(2.0).seen(instance) == over


def test_what_is_over_cannot_be_aborted() -> None:
    server = Instances()
    instance = server.instance({"noop": {}})
    before = server.seen(instance)
    assert server.abort(instance).status == 204
    assert server.seen(instance) == before
    assert server.abort("nobody").status == 404


def test_the_history_holds_what_was_made_sense_of_with_its_parameters() -> None:
    server = Instances()
    stages = ({"delay": {"duration": "${a}"}}, PAID, {"unknown": {}})
    instance = server.instance(*stages, variables={"a": "1s"})
    assert [item["terminated"] for item in server.get(f"/instances/{instance}/history").data] == [False]
    server.later(1.0).event(instance, "paid")
    history = server.get(f"/instances/{instance}/history").data
    assert [(item["name"], item["input"]) for item in history] == [
        ("RunDelay", {"duration": "1s"}),
        ("RunWaitEvent", {"event": "paid"}),
    ]
    assert server.seen(instance)["error"] == "unknown stage kind 'unknown'"


@pytest.mark.parametrize(
    ("number", "status"),
    [("0", 200), ("00", 200), ("1", 404), ("9" * 5000, 404), ("-1", 400), ("x", 400), ("%D9%A1", 400)],
)
def test_a_stage_has_a_history_once_it_has_begun(number: str, status: int) -> None:
    server = Instances()
    instance = server.instance(SECOND, SECOND)
    assert server.get(f"/instances/{instance}/stages/{number}/history").status == status


WALLET = {"wallet": {"id": "w1"}}
AMOUNT = {"amount": 100, "asset": "USD/2"}


@pytest.mark.parametrize(
    ("stage", "fails"),
    [
        ({"send": {"source": WALLET, "destination": WALLET, "amount": AMOUNT}}, None),
        ({"send": {"source": {"payment": {"id": "p"}}, "destination": {"account": {"id": "a"}}}}, None),
        ({"send": {"source": WALLET, "destination": WALLET}}, "amount must be specified"),
        ({"send": {"destination": WALLET, "amount": AMOUNT}}, "source is required"),
        ({"send": {"source": {}, "destination": WALLET, "amount": AMOUNT}}, "exactly one"),
        ({"send": {"source": {"wallet": {}}, "destination": WALLET, "amount": AMOUNT}}, "id is required"),
        (
            {"send": {"source": {"payment": {"id": "p"}}, "destination": {"payment": {"psp": "x"}}}},
            "to a payment",
        ),
        ({"send": {"source": WALLET, "destination": WALLET, "amount": {**AMOUNT, "amount": 1.5}}}, "integer"),
        ({"update": {"account": {"id": "a", "ledger": "l", "metadata": {"k": "v"}}}}, None),
        ({"update": {"account": {"id": "a", "ledger": "l", "metadata": {"k": 1}}}}, "texts"),
        ({"update": {}}, "account is required"),
        ({"wait_event": {}}, "event is required"),
        ({"noop": {"surplus": 1}}, "unknown parameter"),
        ({"echo": {}}, "unknown stage kind"),
    ],
)
def test_money_moves_by_its_form_alone(stage: dict[str, Any], fails: str | None) -> None:
    server = Instances()
    over = server.seen(server.instance(stage))
    assert over["terminated"]
    assert (fails in over["error"]) if fails else "error" not in over
