"""The client against the reference server: the whole story, over a real connection."""

from collections.abc import Iterator

import pytest

from flowgauge import client as fc
from flowgauge.reference.server.embedded import Embedded, embedded_server


@pytest.fixture(scope="module")
def server() -> Iterator[Embedded]:
    with embedded_server() as running:
        yield running


@pytest.fixture(params=["token", "credentials"])
def at(request, server) -> fc.Connection:
    if request.param == "token":
        return fc.Connection(server.url, server.token)
    return fc.Connection(server.url, client_id=server.client_id, client_secret=server.client_secret)


STAGES = [
    {"echo": {"message": "hello ${name}"}},
    {"delay": {"duration": "20ms"}},
    {"odd": {"n": [2**70, 1.5, None]}},
]


def test_a_workflow_is_created_run_and_looked_at(client_of, at):
    client = client_of(at=at)
    assert client.call("get_server_info").version
    flow = client.call("create_workflow", {"stages": STAGES})
    assert flow.config.stages == tuple(STAGES)
    assert client.call("get_flow", flow.id) == flow
    assert flow in client.call("list_flows")
    run = client.call("run_workflow", flow.id, {"name": "Ada"}, wait=True)
    assert run.is_terminal(3)
    assert run.failure is not None
    assert run.failure.stage == 2
    assert client.call("get_workflow_occurrence", flow.id, run.id) == run
    assert client.call("list_runs", flow.id).data == (run,)


def test_a_run_is_waited_for(client_of, at):
    client = client_of(at=at)
    flow = client.call("create_workflow", {"stages": STAGES[:2]})
    run = client.call("run_and_wait", flow.id, {"name": "Ada"})
    assert [status.stage for status in run.statuses] == [0, 1]
    assert run.failure is None


def test_many_pages_of_runs_are_walked(client_of, at):
    client = client_of(at=at)
    flow = client.call("create_workflow")
    begun = [client.call("run_workflow", flow.id).id for _ in range(7)]
    assert [run.id for run in client.call("iter_runs", flow.id, page_size=3)] == begun[::-1]


@pytest.mark.parametrize("flow_id", ["nope", "a/b", "../flows", "%2F", "é\x00 ?#", "x" * 4096])
def test_an_unknown_id_is_not_found_whatever_it_holds(client_of, at, flow_id):
    with pytest.raises(fc.NotFound) as caught:
        client_of(at=at).call("get_flow", flow_id)
    assert caught.value.code == "VALIDATION"


@pytest.mark.parametrize(
    "wrong",
    [fc.Connection("", "wrong"), fc.Connection(""), fc.Connection("", client_id="x", client_secret="y")],
)
def test_wrong_credentials_are_refused(client_of, server, wrong):
    at = fc.Connection(server.url, wrong.token, wrong.client_id, wrong.client_secret)
    with pytest.raises((fc.Unauthorized, fc.TokenRefused)) as caught:
        client_of(at=at).call("get_server_info")
    assert caught.value.status == 401
    assert caught.value.hint


def test_an_expired_token_is_refused(client_of, server):
    with pytest.raises(fc.Unauthorized):
        client_of(at=fc.Connection(server.url, server.expired_token)).call("list_flows")
