"""The server over real sockets: framing, leaving clients, waiting clients, embedding."""

import json
import time
from contextlib import ExitStack, closing
from typing import Any

import httpx
import pytest
from asking import TOKEN_PATH
from calling import FLOWS, JSON, Caller, delay, eventually

from flowgauge.errors import HarnessError, UsageError
from flowgauge.reference.server.embedded import Embedded, embedded_server
from flowgauge.reference.world.inputs import MAX_BODY_BYTES


@pytest.mark.parametrize("size", [1, 7, 65536])
def test_a_body_may_come_in_chunks(caller: Caller, size: int) -> None:
    text = json.dumps({"stages": [{"a": "x" * 200}]}).encode()
    pieces = (text[k : k + size] for k in range(0, len(text), size))
    status, _, body = caller.ask("POST", FLOWS, pieces, headers={"transfer-encoding": "chunked"})
    assert (status, json.loads(body)["data"]["config"]) == (201, json.loads(text))
    flow_id = json.loads(body)["data"]["id"]
    chunked = {"transfer-encoding": "chunked"}
    assert caller.ask("POST", f"{FLOWS}/{flow_id}/runs", iter([b'{"a":', b"1}"]), headers=chunked)[0] == 400


def test_a_body_of_no_chunks_is_no_body(caller: Caller) -> None:
    said = caller.said(
        b"POST %b HTTP/1.1\r\n@\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n"
        % FLOWS.encode()
    )
    assert said.startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize("times", [1, 20])
def test_a_huge_body_is_a_413(caller: Caller, times: int) -> None:
    body = b'"' + b"x" * MAX_BODY_BYTES * times + b'"'
    # The server answers before it has read everything; httpx then stops sending and reads the answer.
    headers = {"authorization": f"Bearer {caller.token}"} | JSON
    answer = httpx.post(caller.url + FLOWS, content=body, headers=headers)
    assert (answer.status_code, answer.json()["errorCode"]) == (413, "VALIDATION")
    # What was not read is still on its way, so the connection cannot be used again.
    assert answer.headers["connection"] == "close"
    assert caller.data("GET", FLOWS) == []


def test_a_body_of_endless_chunks_is_a_413(caller: Caller) -> None:
    head = b"POST %b HTTP/1.1\r\n@\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with closing(caller.raw(head % FLOWS.encode() + chunk * 17)) as peer:
        assert peer.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_the_server_asks_for_the_body_that_a_client_announces(caller: Caller) -> None:
    head = b"POST %b HTTP/1.1\r\n@\r\ncontent-type: application/json\r\ncontent-length: 13\r\n"
    with closing(caller.raw(head % FLOWS.encode() + b"expect: 100-continue\r\n\r\n")) as peer:
        assert peer.recv(65536).startswith(b"HTTP/1.1 100 ")
        peer.sendall(b'{"stages":[]}')
        assert peer.recv(65536).startswith(b"HTTP/1.1 201 ")


def test_a_client_that_leaves_inside_its_body_has_created_nothing(caller: Caller) -> None:
    head = b"POST %b HTTP/1.1\r\n@\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"
    caller.raw(head % FLOWS.encode()).close()
    assert caller.data("GET", FLOWS) == []


def test_a_client_that_leaves_does_not_end_the_run(caller: Caller) -> None:
    flow_id = caller.created(delay(300), delay(1))
    path = f"{FLOWS}/{flow_id}/runs"
    caller.raw(b"POST %b?wait=true HTTP/1.1\r\n@\r\n\r\n" % path.encode()).close()

    def statuses() -> list[Any]:
        runs = json.loads(caller.ask("GET", path)[2])["cursor"]["data"]
        return runs[0]["statuses"] if runs else []

    assert eventually(lambda: bool(statuses()))
    assert eventually(lambda: ["terminatedAt" in status for status in statuses()] == [True, True])


def test_whoever_waits_holds_up_nobody(caller: Caller) -> None:
    flow_id = caller.created(delay(3_600_000))
    path = f"{FLOWS}/{flow_id}/runs"
    with ExitStack() as stack:
        request = b"POST %b?wait=true HTTP/1.1\r\n@\r\n\r\n" % path.encode()
        waiting = [stack.enter_context(closing(caller.raw(request))) for _ in range(20)]
        assert eventually(
            lambda: len(json.loads(caller.ask("GET", path + "?pageSize=99")[2])["cursor"]["data"]) == 20
        )
        assert caller.ask("POST", path)[0] == 201
        for peer in waiting:
            peer.setblocking(False)
            with pytest.raises(BlockingIOError):
                peer.recv(1)


