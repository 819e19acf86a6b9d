"""When an engine wakes, what it does then, and that nothing is counted as it was not."""

import socket
import struct
import time

import pytest
from gevent.event import Event

from flowgauge.load.engine.agenda import Agenda
from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import EngineLimits, Iteration
from flowgauge.load.engine.steps import pause
from flowgauge.load.engine.turns import HOLD
from flowgauge.load.transport.readiness import EpollSet, HubSet
from flowgauge.load.transport.stamps import StampClock
from flowgauge.load.transport.timer import NEVER
from flowgauge.load.transport.wire import Wire

from .conftest import PART, answering

STAMP = struct.Struct("@ll")


def iteration() -> Iteration:
    return Iteration((_ for _ in ()), PART.context(Wire("http://x", None)).tally(), 0.0, None)


def test_arrivals_may_be_taken_a_little_ahead_and_pauses_never() -> None:
    agenda, paused = Agenda(), iteration()
    agenda.follow(iter([1.0, 1.3, 9.0]))
    agenda.pause(paused, 1.2)
    assert agenda.moment() == 1.0
    assert agenda.take(0.5, 0.4) is None
    assert agenda.take(0.9, 0.4) == (1.0, None)
    assert agenda.take(0.9, 0.4) == (1.3, None)
    assert agenda.take(1.1, 0.4) is None
    assert agenda.take(1.2, 0.4) == (1.2, paused)
    assert (agenda.moment(), agenda.has_arrivals) == (9.0, True)
    agenda.stop()
    assert (agenda.moment(), agenda.has_arrivals) == (NEVER, False)


def test_journeys_that_pause_to_the_same_moment_go_on_in_the_order_in_which_they_asked() -> None:
    agenda, first, second = Agenda(), iteration(), iteration()
    agenda.pause(first, 1.0)
    agenda.pause(second, 1.0)
    assert [agenda.take(2.0, 0.0), agenda.take(2.0, 0.0)] == [(1.0, first), (1.0, second)]
    agenda.pause(first, 3.0)
    assert agenda.clear() == {first}
    assert agenda.moment() == NEVER


@pytest.mark.parametrize("make", [EpollSet, HubSet])
def test_a_set_calls_for_what_can_be_read_until_it_is_removed(make) -> None:
    come, called = Event(), []
    ours, theirs = socket.socketpair()

    def readable() -> None:
        called.append(ours.recv(100))
        come.set()

    def look() -> None:
        sockets.look()

    sockets = make(look)
    sockets.add(ours.fileno(), readable)
    theirs.send(b"one")
    assert come.wait(10)
    sockets.remove(ours.fileno())
    theirs.send(b"two")
    time.sleep(0.01)
    assert not sockets.look()
    sockets.close()
    assert called == [b"one"]
    ours.close()
    theirs.close()


def test_a_set_on_hold_wakes_nobody_and_looks_when_it_is_told_to() -> None:
    woken, pairs, read = [], [socket.socketpair() for _ in range(3)], []
    sockets = EpollSet(lambda: woken.append(1))
    for ours, _ in pairs:
        sockets.add(ours.fileno(), lambda ours=ours: read.append(ours.recv(10)))
    assert sockets.hold()
    for _, theirs in pairs:
        theirs.send(b"x")
    Event().wait(0.02)
    assert not woken
    assert sockets.look()
    assert read == [b"x"] * 3
    assert not sockets.look()
    pairs[0][1].send(b"y")
    sockets.listen()
    Event().wait(0.02)
    assert woken
    sockets.close()
    for pair in pairs:
        for sock in pair:
            sock.close()


def test_one_that_closes_another_of_the_same_look_is_no_stumbling_block() -> None:
    pairs, read = [socket.socketpair() for _ in range(2)], []
    sockets = EpollSet(lambda: None)

    def first_of_two() -> None:
        read.append(1)
        for ours, _ in pairs:
            sockets.remove(ours.fileno())

    for ours, theirs in pairs:
        sockets.add(ours.fileno(), first_of_two)
        theirs.send(b"x")
    sockets.look()
    sockets.close()
    assert read == [1]
    for pair in pairs:
        for sock in pair:
            sock.close()


def test_an_answer_came_when_the_kernel_had_it_and_never_out_of_its_place() -> None:
    clock, now = StampClock(), time.monotonic()
    distance = time.time() - now

    def stamped(moment: float) -> bytes:
        of_the_day = moment + distance
        return STAMP.pack(int(of_the_day), int(of_the_day % 1 * 1e9))

    assert clock.moment_of(b"", now - 1, now) == now
    assert clock.moment_of(stamped(now - 0.5), now - 1, now) == pytest.approx(now - 0.5, abs=1e-4)
    # A clock that was set by an hour, either way.
    assert clock.moment_of(stamped(now + 3600), now - 1, now) == now
    assert clock.moment_of(stamped(now - 3600), now - 1, now) == now
    assert clock.moment_of(stamped(now - 1.00001), now - 1, now) == now - 1


@pytest.mark.skipif("sys.platform != 'linux'")
def test_what_holds_the_generator_up_is_not_the_server_s_time(serve) -> None:
    """The answer lies in the kernel for as long as the hub is held up, and for no longer than that."""
    server, answers = serve(answering()), []
    context = PART.context(Wire(server.url, None))
    tally = context.tally()

    def one_call():
        answers.append((yield context.templates["info"].call()))

    def holding_up():
        yield pause(0.0)
        time.sleep(0.4)

    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits())
    try:
        # Over a connection that stands: connecting is waited for in the hub.
        for journeys in ([one_call()], [one_call(), holding_up()]):
            begun = time.monotonic()
            for journey in journeys:
                engine.depart(journey, tally)
            assert engine.wait_quiet(10)
        assert time.monotonic() - begun >= 0.4
    finally:
        engine.close()
    assert answers[1].at - answers[1].sent < 0.3


def test_what_leaves_before_its_time_counts_from_when_it_left(serve) -> None:
    server, answers = serve(answering()), []
    context = PART.context(Wire(server.url, None))
    tally = context.tally()
    engine = Engine([(socket.AF_INET, ("127.0.0.1", server.port))], limits=EngineLimits())

    def journey():
        answers.append((yield context.templates["info"].call()))

    begins = time.monotonic() + 0.05
    # The second is due just after the first, and is taken along.
    dues = [begins, begins + HOLD / 2]
    try:
        engine.follow(iter(dues), lambda _due: (journey(), tally), lambda _due: None)
        while len(answers) < 2:
            Event().wait(0.01)
            engine.wait_quiet(10)
    finally:
        engine.close()
    assert all(answer.due <= answer.sent <= answer.at for answer in answers)
    assert tally.arrivals == 2
    assert sum(tally.lag.values()) == 2
    for answer, due in zip(sorted(answers, key=lambda answer: answer.due), dues, strict=True):
        assert due - HOLD <= answer.due <= due
