"""The security suite's requests: for each place of a token, the server that it must catch."""

from dataclasses import replace
from urllib.parse import parse_qsl

import msgspec
import pytest
from broken_target import V0, BrokenTarget, found, probe_of, shown

from flowgauge.contract.probe import Probe
from flowgauge.contract.reproductions.script import script
from flowgauge.contract.requests import AUTHORIZATION
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.tokens import TOKEN, redaction_of, with_token_in_target
from flowgauge.contract.traffic import credentials
from flowgauge.contract.traffic.identities import UNKNOWN_ID
from flowgauge.contract.traffic.page_walk import read_all_again
from flowgauge.editions import world_part
from flowgauge.results import Exchange, Finding, Request, Response


class LenientTarget(WorldTarget):
    """The reference world, which also takes a token from the query parameter `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(world_part())
        self._name = name

    def send(self, request: Request) -> Exchange:
        given = dict(parse_qsl(request.target.partition("?")[2])).get(self._name)
        if given is None or request.header("authorization") is not None:
            return super().send(request)
        headers = (("Authorization", f"Bearer {given.removeprefix('Bearer ')}"), *request.headers)
        bare = request.target.partition("?")[0]
        return replace(super().send(replace(request, target=bare, headers=headers)), request=request)


def asked(target: WorldTarget) -> Probe:
    probe = probe_of(target)
    for request in credentials.with_authorizations(probe.part, probe.existing()):
        probe.send(request)
    return probe


@pytest.mark.parametrize("name", ["access_token", "token", "api_key", "Authorization", "authorization"])
def test_a_server_that_takes_a_token_from_the_query_is_caught(name: str) -> None:
    probe = asked(LenientTarget(name))
    [finding] = probe.recorder.findings()
    assert finding.id == "FG-601"
    assert set(finding.operations) == {op.id for op in V0.operations}


def test_a_server_that_does_not_is_not_blamed() -> None:
    assert found(asked(LenientTarget("page"))) == set()


def test_a_server_that_tells_strangers_what_exists_is_caught() -> None:
    body = b'{"errorCode":"VALIDATION","errorMessage":"no such thing"}'

    def told(request: Request, response: Response) -> Response:
        is_known = UNKNOWN_ID not in request.target
        return response if is_known or response.status != 401 else Response(404, response.headers, body)

    met = shown(asked(BrokenTarget(told)))
    with_ids = {op.id for op in V0.operations if op.path_parameters}
    assert met == {("FG-102", name) for name in with_ids}


def test_the_token_stands_in_the_query_as_a_query_needs_it_and_in_no_report() -> None:
    tokens = {TOKEN: "a+b/c=&"}
    assert with_token_in_target(f"/x?token={TOKEN}", tokens) == "/x?token=a%2Bb%2Fc%3D%26"
    assert with_token_in_target("/x", {}) == "/x"
    assert (
        redaction_of(tokens).of(b"no /x?token=a%2Bb%2Fc%3D%26, a+b/c=&")
        == f"no /x?token={TOKEN}, {TOKEN}".encode()
    )


def test_a_reproduction_takes_it_from_the_environment() -> None:
    exchange = Exchange("listFlows", Request("GET", f"/x?token={TOKEN}&y=1", ()), None, 0.0, 1.0)
    finding = Finding("FG-601", "t", "listFlows", "critical", "d", (exchange,), "")
    text = script(finding, "http://h", V0)
    assert "\"$URL\"'/x?token='\"$FLOWGAUGE_TOKEN\"'&y=1'" in text
    assert AUTHORIZATION[1] not in text


@pytest.mark.parametrize("name", ["createWorkflow", "runWorkflow"])
def test_a_refused_request_would_do_something_were_its_credential_good(name: str) -> None:
    """A server that refuses, and does what it was asked to all the same, shows in the lists."""
    probe = probe_of(BrokenTarget(lambda _, response: response))
    real = probe.existing()
    operation = V0.operation(name)
    requests = [
        request
        for request in credentials.with_authorizations(probe.part, real)
        if (match := V0.document.matched(request.path)) and match.operations.get(request.method) == operation
    ]
    assert requests
    assert all(request.body == msgspec.json.encode(probe.part.ordinary(name)) for request in requests)


def test_a_server_that_obeys_whoever_it_refuses_is_caught() -> None:
    class Obedient(WorldTarget):
        def send(self, request: Request) -> Exchange:
            good = replace(request, headers=(AUTHORIZATION, *request.headers))
            refused = super().send(request)
            if request.method == "POST" and refused.response and refused.response.status == 401:
                bare = tuple(h for h in request.headers if h[0] != "Authorization")
                super().send(replace(good, headers=(AUTHORIZATION, *bare)))
            return refused

    target = Obedient(world_part())
    probe = asked(target)
    read_all_again(probe, probe.existing())
    assert {finding_id for finding_id, _ in found(probe)} == {"FG-208"}


def test_an_open_server_is_not_asked_which_credential_it_refuses() -> None:
    target = WorldTarget(world_part(), faults=["auth-ignored"])
    probe = probe_of(target)
    real = probe.existing()
    is_open = credentials.open_operations(probe, real)
    assert is_open == {op.id for op in V0.operations}
    assert list(credentials.with_authorizations(probe.part, real, is_open)) == []
    assert {finding_id for finding_id, _ in found(probe)} == {"FG-601"}
    sound = probe_of(WorldTarget(world_part()))
    assert credentials.open_operations(sound, sound.existing()) == frozenset()
    assert found(sound) == set()
