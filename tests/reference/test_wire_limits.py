"""What RFC 9112 allows a client, and what none may cost the server."""

import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest
from calling import FLOWS, Caller, read_answer
from serving import PATIENCE, serving

from flowgauge.reference.server.refusals import Refusals

POST = b"POST " + FLOWS.encode() + b" HTTP/1.1\r\n@\r\ncontent-type: application/json\r\n"
GET = b"GET " + FLOWS.encode() + b" HTTP/1.1\r\n@\r\n\r\n"


@pytest.mark.parametrize(
    "text",
    [
        b"\r\n" + GET,
        b"GET " + FLOWS.encode() + b" HTTP/1.1\r\n@\r\nx-fold: a\r\n  b\r\n\tc\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/1.0\r\n@\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/1.0\r\n@\r\n\r\n".replace(b"@", b"connection: close\r\n@"),
        GET.replace(b"\r\n", b"\n"),
        b"HEAD " + GET[4:],
        GET.replace(b"@", b"@\r\nx-empty:\r\nx-wide: \xe9\xff"),
    ],
)
def test_what_is_odd_and_allowed_is_served(caller: Caller, text: bytes) -> None:
    with closing(caller.raw(text)) as peer:
        assert peer.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize("host", [b"x", b"[::1]:8080", b"", b"a.test:", b"a%20b"])
def test_any_host_will_do(caller: Caller, host: bytes) -> None:
    head = GET.replace(b"@", caller.token_header.replace(b"host: x", b"host: " + host))
    assert b"host: " + host in head
    with closing(caller.raw(head)) as peer:
        assert read_answer(peer)[0] == 200


def test_whoever_says_no_more_is_answered_all_the_same(caller: Caller) -> None:
    path = f"{FLOWS}/{caller.created({'delay': {'duration': '200ms'}})}/runs?wait=true"
    slow = b"POST %b HTTP/1.1\r\n@\r\n\r\n" % path.encode()
    for text, statuses in ((GET, [200]), (slow, [201]), (slow + GET + GET, [201, 200, 200])):
        with closing(caller.raw(text)) as peer:
            peer.shutdown(socket.SHUT_WR)
            assert [read_answer(peer)[0] for _ in statuses] == statuses
            assert peer.recv(1) == b""


def test_an_empty_line_by_itself_is_passed_over(caller: Caller) -> None:
    with closing(caller.raw(b"\r\n")) as peer:
        # So that it comes by itself.
        time.sleep(0.05)
        peer.sendall(GET.replace(b"@", caller.token_header))
        assert read_answer(peer)[0] == 200


def test_half_a_request_before_the_end_does_nothing(caller: Caller) -> None:
    with closing(caller.raw(POST + b'content-length: 14\r\n\r\n{"stages":[]}')) as peer:
        peer.shutdown(socket.SHUT_WR)
        assert peer.recv(1) == b""
    with closing(caller.raw(GET)) as peer:
        assert json.loads(read_answer(peer)[2])["data"] == []


def test_a_head_of_64_mib_is_refused_before_it_has_come(caller: Caller) -> None:
    begun = time.monotonic()
    sent = 0
    with closing(caller.raw(GET.removesuffix(b"\r\n"))) as peer:
        try:
            while sent < 64 << 20:
                sent += peer.send(b"x-more: " + b"y" * 60_000 + b"\r\n")
        except OSError:
            pass
    assert sent < 16 << 20
    assert time.monotonic() - begun < 2
    with closing(caller.raw(b"")) as peer:
        peer.sendall(GET.replace(b"@", b"host: x\r\nx-more: " + b"y" * 140_000))
        status, headers, body = read_answer(peer)
    assert (status, headers["connection"]) == (431, "close")
    assert "longer than 128 KiB" in json.loads(body)["errorMessage"]


@pytest.mark.parametrize("place", [b"me@x", b"http://me:pw@x"])
def test_a_user_name_has_no_place_in_a_host(caller: Caller, place: bytes) -> None:
    head = GET.replace(b"@", caller.token_header)
    head = (
        head.replace(b"host: x", b"host: " + place)
        if b"/" not in place
        else head.replace(b" /", b" " + place + b"/", 1)
    )
    with closing(caller.raw(b"")) as peer:
        peer.sendall(head)
        assert read_answer(peer)[0] == 400


@contextmanager
def limited(limits: str) -> Iterator[tuple[str, int, str]]:
    with serving("--token", "t-0k3n", "--limits", limits) as (_, ready):
        url = httpx.URL(ready["url"])
        assert url.port is not None
        yield url.host, url.port, "t-0k3n"


