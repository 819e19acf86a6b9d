"""Whatever comes instead of an answer, a call ends in a value or in an error of the client, and soon."""

import gzip
import socket
import threading
from contextlib import closing, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback import heard, loopback_server

from flowgauge.client import Client, ClientError, PeerLimits, Timeout
from flowgauge.codings import BrokenAnswer
from flowgauge.contract.targets.wire_connection import NoAnswer, WireConnection

INFO = b'{"version":"one"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ANSWERS = [
    HEAD + b"Content-Length: 17\r\n\r\n" + INFO,
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n11;a=b\r\n" + INFO + b"\r\n0\r\nX-T: y\r\n\r\n",
    HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(INFO),
    b"HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n" + HEAD + b"Content-Length: 17\r\n\r\n" + INFO,
    b"HTTP/1.0 503 Busy\r\nRetry-After: 1\r\nConnection: close\r\n\r\n<html>",
    b"HTTP/1.1 204 None\r\n\r\n",
    b"HTTP/1.1 302 There\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
]
BITS = [
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\x00",
        b" ",
        b":",
        b"\xff\xfe",
        b"-1",
        b"9" * 30,
        b"0\r\n\r\n",
        b"ffffffff\r\n",
    ),
    *(b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: br, gzip\r\n"),
    *(b"HTTP/1.1 100 Go\r\n\r\n", b"HTTP/1.1 101 Up\r\n\r\n", b"HTTP/2 200", b"[" * 2000, b"a" * 70_000),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    text = bytearray(draw(st.sampled_from(ANSWERS)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        match draw(st.integers(0, 3)):
            case 0:
                text[at:at] = draw(st.sampled_from(BITS))
            case 1:
                del text[at : at + draw(st.integers(1, 12))]
            case 2:
                text[at : at + 1] = draw(st.binary(min_size=1, max_size=3))
            case _:
                del text[at:]
    return bytes(text)


CARE = settings(deadline=None, derandomize=True, database=None)


@settings(CARE, max_examples=600)
@given(mutated(), st.integers(1, 4000), st.sampled_from(["GET", "HEAD", "POST"]))
def test_the_suites_reader_ends_in_an_answer_or_in_a_word_about_it(
    text: bytes, size: int, method: str
) -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):

        def serve() -> None:
            with suppress(OSError):
                for start in range(0, len(text), size):
                    theirs.sendall(text[start : start + size])
                theirs.shutdown(socket.SHUT_WR)

        serving = threading.Thread(target=serve)
        serving.start()
        connection = WireConnection(ours, 5.0, PeerLimits(answer=100_000, unpacked=100_000, head=50_000))
        try:
            for _ in range(2):
                response = connection.exchange(method, b"GET / HTTP/1.1\r\n\r\n")
                assert 100 < response.status < 1000
                assert len(response.body) <= 100_000
                if not connection.is_kept:
                    break
        except (NoAnswer, BrokenAnswer, ConnectionError):
            pass
        ours.close()
        serving.join(5)


@settings(CARE, max_examples=200)
@given(st.lists(mutated(), min_size=1, max_size=3))
def test_the_client_ends_in_a_value_or_in_an_error_of_its_own(answers: list[bytes]) -> None:
    left = iter(answers)

    def serve(peer: socket.socket) -> None:
        heard(peer)
        peer.sendall(next(left, b""))
        peer.shutdown(socket.SHUT_WR)

    limits = PeerLimits(answer=100_000, unpacked=100_000)
    with loopback_server(serve) as url, Client(url, timeout=Timeout(total=5), limits=limits) as client:
        for _ in answers:
            with suppress(ClientError):
                assert isinstance(client.get_server_info().version, str)


@pytest.mark.parametrize("text", ANSWERS)
def test_the_plain_ones_are_read(text: bytes) -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        theirs.sendall(text)
        theirs.shutdown(socket.SHUT_WR)
        response = WireConnection(ours, 5.0, PeerLimits()).exchange("GET", b"")
        assert response.status in {200, 204, 302, 503}
        assert response.status != 200 or response.body == INFO


def test_a_length_of_more_digits_than_python_reads_is_too_large() -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1" + b"0" * 5000 + b"\r\n\r\n")
        with pytest.raises(BrokenAnswer, match="larger than 64 MiB"):
            WireConnection(ours, 5.0, PeerLimits()).exchange("GET", b"")


def test_who_answers_and_reads_no_more_has_answered() -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        theirs.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        connection = WireConnection(ours, 0.2, PeerLimits())
        assert connection.exchange("POST", bytes(8 << 20)).status == 413
        assert not connection.is_kept


def test_who_neither_reads_nor_answers_takes_too_long() -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs), pytest.raises(TimeoutError):
        WireConnection(ours, 0.2, PeerLimits()).exchange("POST", bytes(8 << 20))
