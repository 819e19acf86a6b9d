"""The same engine over TLS."""

import socket
import ssl
import time
from collections.abc import Callable
from functools import partial

import pytest
import trustme

from flowgauge.load.engine.iteration import EngineLimits
from flowgauge.load.transport import failures
from flowgauge.load.transport.channel import Channel
from flowgauge.load.transport.tls import TlsChannel
from flowgauge.load.transport.tunnels import channel_for

BODY = b'{"version":"1.0.0"}'
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n" + BODY


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def wrap(authority) -> Callable[[socket.socket], socket.socket]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return partial(context.wrap_socket, server_side=True)


@pytest.fixture
def trusting(authority) -> Callable[..., Channel]:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return partial(TlsChannel, context=context, host="localhost")


def fine(peer) -> None:
    while peer.request():
        peer.send(FINE)


def test_answers_are_read_over_tls_and_the_connection_is_kept(serve, ask, wrap, trusting) -> None:
    server = serve(fine, wrap=wrap)
    sent = ask(server, times=20, journeys=3, channel=trusting)
    assert sent.errors == {}
    assert {answer.body for answer in sent.answers} == {BODY}
    assert sent.requests == 60
    assert server.connections == 1
    assert sum(sent.interval.counts["connect"].values()) == 1


def test_a_large_answer_in_many_records_is_read_whole(serve, ask, wrap, trusting) -> None:
    large = b"x" * 1_000_000
    server = serve(
        lambda peer: (
            peer.request() and peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + large)
        ),
        wrap=wrap,
    )
    assert [answer.body for answer in ask(server, channel=trusting).answers] == [large]


def test_a_certificate_of_nobody_known_is_not_trusted(serve, ask, wrap) -> None:
    stranger = partial(TlsChannel, context=ssl.create_default_context(), host="localhost")
    assert ask(serve(fine, wrap=wrap), channel=stranger).errors == {"TLS certificate not trusted": 1}


def test_a_certificate_of_another_name_is_not_trusted(serve, ask, wrap, authority) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    other = partial(TlsChannel, context=context, host="example.org")
    assert ask(serve(fine, wrap=wrap), channel=other).errors == {"TLS certificate not trusted": 1}


def test_a_server_that_speaks_no_tls_is_a_failed_handshake(serve, ask, trusting) -> None:
    def plain(peer) -> None:
        peer.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        time.sleep(0.1)

    assert ask(serve(plain), channel=trusting).errors == {failures.TLS_FAILED: 1}


def test_a_server_that_closes_in_the_handshake_is_a_failed_handshake(serve, ask, trusting) -> None:
    def close(peer) -> None:
        peer.sock.recv(1000)

    assert ask(serve(close), channel=trusting).errors == {failures.TLS_FAILED: 1}


def test_a_server_that_never_shakes_hands_is_a_connect_timeout(serve, ask, trusting) -> None:
    limits = EngineLimits(connect_timeout=0.2, response_timeout=5.0)
    assert ask(serve(lambda peer: peer.stay_silent()), channel=trusting, limits=limits).errors == {
        failures.CONNECT_TIMEOUT: 1
    }


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (lambda peer: peer.request(), failures.CLOSED_UNANSWERED),
        (lambda peer: peer.request() and peer.send(FINE[:-4]), failures.CLOSED_EARLY),
        (lambda peer: peer.request() and peer.send(b"what?\r\n\r\n"), failures.NOT_HTTP),
        (lambda peer: peer.request() and peer.stay_silent(), failures.RESPONSE_TIMEOUT),
    ],
)
def test_broken_answers_keep_their_names_over_tls(serve, ask, wrap, trusting, script, kind) -> None:
    limits = EngineLimits(connect_timeout=5.0, response_timeout=0.3)
    assert ask(serve(script, wrap=wrap), channel=trusting, limits=limits).errors == {kind: 1}


def test_an_answer_that_the_close_ends_is_whole_over_tls(serve, ask, wrap, trusting) -> None:
    server = serve(lambda peer: peer.request() and peer.send(b"HTTP/1.1 200 OK\r\n\r\n" + BODY), wrap=wrap)
    assert [answer.body for answer in ask(server, channel=trusting).answers] == [BODY]


def test_the_scheme_says_how_to_connect() -> None:
    assert channel_for("http://host") is Channel
    assert isinstance(channel_for("https://host"), partial)


@pytest.mark.skipif(not hasattr(socket, "TCP_CORK"), reason="only Linux puts both into one packet")
@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n\r\n" + BODY, FINE], ids=["until the end", "whole"])
def test_the_end_of_tls_that_comes_with_an_answer_is_the_end_of_it(
    serve, ask, wrap, trusting, answer
) -> None:
    """And of the connection, though the server waits for the client's own end before it closes that."""

    def script(peer) -> None:
        peer.request()
        peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        peer.send(answer)
        peer.sock.unwrap()

    server = serve(script, wrap=wrap)
    sent = ask(server, times=2, channel=trusting, limits=EngineLimits(1.0, 2.0))
    assert sent.errors == {}
    assert [answer.body for answer in sent.answers] == [BODY] * 2
    assert server.connections == 2
