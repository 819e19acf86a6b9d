"""A sound server in every dress that HTTP allows, and the broken cousin of each."""

import gzip
import socket
import time
import zlib
from collections.abc import Callable

import pytest

from flowgauge.editions import load_part
from flowgauge.limits import PeerLimits
from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import CallResult, EngineLimits
from flowgauge.load.engine.steps import pause
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.findings import CountedFindings
from flowgauge.load.journeys.sampling import Sampler
from flowgauge.load.transport import answer_reading, channel, failures
from flowgauge.load.transport.wire import Wire, WireCall

PART = load_part("v0")
BODY = b'{"version":"1.0.0"}'
JSON = b"Content-Type: application/json\r\n"
FINE = b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Length: 19\r\n\r\n" + BODY
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def coded(body: bytes, coding: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n"
    return head % (coding, len(body)) + body


def every(*pieces: bytes, closes: bool = False) -> Callable:
    """Answer every request with these pieces, each in a packet of its own."""

    def script(peer) -> None:
        while peer.request():
            for piece in pieces:
                peer.send(piece)
                if len(pieces) > 1:
                    time.sleep(0.003)
            if closes:
                return

    return script


def chunked(data: bytes) -> bytes:
    return b"".join(b"1\r\n%c\r\n" % byte for byte in data) + b"0\r\n\r\n"


_CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n" + JSON + b"\r\n"
LONG = b"X-Long: " + b"abcdefg, " * 9_000 + b"h\r\n"
_ODD = {
    "folded": FINE.partition(BODY)[0].replace(b": ", b":\t \r\n\t "),
    "one length, twice": FINE.partition(BODY)[0].replace(b": 19", b": 19, 19"),
    "one length in two lines": FINE.partition(BODY)[0].replace(JSON, JSON + b"content-length: 19\r\n"),
    "lines that end with LF": FINE.partition(BODY)[0].replace(b"\r\n", b"\n"),
    "blanks before colons": FINE.partition(BODY)[0].replace(b":", b" \t:"),
}


def in_ways(answer: bytes) -> list[tuple[str, tuple[bytes, ...]]]:
    return [
        ("at once", (answer,)),
        ("in two", (answer[:60], answer[60:])),
        ("in bytes", tuple(answer[n : n + 1] for n in range(len(answer)))),
    ]


_SPELLED_HEAD = b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding%b\r\n\r\n"
_SPELLED = {
    "in capitals": b": CHUNKED",
    "between tabs": b":\tchunked\t",
    "with empty elements": b": , chunked, ,",
    "with a comma": b":chunked,",
}
_RAW = zlib.compressobj(wbits=-15)
SOUND = {
    "gzip": every(coded(gzip.compress(BODY), b"gzip")),
    "x-gzip, in capitals": every(coded(gzip.compress(BODY), b"X-GZIP")),
    "gzip in chunks": every(_CHUNKED, chunked(gzip.compress(BODY))),
    "gzip until the end": every(
        b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(BODY), closes=True
    ),
    "deflate": every(coded(zlib.compress(BODY), b"deflate")),
    "deflate without its frame": every(coded(_RAW.compress(BODY) + _RAW.flush(), b"deflate")),
    "twice": every(coded(gzip.compress(zlib.compress(BODY)), b"deflate, gzip")),
    **{
        f"chunks, {name}, {way}": every(*cut)
        for name, spelled in _SPELLED.items()
        for way, cut in in_ways(_SPELLED_HEAD % spelled + chunked(BODY))
    },
    "chunks, with an element too many, and extensions": every(
        _SPELLED_HEAD % b": chunked,", b'13;a="b;c";d\r\n' + BODY + b"\r\n0;e\r\nX-Sum: 1\r\n\r\n"
    ),
    "identity, named": every(coded(BODY, b"identity")),
    "103 first": every(EARLY + FINE),
    "103 in a packet of its own": every(EARLY, FINE),
    "103 in two packets": every(EARLY[:20], EARLY[20:] + FINE),
    "100 and many 103": every(CONTINUE, EARLY * 400, FINE),
    "103 before what the end ends": every(EARLY, b"HTTP/1.1 200 OK\r\n" + JSON + b"\r\n" + BODY, closes=True),
    "103 before gzip": every(EARLY, coded(gzip.compress(BODY), b"gzip")),
    "http 1.0": every(b"HTTP/1.0 200 OK\r\n" + JSON + b"Content-Length: 19\r\n\r\n" + BODY, closes=True),
    "http 1.0, until the end": every(b"HTTP/1.0 200 OK\r\n" + JSON + b"\r\n" + BODY, closes=True),
    "http 1.0, kept": every(
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + JSON + b"Content-Length: 19\r\n\r\n" + BODY
    ),
    "no reason phrase": every(FINE.replace(b" OK", b"")),
    "an empty line after it": every(FINE, b"\r\n"),
    **{f"{name}, {way}": every(*cut) for name, head in _ODD.items() for way, cut in in_ways(head + BODY)},
    "odd after a hint": every(EARLY + _ODD["folded"] + BODY),
    "odd after a hint, in pieces": every(
        EARLY[:9], EARLY[9:] + _ODD["folded"][:25], _ODD["folded"][25:] + BODY
    ),
    "an odd hint": every(EARLY.replace(b": ", b":\r\n\t"), FINE),
    "an odd hint, and half a head": every(EARLY.replace(b": ", b":\r\n\t") + FINE[:20], FINE[20:]),
    "a folded coding": every(coded(gzip.compress(BODY), b"\r\n\tgzip")),
    "folded, in chunks": every(_CHUNKED.replace(b": ", b":\r\n  "), chunked(gzip.compress(BODY))),
    "folded, until the end": every(b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n" + JSON + b"\r\n", BODY, closes=True),
    "a long head": every(FINE.replace(JSON, LONG + JSON)),
    "a long head, and a coding behind it": every(
        coded(gzip.compress(BODY), b"gzip").replace(JSON, LONG + JSON)
    ),
    "a long head, until the end": every(b"HTTP/1.1 200 OK\r\n" + LONG + JSON + b"\r\n" + BODY, closes=True),
    "a long folded head": every(FINE.replace(JSON, LONG.replace(b", ", b",\r\n ") + JSON)),
}


def ask(server, *, times: int = 3, limits: EngineLimits | None = None):
    """Every answer validated: counts, answers, findings."""
    context = PART.context(Wire(server.url, None), body=b"{}")
    tally, answers, found = context.tally(), [], CountedFindings(server.url)
    sampler = Sampler(PART.edition.document, PART.operations, found, 1.0)
    engine = Engine(
        [(socket.AF_INET, ("127.0.0.1", server.port))],
        limits=limits or EngineLimits(1.0, 5.0),
        observer=sampler,
    )

    def journey():
        for _ in range(times):
            answer = yield context.templates["info"].call()
            answers.append(answer)

    try:
        engine.depart(journey(), tally)
        assert engine.wait_quiet(20)
        assert engine.memory.held == 0
    finally:
        engine.close()
    sampler.work_off()
    return tally.take(0, 0.0, 1.0), answers, found.findings()


@pytest.mark.parametrize("script", SOUND.values(), ids=SOUND.keys())
def test_a_sound_server_is_not_blamed_whatever_its_dress(serve, script) -> None:
    taken, answers, findings = ask(serve(script))
    assert (taken.errors, findings) == ({}, ())
    assert [(answer.status, answer.body) for answer in answers] == [(200, BODY)] * 3


BROKEN = {
    "not gzip": (every(coded(BODY, b"gzip")), failures.MISCODED),
    "gzip cut off": (every(coded(gzip.compress(BODY)[:-4], b"gzip")), failures.MISCODED),
    "a coding that nobody knows": (every(coded(BODY, b"x-secret")), failures.MISCODED),
    "103 and no answer": (every(EARLY, closes=True), failures.CLOSED_UNANSWERED),
    "103 and half a head": (every(EARLY, FINE[:30], closes=True), failures.CLOSED_EARLY),
    "a final status in the hints' dress": (every(FINE.replace(b"200 OK", b"500 No")), "status 500"),
    "not gzip, and 500": (every(coded(BODY, b"gzip").replace(b"200 OK", b"500 No")), "status 500"),
    "http 1.0, cut off": (
        every(b"HTTP/1.0 200 OK\r\n" + JSON + b"Content-Length: 19\r\n\r\n" + BODY[:9], closes=True),
        failures.CLOSED_EARLY,
    ),
    "folded, and no length": (
        every(_ODD["folded"].replace(b"19", b"x") + BODY, closes=True),
        failures.NOT_HTTP,
    ),
    "two lengths in one": (every(FINE.replace(b": 19", b": 19, 20")), failures.NOT_HTTP),
    "two lengths": (every(FINE.replace(JSON, JSON + b"Content-Length: 20\r\n")), failures.NOT_HTTP),
    "folded, cut off in the head": (every(_ODD["folded"][:-2], closes=True), failures.CLOSED_EARLY),
    "folded, cut off": (every(_ODD["folded"] + BODY[:-1], closes=True), failures.CLOSED_EARLY),
    "folded, and no chunk": (every(_CHUNKED.replace(b": ", b":\r\n  "), b"zz\r\n"), failures.NOT_HTTP),
    "a chunk that is none after lines like odd ones": (
        every(_CHUNKED + b"6\r\n\n a : \r\nzz\r\n"),
        failures.NOT_HTTP,
    ),
    "folded, twice": (every((_ODD["folded"] + BODY) * 2), failures.SURPLUS),
    "no HTTP": (every(b"hello\n you\n"), failures.NOT_HTTP),
    "no version": (every(FINE.replace(b"1.1", b"x.1")), failures.NOT_HTTP),
    "a head without bounds": (every(FINE[:17] + LONG * 4 + FINE[17:]), failures.HEAD_TOO_LARGE),
    "a folded head without bounds": (
        every(FINE[:17] + LONG.replace(b", ", b",\r\n ") * 4 + FINE[17:]),
        failures.HEAD_TOO_LARGE,
    ),
    "two answers": (every(FINE + FINE), failures.SURPLUS),
    "two answers, both 500": (every(FINE.replace(b"200 OK", b"500 No") * 2), "status 500"),
}


@pytest.mark.parametrize(("script", "kind"), BROKEN.values(), ids=BROKEN.keys())
def test_its_broken_cousin_is_named_once_for_each_request(serve, script, kind) -> None:
    taken, answers, findings = ask(serve(script))
    assert (taken.errors, findings) == ({"info": {kind: 3}}, ())
    assert taken.figures["info.requests"] == 3
    assert [answer.failure for answer in answers] == [kind] * 3


def test_the_head_that_is_judged_is_the_final_one(serve) -> None:
    _, _, findings = ask(serve(every(EARLY, FINE.replace(b"application/json", b"text/plain"))), times=1)
    (finding,) = findings
    assert "media type text/plain" in finding.detail
    assert finding.exchanges[0].response.header("link") is None


def test_an_odd_head_is_judged_by_all_of_its_fields(serve) -> None:
    """A media type on a line of its own is one; a wrong one is found there, too."""
    folded = FINE.replace(b"application/json", b"\r\n application/json")
    assert ask(serve(every(folded)), times=1)[2] == ()
    (finding,) = ask(serve(every(folded.replace(b"/json", b"/jsonp"))), times=1)[2]
    assert "media type application/jsonp" in finding.detail


def test_long_heads_take_no_more_memory_than_there_may_be(serve) -> None:
    def script(peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n" + LONG)
        peer.stay_silent()

    server = serve(script)
    context = PART.context(Wire(server.url, None), body=b"{}")
    tally = context.tally()
    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits(1.0, 5.0))
    engine.memory.most = len(LONG) // 2

    def journey():
        yield context.templates["info"].call()

    try:
        engine.depart(journey(), tally)
        assert engine.wait_quiet(10)
        assert engine.memory.held == 0
    finally:
        engine.close()
    assert tally.take(0, 0.0, 1.0).errors == {"info": {failures.NO_MEMORY: 1}}


def test_a_surplus_answer_is_never_taken_for_the_next_however_late_it_comes(serve) -> None:
    """The second answer lies there when the next request is about to leave, at once or after a while."""
    second = FINE.replace(b"1.0.0", b"9.9.9")

    def script(peer) -> None:
        while peer.request():
            peer.send(FINE)
            time.sleep(0.002)
            peer.send(second)

    server = serve(script)
    context = PART.context(Wire(server.url, None), body=b"{}")
    tally, answers = context.tally(), []

    def journey():
        for busy in (0.004, 0.01, 0.05, 0.004):
            answer: CallResult = yield context.templates["info"].call()
            answers.append(answer.body)
            # The hub is busy: what comes meanwhile is not read.
            time.sleep(busy)

    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits(1.0, 5.0))
    try:
        engine.depart(journey(), tally)
        assert engine.wait_quiet(10)
    finally:
        engine.close()
    assert answers == [BODY] * 4
    assert server.connections == 4


def test_an_answer_that_comes_too_late_is_not_the_next_one_s(serve) -> None:
    def script(peer) -> None:
        while peer.request():
            if peer.number == 1:
                time.sleep(0.4)
            peer.send(FINE if peer.number > 1 else FINE.replace(b"1.0.0", b"9.9.9"))

    taken, answers, _ = ask(serve(script), limits=EngineLimits(1.0, 0.2))
    assert taken.errors == {"info": {failures.RESPONSE_TIMEOUT: 1}}
    assert [answer.body for answer in answers] == [b"", BODY, BODY]


def test_a_call_is_rejected_once_and_keeps_its_first_name(serve) -> None:
    server = serve(every(FINE, closes=True))
    context = PART.context(Wire(server.url, None), body=b"{}")
    tally = context.tally()

    def journey():
        answer = yield context.templates["info"].call()
        for kind in ("one", "another"):
            answer.reject(kind)
        server.stop()
        answer = yield context.templates["info"].call()
        answer.reject("third")

    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits(1.0, 5.0))
    try:
        engine.depart(journey(), tally)
        assert engine.wait_quiet(10)
    finally:
        engine.close()
    taken = tally.take(0, 0.0, 1.0)
    assert taken.errors == {"info": {"one": 1, failures.REFUSED: 1}}
    assert taken.figures["info.requests"] == 2