def test_many_wait_at_once_and_each_gets_its_own_run(caller: Caller) -> None:
    path = f"{FLOWS}/{caller.created(delay(200))}/runs"
    request = b"POST %b?wait=true HTTP/1.1\r\n@\r\nconnection: close\r\n\r\n" % path.encode()
    started = time.monotonic()
    with ExitStack() as stack:
        peers = [stack.enter_context(closing(caller.raw(request))) for _ in range(16)]
        said = [b"".join(iter(lambda p=peer: p.recv(65536), b"")) for peer in peers]
    assert time.monotonic() - started >= 0.2
    assert all(text.startswith(b"HTTP/1.1 201 ") and b'"terminatedAt"' in text for text in said)
    ids = {json.loads(text.partition(b"\r\n\r\n")[2])["data"]["id"] for text in said}
    assert len(ids) == 16


def test_no_wait_does_not_wait(caller: Caller) -> None:
    flow_id = caller.created(delay(3_600_000))
    assert caller.ask("POST", f"{FLOWS}/{flow_id}/runs")[0] == 201


def test_head_and_options_over_the_wire(caller: Caller) -> None:
    get, head = caller.ask("GET", FLOWS), caller.ask("HEAD", FLOWS)
    assert head[0] == get[0] == 200
    assert (head[1]["content-length"], head[2]) == (get[1]["content-length"], b"")
    status, headers, body = caller.ask("OPTIONS", FLOWS)
    assert (status, headers["allow"], headers["content-length"], body) == (
        204,
        "GET, HEAD, OPTIONS, POST",
        None,
        b"",
    )


def test_replies_carry_what_a_client_needs_and_no_more(caller: Caller) -> None:
    _, headers, body = caller.ask("GET", FLOWS)
    assert sorted(name.lower() for name in headers) == ["content-length", "content-type", "date"]
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(body)


@pytest.mark.parametrize(
    "path", ["%2F", "..%2F..", "%00", "%FF", "x" * 4096, "%41" * 4096, "a//b", "../flows"]
)
def test_paths_arrive_as_they_were_sent(caller: Caller, path: str) -> None:
    status, headers, body = caller.ask("GET", f"{FLOWS}/{path}")
    assert (status, headers["content-type"], json.loads(body)["errorCode"]) == (
        404,
        "application/json",
        "VALIDATION",
    )


def test_the_absolute_form_of_a_target_is_understood(caller: Caller) -> None:
    said = caller.said(b"GET http://x%b?a=b HTTP/1.1\r\n@\r\nconnection: close\r\n\r\n" % FLOWS.encode())
    assert said.startswith(b"HTTP/1.1 200 ")


def test_a_token_is_bought_and_ends() -> None:
    with embedded_server(extra=["--token-lifetime", "1"]) as server:
        form = {"client_id": server.client_id, "client_secret": server.client_secret}
        answer = httpx.post(server.url + TOKEN_PATH, data=form | {"grant_type": "client_credentials"}).json()
        assert answer["expires_in"] == 1
        bought = {"authorization": f"Bearer {answer['access_token']}"}
        assert eventually(lambda: httpx.get(server.url + FLOWS, headers=bought).status_code == 401)


def test_the_embedded_server_knows_two_tokens_and_one_that_has_ended(clean: Embedded, caller: Caller) -> None:
    for token, status in (
        (clean.token, 200),
        (clean.other_token, 200),
        (clean.expired_token, 401),
        ("x", 401),
    ):
        assert caller.ask("GET", FLOWS, headers={"authorization": f"Bearer {token}"})[0] == status


def test_a_reset_empties_the_store(clean: Embedded, caller: Caller) -> None:
    caller.created()
    clean.reset()
    clean.reset()
    assert caller.data("GET", FLOWS) == []


def test_a_server_that_is_gone_cannot_be_reset() -> None:
    with embedded_server() as server:
        pass
    with pytest.raises(HarnessError, match="is gone"):
        server.reset()


def test_no_server_is_started_for_a_fault_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="no fault named 'info-501'") as refused:  # noqa: SIM117
        with embedded_server(faults=["info-501"]):
            pass
    assert refused.value.hint == "did you mean info-500?"


def test_no_server_is_started_for_an_edition_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="no edition 'v9'") as refused:  # noqa: SIM117
        with embedded_server(edition="v9"):
            pass
    assert str(refused.value.hint).startswith("there are v0, v1, v2, and yours")


def test_a_server_that_does_not_start_is_an_error() -> None:
    with pytest.raises(HarnessError, match="exit code 2"), embedded_server(extra=["--port", "99999"]):
        pass
