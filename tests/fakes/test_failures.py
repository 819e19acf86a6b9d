"""Everything that goes wrong on demand, as the typed client meets it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from flowgauge.client import (
    ClientError,
    ConnectFailed,
    ConnectionBroken,
    Retry,
    ServerError,
    Throttled,
    TimedOut,
    Timeout,
    UnexpectedReply,
)
from flowgauge.editions.v0.faults import FAULTS
from flowgauge.errors import UsageError
from flowgauge.fake import FAILURE_KINDS, Fake

FLOWS = "/api/orchestration/flows"
# Each kind, the client's error, and whether the server has acted on the request.
KINDS: dict[str, tuple[type[ClientError], bool]] = {
    "refused": (ConnectFailed, False),
    "connect-timeout": (TimedOut, False),
    "write-timeout": (TimedOut, False),
    "pool-timeout": (TimedOut, False),
    "reset": (ConnectionBroken, True),
    "disconnected": (ConnectionBroken, True),
    "read-timeout": (TimedOut, True),
    "truncated": (ConnectionBroken, True),
    "malformed": (UnexpectedReply, True),
    "slow-drip": (TimedOut, True),
}
BARE: dict[str, type[Exception]] = {
    "refused": httpx.ConnectError,
    "connect-timeout": httpx.ConnectTimeout,
    "write-timeout": httpx.WriteTimeout,
    "pool-timeout": httpx.PoolTimeout,
    "reset": httpx.ReadError,
    "disconnected": httpx.RemoteProtocolError,
    "read-timeout": httpx.ReadTimeout,
    "truncated": httpx.RemoteProtocolError,
    "slow-drip": httpx.ReadTimeout,
}


def test_no_kind_is_left_out() -> None:
    assert set(KINDS) == set(FAILURE_KINDS) == {*BARE, "malformed"}


@pytest.mark.parametrize("kind", FAILURE_KINDS)
def test_the_typed_client_meets_each_kind(typed: Callable[..., Any], kind: Any) -> None:
    fake = Fake()
    client = typed(fake, timeout=Timeout(total=5.0, connect=2.0))
    fake.fail_next("createWorkflow", kind=kind)
    error, has_acted = KINDS[kind]
    with pytest.raises(error):
        client.call("create_workflow", {"stages": [{"noop": {}}]})
    assert len(fake.flows()) == has_acted
    # Only the planned call fails.
    client.call("list_flows")


@pytest.mark.parametrize("kind", BARE)
def test_bare_httpx_meets_its_own_errors_at_every_way_in(fake: Fake, ask: Any, kind: Any) -> None:
    fake.fail_next(kind=kind, latency=6 if kind == "slow-drip" else 0)
    with pytest.raises(BARE[kind]) as raised:
        ask(fake, "POST", FLOWS, json={"stages": []})
    assert type(raised.value) is BARE[kind]


def test_timeouts_take_the_clients_patience_in_virtual_time(typed: Callable[..., Any]) -> None:
    for kind, patience in (("connect-timeout", 2.0), ("read-timeout", 5.0)):
        fake = Fake()
        client = typed(fake, timeout=Timeout(total=5.0, connect=2.0))
        fake.fail_next(kind=kind)
        before = fake.now
        with pytest.raises(TimedOut):
            client.call("list_flows")
        assert fake.now - before == pytest.approx(patience, abs=0.01)


@pytest.mark.parametrize(("latency", "is_late"), [(4.9, False), (5.1, True)])
def test_latency_is_held_against_the_clients_own_timeout(
    typed: Callable[..., Any], latency: float, is_late: bool
) -> None:
    fake = Fake()
    client = typed(fake, timeout=5.0)
    fake.fail_next("listFlows", latency=latency)
    before = fake.now
    if is_late:
        with pytest.raises(TimedOut):
            client.call("list_flows")
    else:
        client.call("list_flows")
    assert fake.now - before == pytest.approx(min(latency, 5.0), abs=0.01)


def test_waiting_for_a_run_takes_virtual_time_only(typed: Callable[..., Any]) -> None:
    fake = Fake()
    flow = fake.create_flow([{"delay": {"duration": "1h"}}])["id"]
    with pytest.raises(TimedOut):
        typed(fake, timeout=30.0).call("run_workflow", flow, wait=True)
    run = typed(fake, timeout=4000.0).call("run_workflow", flow, wait=True)
    assert run.is_terminal(1)


def test_a_drip_that_is_fast_enough_arrives_whole(fake: Fake, ask: Any) -> None:
    fake.create_flow([{"noop": {}}] * 50)
    before = fake.now
    fake.fail_next("listFlows", kind="slow-drip", latency=0.5)
    assert len(ask(fake, "GET", FLOWS).json()["data"]) == 1
    assert fake.now - before == pytest.approx(16 * 0.5, abs=0.6)


def test_a_malformed_body_is_whole_http_and_no_json(fake: Fake, ask: Any) -> None:
    fake.fail_next(kind="malformed")
    answer = ask(fake, "GET", FLOWS)
    assert (answer.status_code, int(answer.headers["content-length"])) == (200, len(answer.content))
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        answer.json()


def test_without_a_timeout_the_client_would_hang_and_is_told(fake: Fake, ask: Any) -> None:
    for kind, stage in (("connect-timeout", "connect"), ("read-timeout", "read")):
        fake.fail_next(kind=kind)
        with pytest.raises(UsageError, match=f"no {stage} timeout"):
            ask(fake, "GET", FLOWS, timeout=None)


@pytest.mark.parametrize(("status", "error"), [(500, ServerError), (503, ServerError), (429, Throttled)])
def test_planned_statuses_come_as_often_as_planned(
    typed: Callable[..., Any], status: int, error: type[ClientError]
) -> None:
    fake = Fake()
    client = typed(fake)
    fake.fail_next("createWorkflow", status=status, times=2)
    client.call("list_flows")
    for _ in range(2):
        with pytest.raises(error, match=f"planned failure {status}"):
            client.call("create_workflow")
    client.call("create_workflow")
    assert len(fake.flows()) == 1


def test_a_retry_after_is_honoured_on_the_fakes_clock(typed: Callable[..., Any]) -> None:
    fake = Fake()
    fake.fail_next(status=503, headers={"Retry-After": "7"})
    before = fake.now
    typed(fake, retry=Retry()).call("list_flows")
    assert fake.now - before == pytest.approx(7, abs=0.1)
    fake.assert_called("listFlows", times=2)


def fates(seed: int, ratio: float) -> list[int]:
    fake = Fake(seed=seed, token=None)
    flow = fake.create_flow()["id"]
    fake.fail_randomly("runWorkflow", ratio=ratio, status=503, headers={"Retry-After": "1"})
    with httpx.Client(transport=fake.transport(), base_url=fake.url) as client:
        answers = [client.post(f"{FLOWS}/{flow}/runs") for _ in range(400)]
        assert client.get(FLOWS).status_code == 200
    assert all(("retry-after" in a.headers) == (a.status_code == 503) for a in answers)
    return [answer.status_code for answer in answers]


def test_chance_is_drawn_from_the_seed() -> None:
    assert fates(1, 0.05) == fates(1, 0.05) != fates(2, 0.05)
    assert 5 <= fates(1, 0.05).count(503) <= 45
    assert set(fates(1, 0.0)) == {201}
    assert set(fates(1, 1.0)) == {503}


def test_a_healed_fake_is_well() -> None:
    fake = Fake(token=None)
    fake.fail_randomly(ratio=1.0, status=500)
    fake.fail_next(kind="reset", times=9)
    fake.heal()
    assert httpx.Client(transport=fake.transport()).get(fake.url + FLOWS).status_code == 200


@pytest.mark.parametrize(
    ("plan", "hint"),
    [
        ({"kind": "resett"}, "did you mean reset"),
        ({"status": 700}, "100 to 599"),
        ({"status": 500, "kind": "reset"}, "not both"),
        ({"latency": -1.0}, "0 or more"),
        ({"latency": float("nan")}, "0 or more"),
        ({}, "give a status"),
        ({"operation": "listFlow", "status": 500}, "did you mean listFlows"),
        ({"status": 500, "times": 0}, "at least once"),
        ({"status": 500, "times": 1.5}, "at least once"),
        ({"status": 500, "times": "2"}, "at least once"),
        ({"status": 0}, "100 to 599"),
        ({"status": "503"}, "100 to 599"),
        ({"status": True}, "100 to 599"),
        ({"latency": float("inf")}, "0 or more"),
        ({"latency": "1"}, "0 or more"),
        ({"kind": "reset", "latency": 1}, "no latency"),
        ({"kind": "reset", "headers": {"a": "b"}}, "only a planned status"),
        ({"status": 503, "headers": {"Retry-After": 1}}, "strings"),
        ({"status": 503, "headers": {"a": "b\n"}}, "cannot be a header"),
        ({"status": 503, "headers": {"Content-Length": "9"}}, "itself writes"),
        ({"status": 503, "headers": ["a"]}, "a mapping"),
    ],
)
def test_plans_that_cannot_be_are_refused(plan: dict[str, Any], hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        Fake().fail_next(plan.pop("operation", None), **plan)


def test_a_planned_answer_may_have_another_media_type(typed: Callable[..., Any]) -> None:
    fake = Fake()
    fake.fail_next(status=HTTPStatus.BAD_GATEWAY, headers={"Content-Type": "text/html"})
    with pytest.raises(ServerError) as raised:
        typed(fake).call("list_flows")
    assert raised.value.response.headers.get_list("content-type") == ["text/html"]


@pytest.mark.parametrize("ratio", [5, -0.1, float("nan"), "0.05", True])
def test_a_ratio_is_no_percentage(ratio: float) -> None:
    with pytest.raises(UsageError, match=r"0\.\.1"):
        Fake().fail_randomly(ratio=ratio, status=503)


def test_the_token_endpoint_can_fail_too() -> None:
    fake = Fake()
    fake.fail_next("token", status=503)
    with httpx.Client(transport=fake.transport(), base_url=fake.url) as client:
        assert client.post("/api/auth/oauth/token").status_code == 503


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_named_fault_of_the_server_can_be_switched_on(fault: str) -> None:
    fake = Fake(faults=[fault])
    with httpx.Client(transport=fake.transport(), base_url=fake.url, headers=fake.headers) as client:
        assert client.get(FLOWS).status_code < 600


def test_a_named_fault_shows(typed: Callable[..., Any]) -> None:
    with pytest.raises(UnexpectedReply):
        typed(Fake(faults=["info-version-number"])).call("get_server_info")


def test_an_unknown_fault_is_told() -> None:
    with pytest.raises(UsageError, match="did you mean create-200"):
        Fake(faults=["create-20"])
