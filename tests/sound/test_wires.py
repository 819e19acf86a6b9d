"""Answers in every dress that HTTP allows are read for what they say; their broken cousins are told."""

import gzip
import socket
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from loopback import heard, loopback_server
from wires import BROKEN_WIRES, WIRES, Wire, proxied

from flowgauge import content_codings
from flowgauge.content_codings import BrokenAnswer, decoded
from flowgauge.contract.requests import built
from flowgauge.contract.target import Capability
from flowgauge.contract.targets.http import HttpTarget
from flowgauge.contract.tokens import TOKEN
from flowgauge.editions import edition_named
from flowgauge.reference.server.embedded import Embedded, embedded_server
from flowgauge.results import UNDECIDED, Exchange, Request

V0 = edition_named("v0")
Serve = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = Request("GET", "/")
POST = Request("POST", "/", body=b"x")


@pytest.fixture(scope="module")
def server() -> Iterator[Embedded]:
    with embedded_server(edition="v0") as running:
        yield running


def exchanges(serve: Serve, requests: Sequence[Request], token: str = "t-one") -> list[Exchange]:
    with loopback_server(serve) as url:
        target = HttpTarget(url, tokens={TOKEN: token}, capabilities=frozenset(Capability), timeout=5)
        try:
            return [target.send(request) for request in requests]
        finally:
            target.close()


def through(server: Embedded, wire: Wire, count: int = 3) -> list[Exchange]:
    port = int(server.url.rpartition(":")[2])
    requests = [
        built(V0, "createWorkflow", body={"stages": [{"é": "x" * 200}]}),
        built(V0, "listFlows"),
        built(V0, "getFlow", {"workflow": "nobody"}),
        Request("HEAD", "/api/orchestration/flows", built(V0, "listFlows").headers),
        Request("OPTIONS", "/api/orchestration/flows"),
    ]
    return exchanges(proxied(port, wire), requests * count, server.token)


@pytest.mark.parametrize("name", [name for name in WIRES if name != "100 ms"])
def test_a_legal_dress_changes_nothing_that_is_said(name: str, server: Embedded) -> None:
    answers = through(server, WIRES[name])
    assert [e.error for e in answers if e.error != UNDECIDED] == [None] * len(
        [e for e in answers if e.error != UNDECIDED]
    )
    statuses = {0: 201, 1: 200, 2: 404, 3: 200, 4: 204}
    for k, exchange in enumerate(answers):
        if exchange.response is not None:
            assert exchange.response.status == statuses[k % 5]
    listed = answers[1].response
    assert listed is not None
    assert listed.body.startswith(b'{"data":[{')
    assert listed.header_values("content-type") == ("application/json",)


@pytest.mark.parametrize("name", BROKEN_WIRES)
def test_its_broken_cousin_is_told(name: str, server: Embedded) -> None:
    answers = [e for e in through(server, BROKEN_WIRES[name]) if e.error != UNDECIDED]
    wanted = {
        "corrupt gzip": "the body is not gzip",
        "unknown coding": "the body is in the content coding 'x-own'",
        "body cut off": "the body ended before its announced length",
        "no chunk": "a chunk begins with b'zz'",
    }
    if name == "101":
        assert {e.response.status for e in answers if e.response} == {101}
        return
    with_body = [e for e in answers if e.request.method not in {"HEAD", "OPTIONS"}]
    assert with_body
    assert all(wanted[name] in str(e.error) for e in with_body)


def test_a_body_that_unpacks_to_more_than_the_limit_is_refused() -> None:
    bomb = gzip.compress(gzip.compress(bytes(3_000_000)))
    assert len(decoded(bomb, ("gzip", "gzip"), limit=4_000_000)) == 3_000_000
    with pytest.raises(BrokenAnswer, match="unpacks to more than 1 MiB"):
        decoded(bomb, ("gzip", "gzip"), limit=1024 * 1024)
    if content_codings.brotli is not None:
        with pytest.raises(BrokenAnswer, match="unpacks to more than 1 MiB"):
            decoded(content_codings.brotli.compress(bytes(3_000_000)), ("br",), limit=1024 * 1024)


def test_a_header_may_hold_any_octet_and_begin_on_another_line() -> None:
    head = b"HTTP/1.1 200\r\nX-Name: \xc3\x85ngstr\xc3\xb6m\x0c\r\n"
    head += b"x-fold:\r\n a,\r\n\tb\r\ncontent-LENGTH:2, 2\r\n\r\nok"

    def serve(peer: socket.socket) -> None:
        heard(peer)
        peer.sendall(head)

    [exchange] = exchanges(serve, [GET])
    assert exchange.response is not None
    assert exchange.response.body == b"ok"
    assert exchange.response.header("x-fold") == "a, b"
    assert exchange.response.header("x-name") == "Ångström\f".encode().decode("latin-1")


def answering(*counts: int, pause: float = 0.0) -> Serve:
    """Each connection answers so many requests, then closes without a word as the next one comes."""
    left = list(counts)

    def serve(peer: socket.socket) -> None:
        for _ in range(left.pop(0)):
            heard(peer)
            peer.sendall(OK)
        heard(peer) if pause == 0 else time.sleep(pause)

    return serve


def test_a_kept_connection_that_was_closed_is_no_fault_of_the_server() -> None:
    answers = exchanges(answering(1, 1, 1), [GET, GET, GET])
    assert [e.error for e in answers] == [None, None, None]


def test_a_write_goes_out_once_and_only_on_a_connection_that_surely_takes_it() -> None:
    # On the first the answer to the second GET shows that it is kept; then a POST meets its end.
    answers = exchanges(answering(2, 9), [GET, GET, POST, POST])
    assert [e.error for e in answers] == [None, None, UNDECIDED, None]
    # Whoever closes early is never asked to take a write on a kept connection again.
    answers = exchanges(answering(1, 1, 1, 1, 1), [GET, GET, POST, POST])
    assert [e.error for e in answers] == [None] * 4


def test_a_new_connection_that_is_closed_without_an_answer_is_one() -> None:
    answers = exchanges(answering(0, 0, 0), [POST, GET])
    assert [e.error for e in answers] == ["the connection was closed without an answer"] * 2


def test_a_surplus_answer_is_given_to_nobody() -> None:
    def serve(peer: socket.socket) -> None:
        heard(peer)
        peer.sendall(OK + OK.replace(b"ok", b"no"))
        heard(peer)

    answers = exchanges(serve, [GET, GET])
    assert [e.response.body for e in answers if e.response] == [b"ok", b"ok"]


def test_a_refusal_before_the_body_was_read_is_heard() -> None:
    def serve(peer: socket.socket) -> None:
        heard(peer)
        peer.sendall(b"HTTP/1.1 413 Too Much\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(65536):
            pass

    [exchange] = exchanges(serve, [Request("POST", "/", body=bytes(3_000_000))])
    assert exchange.response is not None
    assert exchange.response.status == 413


def test_a_name_whose_first_address_is_dead_is_reached_at_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback_server(answering(9)) as url:
        port = int(url.rpartition(":")[2])
        target = HttpTarget(
            f"http://odd.test:{port}", tokens={TOKEN: "t"}, capabilities=frozenset(), timeout=5
        )
        dead = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [dead, (*dead[:4], ("127.0.0.1", port))])
        assert target.send(GET).error is None
        target.close()