def endless(peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        peer.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def test_endless_bodies_take_no_more_memory_than_there_may_be(serve, monkeypatch) -> None:
    monkeypatch.setattr(channel, "LIMITS", PeerLimits(answer=1 << 40, unpacked=1 << 40))
    server = serve(endless)
    context = PART.context(Wire(server.url, None), body=b"{}")
    tally = context.tally()
    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits(1.0, 20.0))
    engine.memory.most = 4 << 20
    most = 0

    def journey():
        nonlocal most
        yield context.templates["info"].call()
        most = max(most, engine.memory.held)

    try:
        for _ in range(8):
            engine.depart(journey(), tally)
        assert engine.wait_quiet(20)
    finally:
        engine.close()
    assert tally.take(0, 0.0, 1.0).errors == {"info": {failures.NO_MEMORY: 8}}
    assert most <= (4 << 20) + answer_reading.AnswerMemory().most // 1000


def test_one_endless_body_is_too_large(serve, monkeypatch) -> None:
    monkeypatch.setattr(channel, "LIMITS", PeerLimits(answer=1 << 20, unpacked=1 << 20))
    assert ask(serve(endless), times=2)[0].errors == {"info": {failures.TOO_LARGE: 2}}


def test_a_small_answer_that_unpacks_to_a_large_one_is_refused(serve, monkeypatch) -> None:
    monkeypatch.setattr(channel, "LIMITS", PeerLimits(answer=1 << 20, unpacked=1 << 20))
    bomb = gzip.compress(b"x" * (4 << 20))
    assert ask(serve(every(coded(bomb, b"gzip"))), times=2)[0].errors == {"info": {failures.MISCODED: 2}}