def test_a_head_or_a_body_that_drips_is_given_up() -> None:
    with limited("request_head_seconds=1s,request_body_seconds=1s") as (host, port, token):
        head = POST.replace(b"@", f"host: x\r\nauthorization: Bearer {token}".encode())
        whole = head + b'content-length: 13\r\n\r\n{"stages":[]}'
        for text, said in (
            (head[:40], "the head of the request took more than 1 s"),
            (whole + whole[:50], "the head of the request took more than 1 s"),
            (head + b"content-length: 9\r\n\r\n{", "the body took more than 1 s"),
        ):
            with closing(socket.create_connection((host, port), timeout=PATIENCE)) as peer:
                peer.sendall(text)
                if text.startswith(whole):
                    assert read_answer(peer)[0] == 201
                for _ in range(4):
                    time.sleep(0.2)
                    if b"length" not in text or text.startswith(whole):
                        peer.sendall(b"x")
                status, _, body = read_answer(peer)
                assert (status, json.loads(body)["errorMessage"]) == (408, said)
                assert peer.recv(1) == b""


def test_one_connection_too_many_is_sent_away_and_later_ones_are_taken() -> None:
    with limited("connections=3") as (host, port, token):
        get = GET.replace(b"@", f"host: x\r\nauthorization: Bearer {token}".encode())
        kept = [socket.create_connection((host, port), timeout=PATIENCE) for _ in range(3)]
        for peer in kept:
            peer.sendall(get)
            assert read_answer(peer)[0] == 200
        with closing(socket.create_connection((host, port), timeout=PATIENCE)) as peer:
            status, _, body = read_answer(peer)
            assert (status, "more than 3 connections" in json.loads(body)["errorMessage"]) == (503, True)
        kept.pop().close()
        time.sleep(0.1)
        kept.append(socket.create_connection((host, port), timeout=PATIENCE))
        kept[-1].sendall(get)
        assert read_answer(kept[-1])[0] == 200
        for peer in kept:
            peer.close()


def test_a_server_without_memory_takes_no_more_and_still_reads() -> None:
    with limited("memory=90MiB") as (host, port, token):
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"http://{host}:{port}", headers=headers, trust_env=False) as client:
            big = {"stages": [{"noop": {"a": "x" * 900_000}}]}
            statuses = [client.post(FLOWS, json=big).status_code for _ in range(150)]
            assert statuses[0] == 201
            assert statuses[-1] == 503
            refused = client.post(FLOWS, json=big)
            assert "takes no more than 90 MiB" in refused.json()["errorMessage"]
            assert client.get("/api/orchestration/_info").status_code == 200


def test_whoever_is_refused_too_often_waits_and_nobody_else_does() -> None:
    with limited("refusals=3") as (host, port, token):
        wrong, right = (
            GET.replace(b"@", f"host: x\r\nauthorization: Bearer {each}".encode()) for each in ("no", token)
        )
        guessing = socket.create_connection((host, port), timeout=PATIENCE)
        other = socket.create_connection((host, port), timeout=PATIENCE, source_address=("127.0.0.2", 0))
        with closing(guessing), closing(other):
            for _ in range(4):
                guessing.sendall(wrong)
                assert read_answer(guessing)[0] == 401
            guessing.sendall(right)
            other.sendall(right)
            first, _, _ = select.select([guessing, other], [], [], PATIENCE)
            assert first == [other]
            assert [read_answer(peer)[0] for peer in (other, guessing)] == [200, 200]


def test_refusals_are_counted_by_address_and_forgotten_after_a_minute() -> None:
    refusals = Refusals(2)
    for _ in range(2):
        refusals.note("a", 10.0)
    assert refusals.seconds_to_wait("a", 11.0) == 0
    refusals.note("a", 12.0)
    assert refusals.seconds_to_wait("a", 12.0) > 0
    assert refusals.seconds_to_wait("a", 69.9) > 0
    assert refusals.seconds_to_wait("b", 12.0) == refusals.seconds_to_wait("a", 70.0) == 0
    refusals.note("a", 71.0)
    assert refusals.seconds_to_wait("a", 71.0) == 0
    for address in range(5000):
        refusals.note(str(address), 72.0)
    assert len(refusals._windows) < 5000


def test_a_limit_that_is_none_is_refused_at_the_start(capfd: pytest.CaptureFixture[str]) -> None:
    from flowgauge.cli import main  # noqa: PLC0415 - the command line alone

    assert main(["serve", "--limits", "memory=lots"]) == 2
    assert "'memory=lots' is no limit" in capfd.readouterr().err


def test_limits_hold_for_bodies_and_their_depth() -> None:
    with limited("request_body=2000,request_depth=8") as (host, port, token):
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        with httpx.Client(base_url=f"http://{host}:{port}", headers=headers, trust_env=False) as client:
            assert client.post(FLOWS, content=b'{"stages":[]}' + b" " * 1990).status_code == 413
            deep = b'{"stages":[{"noop":{"a":' + b"[" * 6 + b"]" * 6 + b"}}]}"
            assert client.post(FLOWS, content=deep).status_code == 400
            assert client.post(FLOWS, content=b'{"stages":[]}').status_code == 201
