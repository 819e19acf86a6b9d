"""What a server can do to a connection, each under its own name."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from flowgauge.editions import load_part
from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import CallResult, EngineLimits
from flowgauge.load.engine.steps import pause
from flowgauge.load.engine.tally import Interval
from flowgauge.load.journeys.context import JourneyContext
from flowgauge.load.transport import failures
from flowgauge.load.transport.wire import Wire

BODY = b'{"version":"1.0.0"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)
FINE = HEAD + BODY


@dataclass
class Sent:
    """The counts of whatever a journey sent."""

    interval: Interval

    @property
    def errors(self) -> dict[str, dict[str, int]]:
        return self.interval.errors


PART = load_part("v0")


def sending(server, journey: Callable) -> Sent:
    """Send one journey of a test's own."""
    context = PART.context(Wire(server.url, None), body=b"{}")
    tally = context.tally()
    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits())
    try:
        engine.depart(journey(context), tally)
        assert engine.wait_quiet(10), "the engine hangs"
    finally:
        engine.close()
    return Sent(tally.take(0, 0.0, 1.0))


def once(data: bytes) -> Callable:
    """Answer the first request with `data`, then close."""

    def script(peer) -> None:
        peer.request()
        peer.send(data)

    return script


def every(data: bytes, *, pieces: int = 0) -> Callable:
    """Answer every request with `data`, in pieces of so many bytes."""

    def script(peer) -> None:
        while peer.request():
            for begin in range(0, len(data), pieces or len(data)):
                peer.send(data[begin : begin + (pieces or len(data))])
                if pieces:
                    time.sleep(0.0005)

    return script


def reset(peer) -> None:
    peer.request()
    peer.reset()


def close_unanswered(peer) -> None:
    peer.request()


def silent(peer) -> None:
    peer.request()
    peer.stay_silent()


def half_then_silent(peer) -> None:
    peer.request()
    peer.send(FINE[:-4])
    peer.stay_silent()


def reset_in_mid_answer(peer) -> None:
    peer.request()
    peer.send(FINE[:-4])
    time.sleep(0.05)
    peer.reset()


