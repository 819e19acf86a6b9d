"""A request that no server could accept fails the test, and says what is wrong with it."""

import contextlib
from typing import Any

import httpx
import pytest

from flowgauge.fake import Fake, FakeViolation, RequestMismatch
from flowgauge.reference import Reply

FLOWS = "/api/orchestration/flows"
RUNS = f"{FLOWS}/some-id/runs"

MISMATCHES: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("GET", "/api/orchestration/flow", {}, ["listFlows", "✗ path", "'flow' stands where 'flows' belongs"]),
    ("GET", "/flows", {}, ["nearest:", "✗ path", "1 segments"]),
    ("DELETE", f"{FLOWS}/x", {}, ["getFlow", "✗ method", "DELETE, the operation has GET", "✓ path"]),
    ("GET", f"{RUNS}?pagesize=5", {}, ["✗ query", "'pagesize' is not declared", "pageSize"]),
    ("GET", f"{RUNS}?pageSize=0", {}, ["✗ query", "pageSize='0' does not fit"]),
    ("GET", f"{RUNS}?pageSize=1001", {}, ["✗ query"]),
    ("GET", f"{RUNS}?pageSize=5&pageSize=6", {}, ["'pageSize' is given twice"]),
    ("GET", f"{RUNS}?cursor=", {}, ["✗ query"]),
    ("POST", f"{RUNS}?wait=yes", {}, ["runWorkflow", "wait='yes' does not fit"]),
    ("POST", FLOWS, {"json": {"stage": []}}, ["✗ body", "- /stages: expected [], is missing"]),
    ("POST", FLOWS, {"json": {"stages": [{}, 4]}}, ["✗ body", "~ /stages/1: expected {}, is 4"]),
    ("POST", RUNS, {"json": {"n": 4}}, ["✗ body", '~ /n: expected "4", is 4']),
    ("POST", RUNS, {"json": ["a"]}, ["✗ body", '~ (root): expected {}, is ["a"]']),
    ("POST", FLOWS, {"content": b"{", "headers": {"content-type": "application/json"}}, ["not valid JSON"]),
    ("POST", FLOWS, {"content": b"{}", "headers": {"content-type": "text/plain"}}, ["✗ content-type text"]),
    ("POST", FLOWS, {"content": b"{}"}, ["✗ content-type none"]),
]


@pytest.mark.parametrize(("method", "path", "options", "told"), MISMATCHES)
def test_a_mismatch_is_explained(
    fake: Fake, ask: Any, method: str, path: str, options: dict[str, Any], told: list[str]
) -> None:
    with pytest.raises(RequestMismatch) as raised:
        ask(fake, method, path, **options)
    text = str(raised.value)
    assert [line for line in told if line not in text] == [], text
    assert fake.flows() == []


@pytest.mark.parametrize(("method", "path", "options", "told"), MISMATCHES)
def test_a_lenient_fake_answers_as_the_server_would(
    ask: Any, method: str, path: str, options: dict[str, Any], told: list[str]
) -> None:
    with Fake(strict=False) as fake:
        fake.create_flow()
        # An undeclared parameter is ignored by the server, and an unknown id is a 404 before all else.
        assert ask(fake, method, path, **options).status_code in {400, 404, 405, 415}


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", f"{FLOWS}/unknown", {}),
        ("POST", FLOWS, {"json": {"stages": [], "more": 1}}),
        ("POST", FLOWS, {"content": b"{}", "headers": {"content-type": "application/json; charset=utf-8"}}),
        ("GET", f"{RUNS}?pageSize=1000", {}),
        ("POST", f"{RUNS}?wait=false", {"json": {}}),
        ("HEAD", FLOWS, {}),
        ("OPTIONS", RUNS, {}),
    ],
)
def test_what_a_client_may_do_is_no_mismatch(
    fake: Fake, ask: Any, method: str, path: str, options: dict[str, Any]
) -> None:
    if options.get("content") == b"{}":
        options = options | {"content": b'{"stages": []}'}
    ask(fake, method, path, **options)
    assert fake.forgive() == ()


def swallow(fake: Fake) -> None:
    with fake, contextlib.suppress(Exception):
        httpx.get(fake.url + "/nowhere")


def test_a_mismatch_that_the_client_swallows_still_fails_the_block() -> None:
    with pytest.raises(RequestMismatch, match="no operation answers this"):
        swallow(Fake())


def fail_after_a_mismatch() -> None:
    with Fake() as fake, contextlib.suppress(Exception):
        with pytest.raises(RequestMismatch):
            httpx.get(fake.url + "/nowhere")
        raise KeyboardInterrupt


def test_a_mismatch_does_not_hide_the_tests_own_failure() -> None:
    with pytest.raises(KeyboardInterrupt):
        fail_after_a_mismatch()


def test_a_forgiven_mismatch_fails_nothing() -> None:
    with Fake() as fake:
        with pytest.raises(RequestMismatch):
            httpx.get(fake.url + "/nowhere")
        assert len(fake.forgive()) == 1


def test_no_client_takes_a_mismatch_for_a_failure_of_the_network() -> None:
    assert not issubclass(RequestMismatch, OSError | ValueError | httpx.HTTPError)


def broken(reply: Reply) -> Fake:
    fake = Fake(token=None)
    fake.world.answers["orchestrationgetServerInfo"] = lambda _call: reply
    return fake


JSON = (("content-type", "application/json"),)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, JSON, b'{"version": 1}'),
        Reply(200, JSON, b"{}"),
        Reply(200, JSON, b'{"version": "1", "secret": "x"}'),
        Reply(200, JSON, b"{"),
        Reply(200, (("content-type", "text/plain"),), b'{"version": "1"}'),
        Reply(200, (), b'{"version": "1"}'),
        Reply(201, JSON, b'{"version": "1"}'),
        Reply(500, JSON, b'{"errorCode": "VALIDATION", "errorMessage": "x"}'),
        Reply(404, JSON, b'{"errorMessage": "x"}'),
    ],
)
def test_a_fake_that_breaks_the_contract_raises(reply: Reply) -> None:
    fake = broken(reply)
    with pytest.raises(FakeViolation), httpx.Client(transport=fake.transport()) as client:
        client.get(fake.url + "/api/orchestration/_info")


def test_a_fake_that_keeps_the_contract_does_not() -> None:
    fake = broken(Reply(200, JSON, b'{"version": "1"}'))
    with httpx.Client(transport=fake.transport()) as client:
        assert client.get(fake.url + "/api/orchestration/_info").status_code == 200
