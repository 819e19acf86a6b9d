"""The fake of the second version: what a test seeds is what a client sees, and the other way round."""

from typing import Any

import httpx
import pytest

from flowgauge.editions.v2.faults import FAULTS
from flowgauge.errors import UsageError
from flowgauge.fake import InstanceFake, RequestMismatch, fake_of

ROOT = "/api/orchestration/v2"
WAITS = [{"wait_event": {"event": "paid"}}, {"delay": {"duration": "10s"}}]


def filled(**settings: Any) -> tuple[InstanceFake, str, str]:
    fake = InstanceFake(**settings)
    workflow = fake.create_workflow(WAITS, "payout")
    return fake, workflow["id"], fake.create_instance(workflow["id"], {"who": "Ada"})["id"]


def test_every_way_in_leads_to_one_world(ask: Any) -> None:
    with InstanceFake() as fake:
        sent = {"name": "payout", "stages": WAITS}
        workflow = ask(fake, "POST", f"{ROOT}/workflows", json=sent).json()["data"]
        started = ask(fake, "POST", f"{ROOT}/workflows/{workflow['id']}/instances", json={})
        instance = started.json()["data"]["id"]
        assert ask(fake, "POST", f"{ROOT}/instances/{instance}/events", json={"name": "paid"}).content == b""
        assert fake.workflows() == [workflow]
        assert "terminatedAt" in fake.instance(instance)["status"][0]
        fake.advance(10)
        assert ask(fake, "GET", f"{ROOT}/instances/{instance}").json()["data"]["terminated"] is True
        fake.assert_called("v2SendEvent", times=1, body={"name": "paid"})


def test_what_was_seeded_is_what_a_client_sees(ask: Any) -> None:
    fake, workflow, instance = filled()
    trigger = fake.create_trigger("paid", workflow, filter='event.asset == "USD"', name="on payment")
    with fake:
        listed = ask(fake, "GET", f"{ROOT}/instances", params={"workflowID": workflow}).json()["cursor"]
        assert [each["id"] for each in listed["data"]] == [instance]
        assert ask(fake, "GET", f"{ROOT}/triggers/{trigger['id']}").json()["data"] == trigger
        read = ask(fake, "GET", f"{ROOT}/instances/{instance}").json()["data"]
    assert fake.instances(workflow) == fake.instances() == [read]
    assert fake.triggers() == [trigger]


def test_an_instance_goes_on_when_its_event_comes_and_ends_when_it_is_aborted() -> None:
    fake, workflow, first = filled()
    second = fake.create_instance(workflow)["id"]
    fake.advance(3600)
    assert [each["id"] for each in fake.instances()] == [second, first]
    assert not fake.instance(first)["terminated"]
    assert len(fake.send_event(first, "paid")["status"]) == 2
    assert len(fake.send_event(second, "refunded")["status"]) == 1
    assert fake.abort(second)["terminated"]
    fake.advance(10)
    assert fake.instance(first)["terminated"]
    assert "error" not in fake.instance(first)
    assert fake.instance(second)["error"] == "aborted"


def test_after_a_restore_everything_happens_again() -> None:
    fake, workflow, instance = filled()
    before = fake.snapshot()

    def played() -> Any:
        fake.send_event(instance, "paid")
        return fake.create_instance(workflow), fake.instances(), fake.now

    first = played()
    fake.restore(before)
    assert played() == first
    fake.reset()
    assert (fake.workflows(), fake.instances(), fake.triggers()) == ([], [], [])


def test_ids_and_times_follow_from_the_seed() -> None:
    assert filled(seed=1)[1:] == filled(seed=1)[1:]
    assert filled(seed=1)[1:] != filled(seed=2)[1:]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda fake: fake.create_workflow(["noop"]), "stages/0: must be an object"),
        (lambda fake: fake.create_workflow([{"a": {1}.union}]), "no workflow: "),
        (lambda fake: fake.create_workflow(name=1), "name: must be a string"),
        (lambda fake: fake.create_instance("nobody"), "has no workflow 'nobody'"),
        (lambda fake: fake.create_instance(fake.create_workflow()["id"], {"a": 1}), "a: must be a string"),
        (lambda fake: fake.create_trigger("paid", "nobody"), "has no workflow 'nobody'"),
        (lambda fake: fake.create_trigger(1, fake.create_workflow()["id"]), "event: must be a string"),
        (lambda fake: fake.instance("nobody"), "has no instance 'nobody'"),
        (lambda fake: fake.send_event("nobody", "paid"), "has no instance 'nobody'"),
        (lambda fake: fake.abort("nobody"), "has no instance 'nobody'"),
        (lambda fake: fake.instances("nobody"), "has no workflow 'nobody'"),
    ],
)
def test_what_no_request_could_say_is_refused_and_changes_nothing(call: Any, told: str) -> None:
    fake = InstanceFake()
    with pytest.raises(UsageError, match=told):
        call(fake)
    assert (fake.instances(), fake.triggers()) == ([], [])


def test_seeds_are_copies() -> None:
    stages: list[dict[str, Any]] = [{"noop": {}}]
    fake = InstanceFake()
    workflow = fake.create_workflow(stages)
    stages[0]["noop"] = "changed"
    assert fake.workflows()[0]["config"] == workflow["config"] == {"stages": [{"noop": {}}]}


def test_a_request_is_held_to_the_document_of_the_edition() -> None:
    fake, workflow, _ = filled()
    with httpx.Client(transport=fake.transport(), base_url=fake.url, headers=fake.headers) as client:
        with pytest.raises(RequestMismatch, match="nearest: v2RunWorkflow"):
            client.post(f"{ROOT}/workflows/{workflow}/instances", json={"a": 1})
        fake.forgive()
        fake.fail_next("v2ListWorkflows", status=503)
        trouble = client.get(f"{ROOT}/workflows")
    assert (trouble.status_code, trouble.json()["errorCode"]) == (503, "VALIDATION")


def test_it_can_have_each_fault_of_the_server() -> None:
    assert all(InstanceFake(faults=[name]) for name in FAULTS)
    fake = fake_of("v2", faults=["as-shipped-2026"], strict=False)
    with httpx.Client(transport=fake.transport(), base_url=fake.url, headers=fake.headers) as client:
        assert client.get(f"{ROOT}/instances/nobody").status_code == 500


def test_an_edition_without_a_fake_says_so(tmp_path: Any) -> None:
    document = tmp_path / "mine.yaml"
    document.write_text("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n")
    with pytest.raises(UsageError, match="no server of its own"):
        fake_of(str(document))
    with pytest.raises(UsageError, match="there is no edition 'v9'"):
        fake_of("v9")


def test_the_fake_of_the_first_version_is_the_same_under_other_names(ask: Any) -> None:
    with fake_of("v1") as fake:
        assert isinstance(fake, InstanceFake)
        workflow = fake.create_workflow(WAITS)
        root = ROOT.removesuffix("/v2")
        assert ask(fake, "GET", f"{root}/workflows").json() == {"data": [workflow]}
        started = ask(fake, "POST", f"{root}/workflows/{workflow['id']}/instances", json={}).json()["data"]
        assert fake.instance(started["id"])["workflowID"] == workflow["id"]
        fake.assert_called("runWorkflow", times=1)
