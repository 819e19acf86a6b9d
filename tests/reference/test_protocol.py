"""What the server makes of bytes that its parser does not take, and of what comes too late to matter."""

import json
import signal
import socket
from contextlib import closing

import pytest
from asking import TOKEN_PATH
from calling import FLOWS, Caller, read_answer
from serving import PATIENCE, serving

from flowgauge.reference.server.protocol import LONGEST_TARGET
from flowgauge.reference.world.inputs import MAX_BODY_BYTES

POST = b"POST " + FLOWS.encode() + b" HTTP/1.1\r\n@\r\ncontent-type: application/json\r\n"


@pytest.mark.parametrize(
    "text",
    [
        b"GET " + FLOWS.encode() + "/é HTTP/1.1\r\n@\r\n\r\n".encode(),
        b"GET " + FLOWS.encode() + b"/a b HTTP/1.1\r\n@\r\n\r\n",
        b"GET flows HTTP/1.1\r\n@\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/9.9\r\n@\r\n\r\n",
        b"G(T " + FLOWS.encode() + b" HTTP/1.1\r\n@\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/1.1\r\n@\r\nno colon\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/1.1\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/1.1\r\n@\r\nhost: y\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/1.1\r\n@\r\na: b\x00c\r\n\r\n",
        POST + b"content-length: -5\r\n\r\n",
        POST + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        POST + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        POST + b"transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        POST + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        POST + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"content-length: +2\r\n\r\n{}",
        POST + b"content-length: 2, 3\r\n\r\n{}",
        (POST + b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"),
        b"GET " + FLOWS.encode() + b"#top HTTP/1.1\r\n@\r\n\r\n",
        b"GET http://x" + FLOWS.encode() + b"?a=b#c HTTP/1.1\r\n@\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/2.0\r\n@\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/0.9\r\n@\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/1.1\r\nhost: a b\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/1.1\r\nhost: a, b\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/1.1\r\nhost: a/b\r\n\r\n",
        b"CONNECT x:443 HTTP/1.1\r\n@\r\n\r\n",
        b"GET " + FLOWS.encode() + b" HTTP/1.1\r\n@\r\na: b\rhost: c\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_not_http_is_a_400_in_the_words_of_the_api(caller: Caller, text: bytes) -> None:
    with closing(caller.raw(text)) as peer:
        status, headers, body = read_answer(peer)
        assert (status, headers["content-type"], headers["connection"]) == (400, "application/json", "close")
        assert json.loads(body)["errorCode"] == "VALIDATION"
        assert peer.recv(1) == b""


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"HEAD " + FLOWS.encode() + b" HTTP/2.0\r\n@\r\n\r\n", 400),
        (b"HEAD " + FLOWS.encode() + b"#a HTTP/1.1\r\n@\r\n\r\n", 400),
        (b"HEAD " + FLOWS.encode() + b"/" + b"x" * 70_000 + b" HTTP/1.1\r\n@\r\n\r\n", 414),
    ],
)
def test_a_head_that_is_refused_gets_no_body(caller: Caller, head: bytes, status: int) -> None:
    said = caller.said(head)
    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert said.endswith(b"\r\n\r\n")


def test_a_refused_request_behind_a_head_has_its_body(caller: Caller) -> None:
    said = caller.said(b"HEAD " + FLOWS.encode() + b" HTTP/1.1\r\n@\r\n\r\nno HTTP\r\n\r\n")
    assert said.count(b"HTTP/1.1 ") == 2
    assert said.endswith(b"}")


