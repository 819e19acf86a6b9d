"""The open loop: what is due begins, whatever the server does."""

import socket
import threading
import time
from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event

from flowgauge.editions import load_part
from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import CallResult, EngineLimits
from flowgauge.load.engine.steps import pause, until
from flowgauge.load.journeys.sampling import sample_gaps
from flowgauge.load.transport import failures
from flowgauge.load.transport.channel import Channel
from flowgauge.load.transport.timer import NEVER, HubTimer, TimerFd, absolute_timer
from flowgauge.load.transport.wire import Wire, WireCall
from flowgauge.results.measures import SCHEDULE_LAG

PART = load_part("v0")
BODY = b'{"version":"1.0.0"}'
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n" + BODY


def fine(peer) -> None:
    while peer.request():
        peer.send(FINE)


def silent(peer) -> None:
    peer.stay_silent()


class Bench:
    """An engine with a context and a tally, closed with the test."""

    def __init__(self, port: int, **limits: float) -> None:
        self.context = PART.context(Wire(f"http://127.0.0.1:{port}", None), body=b"{}")
        self.tally = self.context.tally()
        chosen = {"connect_timeout": 1.0, "response_timeout": 5.0, "in_flight": 1000} | limits
        self.crashes: list[BaseException] = []
        self.engine = Engine(
            [(socket.AF_INET, ("127.0.0.1", port))],
            limits=EngineLimits(**chosen),
            on_crash=self.crashes.append,
        )
        self.dropped: list[float] = []

    def one_call(self):
        yield self.context.templates["info"].call()

    def follow(self, *dues: float) -> float:
        start = time.monotonic() + 0.01
        launch = lambda _due: (self.one_call(), self.tally)  # noqa: E731
        self.engine.follow((start + due for due in dues), launch, self.dropped.append)
        return start

    def settled(self) -> bool:
        """Wait until every arrival of the plan has begun and ended."""
        latest = time.monotonic() + 10
        while self.engine.has_departures and time.monotonic() < latest:
            gevent.sleep(0.01)
        return self.engine.wait_quiet(10)

    def taken(self):
        return self.tally.take(0, 0.0, 1.0)


@pytest.fixture
def bench(serve) -> Iterator:
    benches: list[Bench] = []

    def make(script=fine, **limits: float) -> Bench:
        benches.append(Bench(serve(script).port, **limits))
        return benches[-1]

    yield make
    for each in benches:
        each.engine.close()


def test_arrivals_do_not_wait_for_answers(bench) -> None:
    made = bench(silent, response_timeout=0.5)
    made.follow(*(number / 1000 for number in range(100)))
    assert made.settled()
    taken = made.taken()
    assert taken.figures["arrivals"] == 100
    assert taken.errors == {"info": {failures.RESPONSE_TIMEOUT: 100}}


def test_latency_counts_from_the_moment_a_request_was_due(bench) -> None:
    made = bench(fine)
    late = time.monotonic() - 0.5
    made.engine.follow(iter([late]), lambda _due: (made.one_call(), made.tally), made.dropped.append)
    assert made.settled()
    taken = made.taken()
    (latency,), (service,), (lag,) = (
        taken.counts[name] for name in ("info.latency", "info.service", SCHEDULE_LAG)
    )
    assert latency > 2048 + 7000
    assert lag > 2048 + 7000
    assert service < latency


def test_the_cap_on_journeys_under_way_drops_and_counts(bench) -> None:
    made = bench(silent, response_timeout=0.3, in_flight=5)
    start = made.follow(*(0.0,) * 20)
    assert made.settled()
    assert made.taken().figures["arrivals"] == 5
    assert made.dropped == [start] * 15


def test_journeys_wake_in_the_order_of_their_moments(bench) -> None:
    made = bench()
    woken: list[int] = []

    def sleeper(number: int, moment: float):
        yield until(moment)
        woken.append(number)

    start = time.monotonic() + 0.02
    for number, delay in enumerate((0.03, 0.0, 0.02, 0.0, 0.01)):
        made.engine.depart(sleeper(number, start + delay), made.tally)
    assert made.engine.wait_quiet(10)
    assert woken == [1, 3, 4, 2, 0]
    assert time.monotonic() >= start + 0.03


def test_a_waking_sets_when_the_next_request_was_due(bench) -> None:
    made = bench()
    answers: list[CallResult] = []
    moment = time.monotonic() + 0.02

    def journey():
        yield until(moment)
        answers.append((yield made.context.templates["info"].call()))
        answers.append((yield made.context.templates["info"].call()))

    made.engine.depart(journey(), made.tally)
    assert made.engine.wait_quiet(10)
    first, second = answers
    assert first.due == moment <= first.sent <= first.at
    assert first.at <= second.due <= second.sent <= second.at