BROKEN = {
    "reset": (reset, failures.RESET),
    "closed without an answer": (close_unanswered, failures.CLOSED_UNANSWERED),
    "silent": (silent, failures.RESPONSE_TIMEOUT),
    "half an answer, then silent": (half_then_silent, failures.RESPONSE_TIMEOUT),
    "half a head": (once(b"HTTP/1.1 200 OK\r\nContent-Le"), failures.CLOSED_EARLY),
    "half a body": (once(FINE[:-4]), failures.CLOSED_EARLY),
    "half a chunk": (
        once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"),
        failures.CLOSED_EARLY,
    ),
    "reset in mid answer": (reset_in_mid_answer, failures.RESET),
    "garbage": (once(b"\x00\x01\x02 what is this\r\n\r\n"), failures.NOT_HTTP),
    "another protocol": (once(b"SSH-2.0-OpenSSH_9.2p1\r\n"), failures.NOT_HTTP),
    "a bad chunk size": (
        once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        failures.NOT_HTTP,
    ),
    "two lengths": (
        once(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        failures.NOT_HTTP,
    ),
    "an upgrade": (
        once(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        failures.NOT_HTTP,
    ),
}


@pytest.mark.parametrize(("script", "kind"), BROKEN.values(), ids=BROKEN.keys())
def test_each_way_of_breaking_an_answer_has_its_own_name(serve, ask, script, kind) -> None:
    sent = ask(serve(script), limits=EngineLimits(connect_timeout=1.0, response_timeout=0.3))
    assert sent.errors == {kind: 1}
    assert sent.requests == 1
    assert [answer.failure for answer in sent.answers] == [kind]


WHOLE = {
    "content length": every(FINE),
    "byte by byte": every(FINE, pieces=1),
    "chunked": every(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"
        + BODY[:5]
        + b"\r\ne;x=y\r\n"
        + BODY[5:]
        + b"\r\n0\r\n\r\n"
    ),
    "chunked with a trailer, byte by byte": every(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n13\r\n" + BODY + b"\r\n0\r\nX: y\r\n\r\n",
        pieces=1,
    ),
    "interim answers first": every(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + FINE
    ),
    "closed after it": once(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 19\r\n\r\n" + BODY),
    "ended by the close": once(b"HTTP/1.1 200 OK\r\n\r\n" + BODY),
    "http 1.0": once(b"HTTP/1.0 200 OK\r\n\r\n" + BODY),
}


@pytest.mark.parametrize("script", WHOLE.values(), ids=WHOLE.keys())
def test_every_framing_of_an_answer_is_read(serve, ask, script) -> None:
    sent = ask(serve(script), journeys=3)
    assert sent.errors == {}
    assert [(answer.status, answer.body) for answer in sent.answers] == [(200, BODY)] * 3


def test_an_answer_without_a_body_is_whole(serve, ask) -> None:
    sent = ask(serve(every(b"HTTP/1.1 204 No Content\r\n\r\n")), times=3)
    assert sent.errors == {"status 204": 3}


def test_a_connection_is_kept_and_used_again(serve, ask) -> None:
    server = serve(every(FINE))
    assert ask(server, times=3, journeys=3).requests == 9
    assert server.connections == 1


def test_known_heads_do_not_mix_up_bodies_of_one_length(serve, ask) -> None:
    bodies = [b'{"version":"%d"}' % number for number in range(1000, 1020)]

    def script(peer) -> None:
        for body in bodies:
            peer.request()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    assert [answer.body for answer in ask(serve(script), times=20).answers] == bodies


def test_a_known_head_with_a_body_in_two_pieces_is_read_whole(serve, ask) -> None:
    def script(peer) -> None:
        while peer.request():
            peer.send(HEAD)
            time.sleep(0.002)
            peer.send(BODY)

    sent = ask(serve(script), times=5)
    assert [answer.body for answer in sent.answers] == [BODY] * 5


def test_shed_load_has_a_name_of_its_own_and_is_no_latency(serve, ask) -> None:
    def script(peer) -> None:
        for status in (b"503 Busy", b"429 Slow Down", b"500 Oops"):
            peer.request()
            peer.send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    sent = ask(serve(script), times=3)
    assert sent.errors == {"shed 503": 1, "shed 429": 1, "status 500": 1}
    counts = sent.interval.counts
    assert "info.latency" not in counts
    assert sum(counts["info.shed"].values()) == 2
    assert sum(counts["info.failed"].values()) == 1


def test_a_timeout_counts_as_latency_of_at_least_its_length(serve, ask) -> None:
    sent = ask(serve(silent), limits=EngineLimits(connect_timeout=1.0, response_timeout=0.2))
    (bucket,) = sent.interval.counts["info.latency"]
    assert bucket > 2048
    assert "info.failed" not in sent.interval.counts


CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


def ends_the_first_under_its_second_request(*, with_reset: bool) -> Callable:
    """A first connection that is closed once its second request was read, and others that are kept."""

    def script(peer) -> None:
        requests = 0
        while (request := peer.request()) and not (peer.number == 1 and (requests := requests + 1) == 2):
            peer.send(CREATED if request.startswith(b"POST") else FINE)
        if with_reset and request:
            peer.reset()

    return script


@pytest.mark.parametrize(
    ("with_reset", "kind"), [(False, failures.STALE), (True, failures.RESET)], ids=["closed", "reset"]
)
def test_a_kept_connection_that_ends_under_a_request_fails_only_what_may_not_be_repeated(
    serve, with_reset, kind
) -> None:
    answers: list[CallResult] = []

    def journey(name: str, context: JourneyContext):
        for _ in range(3):
            body = b"{}" if name == "create" else None
            answers.append((yield context.templates[name].call(body=body)))

    script = ends_the_first_under_its_second_request(with_reset=with_reset)
    created = sending(serve(script), partial(journey, "create"))
    assert created.errors == {"create": {kind: 1}}
    assert [answer.status for answer in answers] == [201, 0, 201]
    read = sending(serve(script), partial(journey, "info"))
    assert (read.errors, read.interval.figures["retried"]) == ({}, 1)
    assert [answer.body for answer in answers[3:]] == [BODY] * 3


def test_a_kept_connection_that_ended_before_the_request_is_replaced_silently(serve) -> None:
    server = serve(once(FINE))
    answers: list[CallResult] = []

    def journey(context: JourneyContext):
        for _ in range(4):
            answers.append((yield context.templates["info"].call()))
            yield pause(0.03)

    assert sending(server, journey).errors == {}
    assert [answer.body for answer in answers] == [BODY] * 4
    assert server.connections == 4


OTHER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"


@pytest.mark.parametrize("surplus", [OTHER, OTHER[:20], b"rubbish"])
def test_bytes_after_the_answer_are_counted_and_never_taken_for_the_next(serve, ask, surplus) -> None:
    sent = ask(serve(every(FINE + surplus)), times=3)
    assert sent.errors == {failures.SURPLUS: 3}
    assert [answer.body for answer in sent.answers] == [BODY] * 3


def test_bytes_that_come_while_nobody_asks_close_the_connection(serve) -> None:
    def script(peer) -> None:
        peer.request()
        peer.send(FINE)
        time.sleep(0.01)
        peer.send(OTHER)
        while peer.request():
            peer.send(FINE)

    answers: list[CallResult] = []

    def journey(context: JourneyContext):
        for _ in range(2):
            answers.append((yield context.templates["info"].call()))
            yield pause(0.05)

    server = serve(script)
    assert sending(server, journey).errors == {}
    assert [answer.body for answer in answers] == [BODY] * 2
    assert server.connections == 2


def test_a_request_larger_than_the_socket_takes_at_once_arrives_whole(serve) -> None:
    body = b"x" * (4 << 20)
    got: list[int] = []

    def script(peer) -> None:
        time.sleep(0.1)
        got.append(len(peer.request()))
        peer.send(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")

    def journey(context: JourneyContext):
        yield context.templates["create"].call(body=body)

    assert sending(serve(script), journey).errors == {}
    assert got[0] > len(body)


def test_what_an_early_answer_leaves_unsent_never_runs_into_the_next_request(serve) -> None:
    """A server may answer before it has read all of a request, and read on or not."""
    body = b"x" * (8 << 20)
    heard: list[bytes] = []

    def script(peer) -> None:
        while head := peer.sock.recv(300):
            heard.append(head[:5])
            peer.send(CREATED if head.startswith(b"POST") else FINE)
            if head.startswith(b"POST"):
                time.sleep(0.05)
                left = len(body) - len(head.partition(b"\r\n\r\n")[2])
                while left and (read := peer.sock.recv(min(left, 65536))):
                    heard.extend(filter(None, [read.strip(b"x")]))
                    left -= len(read)

    answers: list[CallResult] = []

    def journey(context: JourneyContext):
        answers.append((yield context.templates["create"].call(body=body)))
        answers.append((yield context.templates["info"].call()))
        answers.append((yield context.templates["info"].call()))

    assert sending(serve(script), journey).errors == {}
    assert [answer.status for answer in answers] == [201, 200, 200]
    assert heard == [b"POST ", b"GET /", b"GET /"]


MUCH = b"x" * (12 << 20)


def answers_early(status: int, *, takes_the_rest: bool, answers: bool = True) -> Callable:
    """A POST is answered when its head is there; then its body is read, or the connection closed."""

    def script(peer) -> None:
        while request := _head_of(peer):
            if request.startswith(b"GET"):
                peer.send(FINE)
                continue
            assert request.startswith(b"POST"), request
            if answers:
                peer.send(b"HTTP/1.1 %d -\r\nContent-Length: 0\r\n\r\n" % status)
            if not takes_the_rest:
                return
            time.sleep(0.05)
            read = bytearray(peer.pending)
            while len(read) < len(MUCH) and (data := peer.sock.recv(1 << 20)):
                read += data
            peer.pending = bytes(read[len(MUCH) :])

    return script


def _head_of(peer) -> bytes:
    while b"\r\n\r\n" not in peer.pending and (data := peer.sock.recv(4096)):
        peer.pending += data
    head, _, peer.pending = peer.pending.partition(b"\r\n\r\n")
    return head


@pytest.mark.parametrize("takes_the_rest", [True, False], ids=["read on", "closed"])
@pytest.mark.parametrize(("status", "kind"), [(201, None), (413, "status 413"), (503, "shed 503")])
def test_an_answer_that_comes_before_all_of_the_request_has_left_counts(
    serve, status, kind, takes_the_rest
) -> None:
    """What is asked next takes another connection."""
    answers: list[CallResult] = []

    def journey(context: JourneyContext):
        for _ in range(2):
            answers.append((yield context.templates["create"].call(body=MUCH)))
            answers.append((yield context.templates["info"].call()))

    server = serve(answers_early(status, takes_the_rest=takes_the_rest))
    errors = sending(server, journey).errors
    assert errors == ({"create": {kind: 2}} if kind else {})
    assert [answer.status for answer in answers] == [status, 200] * 2


def test_whoever_takes_no_more_of_a_request_and_answers_nothing_has_failed_it(serve) -> None:
    def journey(context: JourneyContext):
        yield context.templates["create"].call(body=MUCH)

    errors = sending(serve(answers_early(0, takes_the_rest=False, answers=False)), journey).errors
    # Whether the reset shows in sending or in reading is the kernel's affair.
    assert errors in [{"create": {kind: 1}} for kind in (failures.RESET, failures.CLOSED_UNANSWERED)]


def test_nobody_listening_is_refused(ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    class Nobody:
        url = f"http://127.0.0.1:{port}"

    Nobody.port = port
    assert ask(Nobody()).errors == {failures.REFUSED: 1}


def test_a_full_backlog_is_a_connect_timeout(ask) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = []
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            fillers.append(filler)

        class Full:
            port = listener.getsockname()[1]
            url = f"http://127.0.0.1:{port}"

        try:
            sent = ask(Full(), limits=EngineLimits(connect_timeout=0.3, response_timeout=5.0))
        finally:
            for filler in fillers:
                filler.close()
    assert sent.errors == {failures.CONNECT_TIMEOUT: 1}


def test_inside_locust_a_channel_has_a_plain_socket_still() -> None:
    """Gevent's own sends and receives in Python, at twice the cost."""
    code = (
        "import gevent.monkey; gevent.monkey.patch_all()\n"
        "import _socket, socket\n"
        "from flowgauge.load.transport.dialing import Addresses, Dialing\n"
        "assert socket.SocketType is not _socket.socket\n"
        "dialing = Dialing(Addresses([(socket.AF_INET, ('127.0.0.1', 9))]), print, print)\n"
        "((sock, _),) = dialing._attempts.values()\n"
        "assert type(sock) is _socket.socket, type(sock)\n"
        "print('plain')"
    )
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert ended.stdout == "plain\n", ended.stderr