def test_what_is_unanswered_when_time_is_up_has_failed_and_taken_at_least_so_long(serve) -> None:
    server = serve(lambda peer: peer.stay_silent())
    context = PART.context(Wire(server.url, None), body=b"{}")
    tally = context.tally()

    def asks():
        yield context.templates["info"].call()

    def sleeps():
        yield pause(60)

    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits(1.0, 5.0))
    for journey in (asks(), asks(), sleeps()):
        engine.depart(journey, tally)
    assert not engine.wait_quiet(0.2)
    assert engine.abandon() == 3
    engine.close()
    taken = tally.take(0, 0.0, 1.0)
    assert taken.errors == {"info": {failures.UNANSWERED: 2}}
    assert taken.figures["info.requests"] == 2
    assert min(taken.counts["info.latency"]) > 2048


HEADS = {
    "with a length": FINE.partition(BODY)[0],
    "in chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "with a coding": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 39\r\n\r\n",
    "without a length": b"HTTP/1.1 200 OK\r\n\r\n",
    "without a body": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "after a hint": EARLY + FINE.partition(BODY)[0],
}


def errors_of(server, journey, tally: Tally) -> dict[str, dict[str, int]]:
    """What fails of a journey that is gone through to its end."""
    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits(1.0, 1.0))
    try:
        engine.depart(journey, tally)
        assert engine.wait_quiet(10)
    finally:
        engine.close()
    return tally.take(0, 0.0, 1.0).errors


@pytest.mark.parametrize("answer", HEADS.values(), ids=HEADS.keys())
def test_an_answer_to_head_has_no_body_to_wait_for(serve, answer: bytes) -> None:
    server = serve(every(answer))
    tally, answers = Tally([("look", [200])]), []

    def journey():
        for _ in range(3):
            found = yield WireCall("look", b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
            answers.append(found)

    assert errors_of(server, journey(), tally) == {}
    assert [(each.status, each.body) for each in answers] == [(200, b"")] * 3


def test_head_and_get_share_a_connection(serve) -> None:
    def script(peer) -> None:
        while request := peer.request():
            peer.send(FINE.partition(BODY)[0] if request.startswith(b"HEAD") else FINE)

    server = serve(script)
    tally, bodies = Tally([("look", [200])]), []

    def journey():
        for method in (b"HEAD", b"GET", b"GET", b"HEAD", b"HEAD", b"GET"):
            found = yield WireCall("look", method + b" / HTTP/1.1\r\nHost: h\r\n\r\n")
            bodies.append(found.body)

    assert errors_of(server, journey(), tally) == {}
    assert bodies == [b"", BODY, BODY, b"", b"", BODY]
    assert server.connections == 1
