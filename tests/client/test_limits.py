"""What an answer may cost a client, and that no answer is given to another call."""

import asyncio
import gzip
import socket
import ssl
import subprocess
import sys
import time
import zlib
from collections.abc import Callable

import pytest
import trustme
from loopback import heard, loopback_server

import Formance
from flowgauge.client import AsyncClient, Client, PeerLimits, Timeout, UnexpectedReply
from flowgauge.client.errors import ClientError, Redirected
from flowgauge.limits import MIB
from Formance.apis.tags.orchestration_api import OrchestrationApi

Serve = Callable[[socket.socket], None]
INFO = b'{"version":"one"}'


def answer(body: bytes = INFO, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    head.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*head, "", ""]).encode() + body


def with_client(url: str, limits: PeerLimits | None) -> str:
    with Client(url, limits=limits, follow_redirects=True, timeout=Timeout(total=20)) as client:
        return client.get_server_info().version


def with_async_client(url: str, limits: PeerLimits | None) -> str:
    async def ask() -> str:
        async with AsyncClient(url, limits=limits, follow_redirects=True) as client:
            return (await client.get_server_info()).version

    return asyncio.run(ask())


def with_formance(url: str, limits: PeerLimits | None) -> str:
    configuration = Formance.Configuration(host=url)
    configuration.limits = limits or PeerLimits()
    with Formance.ApiClient(configuration) as client:
        return str(OrchestrationApi(client).orchestrationget_server_info().body["version"])


def with_a_stream(url: str, limits: PeerLimits | None) -> str:
    configuration = Formance.Configuration(host=url)
    configuration.limits = limits or PeerLimits()
    with Formance.ApiClient(configuration) as client:
        asked = OrchestrationApi(client).orchestrationget_server_info
        response = asked(stream=True, skip_deserialization=True).response
        return str(sum(map(len, response.stream())))


ASKERS = [with_client, with_async_client, with_formance]
FAILURES = (ClientError, Formance.ApiException)


def saying(*answers: bytes) -> Serve:
    def serve(peer: socket.socket) -> None:
        for each in answers:
            heard(peer)
            peer.sendall(each)

    return serve