def test_a_journey_that_yields_on_its_way_out_is_abandoned_all_the_same(bench) -> None:
    made = bench(silent)
    ways_out: list[str] = []

    def cleans_up():
        try:
            yield from made.one_call()
        finally:
            ways_out.append("began")
            yield from made.one_call()
            ways_out.append("went on")

    made.engine.depart(cleans_up(), made.tally)
    assert not made.engine.wait_quiet(0.1)
    assert made.engine.abandon() == 1
    assert ways_out == ["began"]
    assert made.taken().errors == {"info": {failures.UNANSWERED: 1}}


class Broken:
    """An observer that breaks at the second answer."""

    def __init__(self) -> None:
        self.gaps = iter([2, -1])

    def saw(self, *_: object) -> None:
        raise ValueError("cannot look")


def test_what_breaks_while_answers_are_read_is_told_and_ends_the_plan(serve, capsys) -> None:
    """The hub would print it and never call the engine again: a run of one arrival, and all is well."""
    made = Bench(serve(fine).port)
    made.engine.close()
    made.engine = Engine(
        [(socket.AF_INET, made.engine.connections.addresses.in_order()[0][1])],
        limits=EngineLimits(1.0, 5.0),
        observer=Broken(),
        on_crash=made.crashes.append,
    )
    try:
        made.follow(*(number / 50 for number in range(50)))
        latest = time.monotonic() + 5
        while not made.crashes and time.monotonic() < latest:
            gevent.sleep(0.01)
        assert [str(crash) for crash in made.crashes] == ["cannot look"]
        assert not made.engine.has_departures
    finally:
        made.engine.close()
    assert "ValueError: cannot look" in capsys.readouterr().err


def test_what_is_abandoned_is_closed_and_leaves_nothing(bench) -> None:
    made = bench(silent)
    closed: list[str] = []

    def journey(step):
        try:
            yield step
        except GeneratorExit:
            closed.append("closed")
            raise

    made.engine.depart(journey(made.context.templates["info"].call()), made.tally)
    made.engine.depart(journey(pause(60)), made.tally)
    assert not made.engine.wait_quiet(0.05)
    assert made.engine.abandon() == 2
    assert closed == ["closed", "closed"]
    assert not len(made.engine.connections)
    assert made.engine.wait_quiet(0)


def test_stopped_departures_begin_no_more(bench) -> None:
    made = bench()
    begun = Event()

    def launch(_due: float):
        begun.set()
        return made.one_call(), made.tally

    now = time.monotonic()
    made.engine.follow(iter([now, now + 60.0]), launch, made.dropped.append)
    assert begun.wait(10)
    assert made.engine.has_departures
    made.engine.stop_departures()
    assert not made.engine.has_departures
    assert made.engine.wait_quiet(10)
    assert made.taken().figures["arrivals"] == 1


def test_a_journey_that_breaks_is_told_and_takes_no_other_with_it(bench, capsys) -> None:
    made = bench()

    def broken():
        yield made.context.templates["info"].call()
        raise ZeroDivisionError("a fault of ours")

    def broken_at_once():
        raise KeyError("another fault of ours")
        yield

    for journey in (broken(), broken_at_once(), made.one_call(), broken_at_once(), made.one_call()):
        made.engine.depart(journey, made.tally)
    assert made.engine.wait_quiet(10)
    assert sorted(type(crash).__name__ for crash in made.crashes) == [
        "KeyError",
        "KeyError",
        "ZeroDivisionError",
    ]
    assert made.taken().figures["info.requests"] == 3
    said = capsys.readouterr().err
    assert "a fault of ours" in said
    assert "another fault of ours" in said


