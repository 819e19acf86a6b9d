"""The fake as a target of the suites: everything stands on the wire as it was meant to, and faults show."""

import pytest

from flowgauge.contract.requests import built, payload
from flowgauge.contract.target import Capability
from flowgauge.contract.targets.fake import FakeTarget
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.tokens import EXPIRED_TOKEN, OTHER_TOKEN, TOKEN
from flowgauge.editions import edition_named, world_part
from flowgauge.results import Request

V0 = edition_named("v0")
FLOWS = "/api/orchestration/flows"
BEARER = ("Authorization", f"Bearer {TOKEN}")
REQUESTS = [
    Request("GET", FLOWS, (BEARER,)),
    Request("GET", f"{FLOWS}/../flows", (BEARER,)),
    Request("GET", f"{FLOWS}/%2e%2e", (BEARER,)),
    Request("GET", f"{FLOWS}//runs", (BEARER,)),
    Request("GET", f"{FLOWS}/a%2Fb?x=%ff#frag", (BEARER,)),
    Request("get", FLOWS, (BEARER,)),
    Request("PROPFIND", FLOWS, (BEARER,)),
    Request("HEAD", FLOWS, (BEARER,)),
    Request("OPTIONS", FLOWS, (BEARER,)),
    Request("GET", FLOWS),
    Request("GET", FLOWS, (BEARER, BEARER)),
    Request("GET", FLOWS, (("Authorization", "Bearer \xff\xfe"),)),
    Request("GET", FLOWS, (("Authorization", f"Bearer {OTHER_TOKEN}"),)),
    Request("GET", FLOWS, (("Authorization", f"Bearer {EXPIRED_TOKEN}"),)),
    Request("POST", FLOWS, (BEARER, ("Content-Type", "application/json")), b"{"),
    Request("POST", FLOWS, (BEARER, ("Content-Type", "text/plain")), b'{"stages": []}'),
    Request("POST", FLOWS, (BEARER, ("Content-Type", "application/json")), b"x" * ((1 << 20) + 1)),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: f"{r.method} {r.target}")
def test_the_fake_answers_as_the_bare_world_does(request_: Request) -> None:
    fake, world = FakeTarget(world_part()), WorldTarget(world_part())
    ours, theirs = fake.send(request_).response, world.send(request_).response
    assert ours is not None
    assert theirs is not None
    assert (ours.status, ours.body) == (theirs.status, theirs.body)
    assert set(theirs.headers) <= set(ours.headers)


def test_no_exchange_holds_a_token() -> None:
    fake = FakeTarget(world_part())
    form = b"grant_type=client_credentials&client_id=fake-client&client_secret=wrong"
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    sent = [fake.send(Request("POST", "/api/auth/oauth/token", headers, form)), fake.send(REQUESTS[0])]
    assert "fake-token" not in repr(sent)


def test_waiting_moves_the_clock_on() -> None:
    fake = FakeTarget(world_part())
    create = built(V0, "createWorkflow", body={"stages": [{"delay": {"duration": "90s"}}]})
    flow = payload(V0, fake.send(create), "createWorkflow")
    before = fake.now()
    exchange = fake.send(built(V0, "runWorkflow", {"workflow": flow["id"]}, query="wait=true"))
    assert exchange.elapsed == pytest.approx(90, abs=0.01)
    assert fake.now() - before == pytest.approx(90, abs=0.01)
    fake.sleep(10)
    assert fake.now() - before == pytest.approx(100, abs=0.01)


def test_calls_made_together_are_made_at_one_instant() -> None:
    fake = FakeTarget(world_part())
    exchanges = fake.send_together([built(V0, "createWorkflow", body={"stages": []})] * 5)
    assert len({exchange.sent_at for exchange in exchanges}) == 1
    fake.reset()
    assert payload(V0, fake.send(built(V0, "listFlows")), "listFlows") == []


def test_faults_show_and_framing_is_not_claimed() -> None:
    broken = FakeTarget(world_part(), faults=["create-200"])
    answer = broken.send(built(V0, "createWorkflow", body={"stages": []})).response
    assert answer is not None
    assert answer.status == 200
    assert str(broken.identity) == "fake with create-200"
    assert Capability.FRAMING not in broken.capabilities
    assert Capability.VIRTUAL_CLOCK in broken.capabilities