def test_an_old_client_may_name_no_host_though_its_target_does(caller: Caller) -> None:
    token = caller.token_header.partition(b"\r\n")[2]
    said = caller.said(b"GET http://x" + FLOWS.encode() + b" HTTP/1.0\r\n" + token + b"\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("method", ["FOO", "get", "X-Y", "A" * 5000])
@pytest.mark.parametrize(
    ("path", "status", "allow"),
    [
        (FLOWS, 405, "GET, HEAD, OPTIONS, POST"),
        (f"{FLOWS}/x?a=b", 405, "GET, HEAD, OPTIONS"),
        (TOKEN_PATH, 405, "OPTIONS, POST"),
        ("/nowhere", 404, None),
        ("*", 404, None),
    ],
)
def test_a_method_that_nobody_knows_is_unsupported_like_any_other(
    caller: Caller, method: str, path: str, status: int, allow: str | None
) -> None:
    request = f"{method} {path} HTTP/1.1\r\n@\r\ncontent-length: 2\r\n\r\n{{}}".encode()
    with closing(caller.raw(request)) as peer:
        said, headers, body = read_answer(peer)
    assert (said, headers.get("allow")) == (status, allow)
    assert (headers["content-type"], json.loads(body)["errorCode"]) == ("application/json", "VALIDATION")


@pytest.mark.parametrize("origin", [b"http://x", b"HTTPS://x:8080"])
def test_a_target_may_name_the_server_as_if_it_were_a_proxy(caller: Caller, origin: bytes) -> None:
    with closing(caller.raw(b"GET " + origin + FLOWS.encode() + b" HTTP/1.1\r\n@\r\n\r\n")) as peer:
        assert read_answer(peer)[0] == 200


def test_a_target_that_is_too_long_is_a_414(caller: Caller) -> None:
    longest = "x" * (LONGEST_TARGET - len(FLOWS) - 1)
    for path, status in ((longest, 404), (longest + "x", 414), ("x" * 1_000_000, 414)):
        with closing(caller.raw(f"GET {FLOWS}/{path} HTTP/1.1\r\n@\r\n\r\n".encode())) as peer:
            said, _, body = read_answer(peer)
        assert (said, json.loads(body)["errorCode"]) == (status, "VALIDATION")


def test_what_comes_behind_a_request_is_not_taken_for_its_answer(caller: Caller) -> None:
    path = f"{FLOWS}/{caller.created({'delay': {'duration': '100ms'}})}/runs?wait=true"
    with closing(
        caller.raw(b"POST %b HTTP/1.1\r\n@\r\n\r\nthis is not HTTP\r\n\r\n" % path.encode())
    ) as peer:
        status, _, body = read_answer(peer)
        assert status == 201
        assert "terminatedAt" in json.loads(body)["data"]["statuses"][0]
        status, headers, _ = read_answer(peer)
        assert (status, headers["connection"]) == (400, "close")
        assert peer.recv(1) == b""


def test_requests_in_a_row_are_answered_in_their_order(caller: Caller) -> None:
    get = b"GET %b HTTP/1.1\r\n@\r\n\r\n" % FLOWS.encode()
    with closing(
        caller.raw(get + POST + b"\r\n" + get + b"FOO %b HTTP/1.1\r\n\r\n" % FLOWS.encode())
    ) as peer:
        answers = [read_answer(peer) for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 201, 200]
    assert [len(json.loads(answers[n][2])["data"]) for n in (0, 2)] == [0, 1]


@pytest.mark.parametrize("path", [FLOWS, "/nowhere"])
def test_whoever_sends_a_huge_body_to_its_end_still_gets_the_answer(caller: Caller, path: str) -> None:
    size = 40 * MAX_BODY_BYTES
    head = b"POST %b HTTP/1.1\r\n@\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % (path.encode(), size)
    with closing(caller.raw(head + b"x" * size)) as peer:
        assert read_answer(peer)[0] == (413 if path == FLOWS else 404)
        assert peer.recv(1) == b""


def test_whoever_has_not_sent_a_whole_request_does_not_hold_up_the_stop() -> None:
    with serving("--embedded") as (process, ready):
        host, port = ready["url"].removeprefix("http://").split(":")
        head = f"POST {FLOWS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {ready['token']}\r\n".encode()
        unfinished = [
            b"",
            b"GET /x",
            head + b"content-length: 9\r\n\r\nabc",
            head + b"content-length: 9999999\r\n\r\n" + b"x" * (MAX_BODY_BYTES + 1),
        ]
        peers = []
        for text in unfinished:
            peers.append(socket.create_connection((host, int(port)), timeout=PATIENCE))
            peers[-1].sendall(text)
        assert read_answer(peers[-1])[0] == 413
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=2.5)
        assert (process.returncode, out, err) == (0, "", "")
        for peer in peers:
            peer.close()


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"x/1"])
@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("size", [1, 50, 10_000])
def test_an_offer_of_another_protocol_does_not_swallow_the_body(
    caller: Caller, protocol: bytes, is_chunked: bool, size: int
) -> None:
    body = b'{"stages":[{"noop":{"a":"b"}}]}'
    length = b"%d\r\n\r\n" % len(body)
    framed = b"1f\r\n" + body + b"\r\n0\r\n\r\n" if is_chunked else body
    offer = b"connection: Upgrade, HTTP2-Settings\r\nhttp2-settings: AAMAAABk\r\nupgrade: " + protocol
    framing = b"\r\ntransfer-encoding: chunked\r\n\r\n" if is_chunked else b"\r\ncontent-length: " + length
    text = (POST + offer + framing + framed).replace(b"@", caller.token_header)
    with closing(caller.raw(b"")) as peer:
        # More than once: the connection goes on as it was.
        for _ in range(2):
            for start in range(0, len(text), size):
                peer.sendall(text[start : start + size])
            status, _, answer = read_answer(peer)
            assert (status, json.loads(answer)["data"]["config"]) == (201, json.loads(body))