def test_a_call_of_no_operation_breaks_its_journey_alone(bench) -> None:
    made = bench()

    def stranger():
        yield WireCall("mine", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    def late_stranger():
        yield made.context.templates["info"].call()
        yield WireCall("mine", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    for journey in (made.one_call(), stranger(), late_stranger(), made.one_call()):
        made.engine.depart(journey, made.tally)
    assert made.engine.wait_quiet(10)
    assert [str(crash).splitlines()[0] for crash in made.crashes] == ["there is no call 'mine'"] * 2
    assert made.taken().figures["info.requests"] == 3


@pytest.mark.parametrize("launch", [lambda: 1 / 0, lambda: None], ids=["raises", "makes nothing"])
def test_a_journey_that_cannot_be_made_is_told_and_ends_the_plan(bench, capsys, launch) -> None:
    made = bench()
    made.engine.follow(iter([0.0, 0.0]), lambda _due: (launch(), made.tally), lambda _due: None)
    while not made.crashes:
        gevent.sleep(0.01)
    assert not made.engine.has_departures
    assert made.engine.wait_quiet(10)
    assert len(made.crashes) == 1
    assert "Error" in capsys.readouterr().err


def test_answers_that_lie_ready_are_read_before_anything_is_sent(serve) -> None:
    """Otherwise an answer's moment would include the sending of all the requests before it."""
    seen: list[str] = []

    class Told(Channel):
        def _readable(self) -> None:
            seen.append("read")
            super()._readable()

        def ask(self, pending, request, now) -> None:
            seen.append("sent")
            super().ask(pending, request, now)

    held_up = threading.Event()

    def answers_the_first_and_then_waits(peer) -> None:
        peer.request()
        peer.send(FINE)
        while peer.request():
            held_up.wait(10)
            peer.send(FINE)

    server = serve(answers_the_first_and_then_waits)
    context = PART.context(Wire(f"http://127.0.0.1:{server.port}", None), body=b"{}")
    tally = context.tally()
    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits(), channel=Told)
    moment = time.monotonic() + 0.5

    def journey():
        yield context.templates["info"].call()
        yield until(moment)
        yield context.templates["info"].call()
        yield context.templates["info"].call()

    def holding_up():
        # The hub, once the others have asked, so that all their answers lie ready in its next round.
        yield until(moment + 0.1)
        seen.clear()
        held_up.set()
        time.sleep(0.5)

    try:
        for _ in range(3):
            engine.depart(journey(), tally)
        engine.depart(holding_up(), tally)
        assert engine.wait_quiet(10)
    finally:
        engine.close()
    assert seen == [*["read"] * 3, *["sent"] * 3, *["read"] * 3]


def test_a_request_that_waits_for_its_turn_finds_another_connection_where_its_own_was_closed(bench) -> None:
    made = bench()
    closed: list[int] = []

    def journey():
        yield made.context.templates["info"].call()
        # Between the answer and the sending of what follows it.
        made.engine.connections.close_all()
        closed.append(len(made.engine.connections))
        answer = yield made.context.templates["info"].call()
        assert answer.status == 200

    made.engine.depart(journey(), made.tally)
    assert made.engine.wait_quiet(10)
    assert closed == [0]
    taken = made.taken()
    assert taken.figures["info.requests"] == 2
    assert not taken.errors


class Onlooker:
    def __init__(self, ratio: float = 0.0) -> None:
        self.gaps = sample_gaps(ratio)
        self.seen: list[tuple[int, bytes, bytes]] = []
        self.broken: list[tuple[str, int]] = []

    def saw(self, iteration, head, status, body, at) -> None:
        self.seen.append((status, head, body))

    def failed(self, kind, iteration, head, status, at) -> None:
        self.broken.append((kind, status))


def test_the_observer_sees_about_as_many_answers_as_were_asked_for(serve) -> None:
    server, observer = serve(fine), Onlooker(0.1)
    context = PART.context(Wire(server.url, None), body=b"{}")
    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits(), observer=observer)

    def journey():
        for _ in range(1000):
            yield context.templates["info"].call()

    engine.depart(journey(), context.tally())
    assert engine.wait_quiet(20)
    engine.close()
    assert 60 <= len(observer.seen) <= 150
    assert set(observer.seen) == {(200, FINE, BODY)}


def test_the_observer_sees_every_failure(serve) -> None:
    def script(peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
        peer.request()

    server, observer = serve(script), Onlooker()
    context = PART.context(Wire(server.url, None), body=b"{}")
    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits(), observer=observer)

    def journey():
        for _ in range(2):
            yield context.templates["create"].call(body=b"{}")

    engine.depart(journey(), context.tally())
    assert engine.wait_quiet(10)
    engine.close()
    assert observer.broken == [("status 500", 500), (failures.STALE, 0)]
    assert observer.seen == []


@pytest.mark.parametrize("make", [absolute_timer, TimerFd, HubTimer])
def test_a_timer_calls_at_its_moment_and_can_be_set_anew(make) -> None:
    called: list[float] = []
    twice = Event()

    def callback() -> None:
        called.append(time.monotonic())
        timer.at(NEVER if len(called) > 1 else time.monotonic() - 1.0)
        if len(called) > 1:
            twice.set()

    timer = make(callback)
    timer.at(time.monotonic() + 60)
    moment = time.monotonic() + 0.03
    timer.at(moment)
    assert twice.wait(10)
    timer.close()
    assert len(called) == 2
    # libev's timers are exact to a millisecond.
    assert all(when >= moment - 0.002 for when in called)


def test_a_timer_that_was_set_to_never_does_not_call() -> None:
    called: list[float] = []
    timer = absolute_timer(lambda: called.append(0.0))
    timer.at(time.monotonic() + 0.01)
    timer.at(NEVER)
    done = Event()
    later = absolute_timer(done.set)
    later.at(time.monotonic() + 0.05)
    assert done.wait(10)
    timer.close()
    later.close()
    assert called == []
