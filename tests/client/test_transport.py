"""Real sockets: what breaks on the way, and what each break is called."""

import asyncio
import socket
import time
from contextlib import suppress

import httpx
import pytest
from loopback import counting, heard

from flowgauge import client as fc

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
INFO = b'{"version":"1"}'


def says(data: bytes, *, reset: bool = False):
    def serve(peer: socket.socket) -> None:
        heard(peer)
        peer.sendall(data)
        if reset:
            # Linger of zero seconds turns the close into a reset.
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    return serve


def test_a_whole_answer_is_read_over_a_real_connection(client_of, socket_server):
    url = socket_server(says(OK + b"content-length: 15\r\n\r\n" + INFO))
    assert client_of(at=url).call("get_server_info").version == "1"


def test_a_refused_connection_is_named_with_its_address(client_of):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(fc.ConnectFailed) as caught:
        client_of(at=f"http://127.0.0.1:{port}").call("get_server_info")
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert caught.value.status == 0
    assert caught.value.hint


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".invalid", "a..invalid"])
def test_a_host_that_cannot_be_found_is_a_failed_connection(client_of, host):
    with pytest.raises((fc.ConnectFailed, fc.InvalidRequest)) as caught:
        client_of(at=f"http://{host}").call("get_server_info")
    assert host in str(caught.value)


@pytest.mark.parametrize(
    "failure", [OSError("odd"), OverflowError("port"), httpx.ProxyError("no"), httpx.LocalProtocolError("no")]
)
def test_whatever_a_transport_raises_is_a_transport_error(client_of, failure):
    def handle(request):
        raise failure

    with pytest.raises(fc.TransportError) as caught:
        client_of(handle).call("get_server_info")
    assert caught.value.__cause__ is failure


@pytest.mark.parametrize(
    "serve",
    [
        says(b"", reset=True),
        says(b""),
        says(OK + b"content-length: 99\r\n\r\n" + INFO),
        says(OK + b"content-length: 99\r\n\r\n" + INFO, reset=True),
        says(OK + b"transfer-encoding: chunked\r\n\r\n5\r\n{"),
        says(b"220 mail.example ESMTP\r\n"),
    ],
    ids=["reset", "closed", "truncated", "reset-midway", "chunk-cut", "not-http"],
)
def test_an_answer_that_breaks_off_is_a_broken_connection(client_of, socket_server, serve):
    with pytest.raises(fc.ConnectionBroken) as caught:
        client_of(at=socket_server(serve)).call("get_server_info")
    assert caught.value.__cause__ is not None
    assert caught.value.request.endswith("/api/orchestration/_info")


def silent(peer: socket.socket) -> None:
    while peer.recv(65536):
        pass


def test_a_silent_server_is_given_up_on_in_time_and_after_one_request(client_of, socket_server):
    connections = []

    def serve(peer: socket.socket) -> None:
        connections.append(peer)
        silent(peer)

    client = client_of(at=socket_server(serve))
    start = time.monotonic()
    with pytest.raises(fc.TimedOut) as caught:
        client.call("get_server_info", timeout=0.2)
    assert 0.1 < time.monotonic() - start < 5
    assert len(connections) == 1
    assert "0.2 s" in str(caught.value)


def dripping(start: bytes, piece: bytes):
    def serve(peer: socket.socket) -> None:
        heard(peer)
        peer.sendall(start)
        with suppress(OSError):
            for _ in range(500):
                peer.sendall(piece)
                time.sleep(0.02)

    return serve


def test_a_dripping_body_does_not_outlast_the_whole_timeout(client_of, socket_server):
    drip = dripping(OK + b"content-length: 1000\r\n\r\n", b" ")
    start = time.monotonic()
    with pytest.raises(fc.TimedOut):
        client_of(at=socket_server(drip)).call("get_server_info", timeout=0.3)
    assert time.monotonic() - start < 10


def test_a_dripping_head_does_not_outlast_the_whole_timeout(client_of, socket_server):
    drip = dripping(OK + b"x-drip: ", b"x")
    start = time.monotonic()
    with pytest.raises(fc.TimedOut) as caught:
        client_of(at=socket_server(drip)).call("get_server_info", timeout=0.3)
    assert time.monotonic() - start < 5
    assert caught.value.__cause__ is not None


