"""A name that stands for several addresses, some of them dead."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from flowgauge.editions import load_part
from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import CallResult, EngineLimits
from flowgauge.load.transport import failures
from flowgauge.load.transport.dialing import Address, Addresses, find_alive
from flowgauge.load.transport.wire import Wire

PART = load_part("v0")
FINE = b'HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{"version":"1.0.0"}'


def at(port: int) -> Address:
    return socket.AF_INET, ("127.0.0.1", port)


def nobody() -> Address:
    """An address that refuses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return at(listener.getsockname()[1])


@contextmanager
def swallowing() -> Iterator[Address]:
    """An address that swallows packets: its backlog is full, so that no connection is answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        try:
            yield at(listener.getsockname()[1])
        finally:
            for filler in fillers:
                filler.close()


NO_SUCH_FAMILY: Address = (socket.AF_INET6, ("2001:db8::1", 80, 0, 0))


def fine(peer) -> None:
    while peer.request():
        peer.send(FINE)


def closing(peer) -> None:
    """One answer on each connection: every request opens its own."""
    peer.request()
    peer.send(FINE.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"))


@pytest.fixture
def engine() -> Iterator[Callable[..., Engine]]:
    made: list[Engine] = []

    def make(*addresses: Address, connect_timeout: float = 2.0) -> Engine:
        made.append(Engine(list(addresses), limits=EngineLimits(connect_timeout, 5.0)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def asked(engine: Engine, requests: int, *, at_a_time: int = 1):
    """The counts of so many requests, and the answers."""
    context = PART.context(Wire("http://host", None), body=b"{}")
    tally = context.tally()
    answers: list[CallResult] = []

    def journey(times: int):
        for _ in range(times):
            answer = yield context.templates["info"].call()
            answers.append(answer)

    for _ in range(at_a_time):
        engine.depart(journey(requests // at_a_time), tally)
    assert engine.wait_quiet(20)
    return tally.take(0, 0.0, 1.0), answers


@pytest.mark.parametrize("script", [fine, closing])
def test_an_address_that_refuses_costs_no_request(serve, engine, script) -> None:
    taken, answers = asked(engine(nobody(), nobody(), at(serve(script).port)), 40, at_a_time=8)
    assert (taken.errors, taken.figures["info.requests"]) == ({}, 40)
    assert {answer.status for answer in answers} == {200}


def test_an_address_that_swallows_packets_delays_the_first_alone(serve, engine) -> None:
    with swallowing() as dead:
        made = engine(dead, at(serve(closing).port))
        taken, answers = asked(made, 5)
    assert taken.errors == {}
    took = [answer.at - answer.due for answer in answers]
    assert 0.2 < took[0] < 1.0
    assert max(took[1:]) < 0.2, took


def test_who_is_there_is_found_out_before_the_first_request(serve, engine) -> None:
    with swallowing() as dead:
        made = engine(dead, at(serve(closing).port))
        find_alive(made.connections.addresses, 2.0)
        _, answers = asked(made, 3)
    assert max(answer.at - answer.due for answer in answers) < 0.2


def test_a_family_without_a_route_costs_no_request(serve, engine) -> None:
    taken, _ = asked(engine(NO_SUCH_FAMILY, at(serve(fine).port)), 3)
    assert taken.errors == {}


def test_where_nobody_is_there_each_request_fails_once(engine) -> None:
    taken, answers = asked(engine(nobody(), nobody()), 3)
    assert taken.errors == {"info": {failures.REFUSED: 3}}
    assert taken.figures["info.requests"] == len(answers) == 3


def test_where_all_swallow_packets_the_timeout_is_that_of_one_connection(engine) -> None:
    with swallowing() as first, swallowing() as second:
        began = time.monotonic()
        taken, _ = asked(engine(first, second, connect_timeout=0.6), 1)
    assert taken.errors == {"info": {failures.CONNECT_TIMEOUT: 1}}
    assert time.monotonic() - began < 2.0


def test_a_server_that_moves_to_another_of_its_addresses_is_followed(serve, engine) -> None:
    first, second = serve(closing), serve(closing)
    made = engine(at(first.port), at(second.port))
    assert asked(made, 2)[0].errors == {}
    first.stop()
    assert asked(made, 3)[0].errors == {}
    assert (first.connections, second.connections) == (2, 3)


def test_families_take_turns() -> None:
    six = [(socket.AF_INET6, (f"2001:db8::{n}", 80, 0, 0)) for n in range(3)]
    four = [at(1), at(2)]
    assert Addresses([*six, *four]).in_order() == [six[0], four[0], six[1], four[1], six[2]]


def test_who_let_us_connect_is_tried_first() -> None:
    addresses = Addresses([at(1), at(2), at(3)])
    addresses.prefer(addresses.in_order()[2])
    assert addresses.in_order() == [at(3), at(1), at(2)]