def bomb(size: int) -> bytes:
    packing, packed = zlib.compressobj(9, wbits=31), bytearray()
    for _ in range(size // MIB):
        packed += packing.compress(bytes(MIB))
    return bytes(packed + packing.flush())


BOMB = bomb(4 * MIB)


@pytest.mark.parametrize("ask", [*ASKERS, with_a_stream])
@pytest.mark.parametrize(
    ("limits", "sent", "said"),
    [
        (
            PeerLimits(unpacked=MIB),
            answer(bomb(4 * MIB), "Content-Encoding: gzip"),
            "unpacks to more than 1 MiB",
        ),
        (
            PeerLimits(unpacked=MIB),
            answer(gzip.compress(BOMB), "Content-Encoding: gzip, gzip"),
            "unpacks to more than 1 MiB",
        ),
        (PeerLimits(answer=1000), answer(b" " * 1001), "the body is larger than 1000 bytes"),
        (None, answer(gzip.compress(INFO)[:-3], "Content-Encoding: gzip"), "the body in gzip is cut off"),
        (None, answer(gzip.compress(INFO)[:5], "Content-Encoding: gzip"), "the body in gzip is cut off"),
        (None, answer(INFO, "Content-Encoding: zstd"), "the content coding 'zstd'"),
    ],
    ids=["gzip", "twice", "long", "cut off", "head alone", "unknown"],
)
def test_a_limit_is_an_error_that_names_it(
    ask: Callable[[str, PeerLimits | None], str], limits: PeerLimits | None, sent: bytes, said: str
) -> None:
    with loopback_server(saying(sent)) as url, pytest.raises(FAILURES, match=said):
        ask(url, limits)


@pytest.mark.parametrize("ask", ASKERS)
def test_json_that_is_nested_too_deep_is_an_error_that_says_so(ask: Callable[..., str]) -> None:
    def nested(depth: int) -> Serve:
        return saying(answer(b'{"version":"one","x":' + b"[" * depth + b"]" * depth + b"}"))

    with loopback_server(nested(600)) as url, pytest.raises(FAILURES, match="nested more than 500 deep"):
        ask(url, None)
    with loopback_server(nested(90)) as url:
        assert ask(url, None) == "one"


@pytest.mark.parametrize("ask", ASKERS)
def test_sound_bodies_in_odd_codings_are_read(ask: Callable[..., str]) -> None:
    raw = zlib.compressobj(wbits=-15)
    codings = {
        "gzip": gzip.compress(INFO[:5]) + gzip.compress(INFO[5:]),
        "x-gzip, ": gzip.compress(INFO),
        "deflate": zlib.compress(INFO),
        "Deflate": raw.compress(INFO) + raw.flush(),
        "identity": INFO,
        "gzip, deflate": zlib.compress(gzip.compress(INFO)),
    }
    for coding, body in codings.items():
        with loopback_server(saying(answer(body, f"Content-Encoding: {coding}"))) as url:
            assert ask(url, None) == "one", coding


@pytest.mark.parametrize("ask", ASKERS)
def test_redirects_end(ask: Callable[..., str]) -> None:
    def serve(peer: socket.socket) -> None:
        for number in range(20):
            heard(peer)
            peer.sendall(answer(b"", f"Location: /{number}", status="302 Found"))

    with loopback_server(serve) as url, pytest.raises((Redirected, Formance.ApiException)):
        ask(url, None)


@pytest.mark.parametrize("ask", ASKERS)
def test_a_head_without_end_is_given_up(ask: Callable[..., str]) -> None:
    def serve(peer: socket.socket) -> None:
        heard(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            peer.sendall(b"x-more: " + b"y" * 8000 + b"\r\n")

    with loopback_server(serve) as url, pytest.raises(FAILURES, match="the head of the answer is too long"):
        ask(url, None)


def test_a_bomb_costs_little_memory() -> None:
    """In a process of its own, whose peak is known: 18 MB that unpack to 4 GB."""
    script = (
        "import re, sys\nfrom pathlib import Path\n"
        "from flowgauge.client import Client, UnexpectedReply\n"
        "with Client(sys.argv[1]) as client:\n"
        "    try:\n        client.get_server_info()\n"
        "    except UnexpectedReply as error:\n        print(error.message)\n"
        # Not ru_maxrss, which begins with what the process had that forked this one.
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) // 1024)\n"
    )
    packed = gzip.compress(bytes(64 * MIB), 9)
    sent = answer(packed * 64, "Content-Encoding: gzip")
    with loopback_server(saying(sent)) as url:
        done = subprocess.run(
            [sys.executable, "-c", script, url], capture_output=True, text=True, timeout=60, check=True
        )
    said, peak = done.stdout.splitlines()
    assert "unpacks to more than 64 MiB" in said
    assert int(peak) < 350, f"{peak} MiB"


TWICE = answer() + answer(b'{"version":"not asked for"}')


def trusted() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = trustme.CA()
    served, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(served)
    authority.configure_trust(client)
    return served, client


def surplus(peer: socket.socket) -> None:
    """Two answers to one request: in one write, in two, and a moment later; and chunked."""
    chunked = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked += b"%x\r\n%b\r\n0\r\n\r\n" % (len(INFO), INFO)
    asked = heard(peer)
    if b"/late" in asked:
        peer.sendall(answer())
        time.sleep(0.05)
        peer.sendall(TWICE)
    elif b"/chunks" in asked:
        peer.sendall(chunked + chunked.replace(b"one", b"two"))
    else:
        peer.sendall(answer())
        peer.sendall(TWICE[len(answer()) :])
    heard(peer)
    peer.sendall(answer(b'{"version":"behind"}'))


@pytest.mark.parametrize("path", ["/at-once", "/late", "/chunks"])
@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("kind", ["sync", "async", "Formance"])
def test_a_surplus_answer_is_given_to_nobody(
    kind: str, is_secure: bool, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, trust = trusted() if is_secure else (None, None)
    if trust is not None:
        for module in ("synchronous", "asynchronous"):
            monkeypatch.setattr(f"flowgauge.client.{module}.trust", lambda: trust)
        monkeypatch.setattr("Formance.pool.trust", lambda: trust)
    with loopback_server(surplus, served) as url:
        if kind == "sync":
            with Client(url + path) as client:
                versions = []
                for _ in range(4):
                    versions.append(client.get_server_info().version)
                    time.sleep(0.1)
        elif kind == "async":

            async def ask() -> list[str]:
                async with AsyncClient(url + path) as client:
                    versions = []
                    for _ in range(4):
                        versions.append((await client.get_server_info()).version)
                        await asyncio.sleep(0.1)
                    return versions

            versions = asyncio.run(ask())
        else:
            with Formance.ApiClient(Formance.Configuration(host=url + path)) as raw:
                versions = []
                for _ in range(4):
                    versions.append(str(OrchestrationApi(raw).orchestrationget_server_info().body["version"]))
                    time.sleep(0.1)
    assert versions == ["one"] * 4


def test_a_sound_connection_is_kept() -> None:
    def serve(peer: socket.socket) -> None:
        for number in range(9):
            heard(peer)
            peer.sendall(answer(b'{"version":"%d"}' % number))

    with loopback_server(serve) as url, Client(url) as client:
        assert [client.get_server_info().version for _ in range(5)] == ["0", "1", "2", "3", "4"]


def test_a_flaw_keeps_the_status() -> None:
    sent = answer(bomb(2 * MIB), "Content-Encoding: gzip")
    with loopback_server(saying(sent)) as url, pytest.raises(UnexpectedReply) as caught:
        with_client(url, PeerLimits(unpacked=MIB))
    assert caught.value.status == 200