def test_a_transport_of_one_s_own_keeps_the_time_while_a_body_drips(socket_server):
    drip = dripping(OK + b"content-length: 1000\r\n\r\n", b" ")
    start = time.monotonic()
    client = fc.Client(socket_server(drip), transport=httpx.HTTPTransport())
    with client, pytest.raises(fc.TimedOut):
        client.get_server_info(timeout=0.3)
    assert time.monotonic() - start < 5


def test_interim_answers_without_end_do_not_outlast_it_either(client_of, socket_server):
    def interim(peer: socket.socket) -> None:
        heard(peer)
        ends_at = time.monotonic() + 10
        with suppress(OSError):
            while time.monotonic() < ends_at:
                peer.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")

    start = time.monotonic()
    with pytest.raises(fc.TimedOut):
        client_of(at=socket_server(interim)).call("get_server_info", timeout=0.3)
    assert time.monotonic() - start < 5


def test_a_server_that_takes_a_body_in_sips_does_not_outlast_it_either(client_of, socket_server):
    def sip(peer: socket.socket) -> None:
        with suppress(OSError):
            for _ in range(200):
                peer.recv(200_000)
                time.sleep(0.05)

    client = client_of(at=socket_server(sip))
    start = time.monotonic()
    with pytest.raises(fc.TransportError):
        client.call("create_workflow", {"stages": [{"a": "x" * 30_000_000}]}, timeout=0.5)
    assert time.monotonic() - start < 5


def test_an_outer_limit_of_the_program_s_own_stays_its_own(socket_server):
    async def main() -> None:
        async with fc.AsyncClient(socket_server(silent)) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await client.get_server_info(timeout=30)

    asyncio.run(main())


def test_redirects_share_the_time_of_one_call(client_of, clock):
    seen = []

    def handle(request):
        seen.append(request.extensions["timeout"].get("read"))
        clock.now += 10
        return httpx.Response(307, headers={"location": "/again"})

    with pytest.raises(fc.Redirected):
        client_of(handle, clock=clock, follow_redirects=True, timeout=30).call("get_server_info")
    assert seen == [30, 20, 10, 0.001, 0.001, 0.001]


def test_each_attempt_has_the_time_of_one_call(client_of, clock):
    seen = []

    def handle(request):
        seen.append(request.extensions["timeout"].get("read"))
        clock.now += 10
        return httpx.Response(503)

    with pytest.raises(fc.ServerError):
        client_of(handle, clock=clock, retry=fc.Retry(), timeout=30).call("get_server_info")
    assert seen == [30, 30, 30]


def test_a_server_without_tls_fails_the_handshake(client_of, socket_server):
    def serve(peer: socket.socket) -> None:
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    url = socket_server(serve).replace("http://", "https://")
    with pytest.raises(fc.TlsFailed) as caught:
        client_of(at=url).call("get_server_info")
    assert "TLS" in str(caught.value)
    assert caught.value.hint


def test_a_connection_is_used_again(client_of, socket_server):
    connections = []
    client = client_of(at=socket_server(counting(connections, INFO)))
    for _ in range(5):
        client.call("get_server_info")
    assert len(connections) == 1


@pytest.mark.parametrize("limit", [0, -1, float("nan"), True, "5"])
def test_a_timeout_is_a_positive_number(client_of, answer, limit):
    with pytest.raises(fc.InvalidRequest):
        client_of(answer(200, {"version": "1"})).call("get_server_info", timeout=limit)


@pytest.mark.parametrize("limits", [{"connect": float("inf")}, {"total": float("inf")}])
def test_a_call_cannot_be_allowed_to_hang_for_ever(limits):
    with pytest.raises(fc.InvalidRequest, match="a call must end"):
        fc.Timeout(**limits)


def test_the_pool_s_limits_shrink_with_the_time_that_is_left(client_of, clock):
    seen = []

    def look(request):
        limits = request.extensions["timeout"]
        seen.append((limits.get("connect"), limits.get("read")))
        clock.now += 25
        seen.append((limits.get("connect"), limits.get("read")))
        clock.now += 25
        seen.append((limits.get("connect"), limits.get("pool")))
        assert limits.left <= 0
        return httpx.Response(200, json={"version": "1"})

    client = client_of(look, clock=clock, timeout=fc.Timeout(total=30, connect=10, read=20))
    client.call("get_server_info")
    assert seen == [(10, 20), (5, 5), (0.001, 0.001)]
