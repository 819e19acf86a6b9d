"""What a journey may do, and the sentence for whatever else it does."""

import math
import socket
import time

import pytest
from gevent.event import Event

from flowgauge.client.connection import Connection
from flowgauge.editions import load_part
from flowgauge.errors import ExitCode, UsageError
from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import CallResult, EngineLimits
from flowgauge.load.engine.steps import Pause, Until, moment_of, pause, until
from flowgauge.load.runs.coordinator import Coordinator
from flowgauge.load.runs.outcome import Progress
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.runs.target import LoadTarget
from flowgauge.load.runs.workers import LocalWorker
from flowgauge.load.transport.wire import Wire
from flowgauge.results import TargetIdentity, read_load_run

PART = load_part("v0")
FINE = b'HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{"version":"1.0.0"}'


def fine(peer) -> None:
    while peer.request():
        peer.send(FINE)


def walked(server, journey) -> tuple[list[BaseException], float]:
    """What the journey broke with, and how many seconds it took."""
    context, crashes = PART.context(Wire(server.url, None), body=b"{}"), []
    address = socket.AF_INET, ("127.0.0.1", server.port)
    engine = Engine([address], limits=EngineLimits(1.0, 5.0), on_crash=crashes.append)
    began = time.monotonic()
    try:
        engine.depart(journey(context), context.tally())
        assert engine.wait_quiet(10)
    finally:
        engine.close()
    return crashes, time.monotonic() - began


def test_a_pause_is_thought_and_no_latency(serve) -> None:
    answers: list[CallResult] = []

    def journey(context):
        first = yield context.call("info")
        yield pause(0.2)
        second = yield context.call("info")
        answers.extend([first, second])

    crashes, took = walked(serve(fine), journey)
    assert crashes == []
    assert 0.2 <= took < 1.0
    first, second = answers
    assert second.due == pytest.approx(first.at + 0.2, abs=0.05)
    assert second.at - second.due < 0.1


@pytest.mark.parametrize(
    "step",
    [pause(0), until(0.0), until(time.monotonic() - 50)],
    ids=["a pause", "the epoch", "a second ago"],
)
def test_what_lies_in_the_past_is_now_and_nobody_s_lateness(serve, step) -> None:
    answers: list[CallResult] = []

    def journey(context):
        yield step
        answers.append((yield context.call("info")))

    began = time.monotonic()
    assert walked(serve(fine), journey)[0] == []
    assert answers[0].due >= began


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: pause(-0.1), "from 0 to a day"),
        (lambda: pause(math.nan), "from 0 to a day"),
        (lambda: pause(math.inf), "from 0 to a day"),
        (lambda: pause(90_000), "from 0 to a day"),
        (lambda: pause("1s"), "from 0 to a day"),
        (lambda: pause(True), "from 0 to a day"),
        (lambda: until(math.nan), "a moment is a number"),
        (lambda: until(None), "a moment is a number"),
        (lambda: until(time.time() + 1), "more than a day away"),
    ],
)
def test_no_time_is_refused(make, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()


MISUSED = {
    "a number": (lambda context: 0.05, "a journey yielded 0.05", "yield pause(SECONDS)"),
    "nothing": (lambda context: None, "a journey yielded None", "calls, pause"),
    "another journey": (
        lambda context: (step for step in ()),
        "a journey yielded <generator object",
        "write yield from",
    ),
    "text": (lambda context: "GET /", "a journey yielded 'GET /'", "calls, pause"),
    "a list": (lambda context: [context.call("info")] * 99, "a journey yielded [", "calls, pause"),
}


@pytest.mark.parametrize(("step", "message", "hint"), MISUSED.values(), ids=MISUSED.keys())
def test_whatever_else_is_yielded_is_refused(serve, step, message: str, hint: str) -> None:
    def journey(context):
        yield context.call("info")
        yield step(context)
        pytest.fail("it went on")

    [crash] = walked(serve(fine), journey)[0]
    assert isinstance(crash, UsageError)
    assert crash.message.startswith(message)
    assert len(crash.message) < 100
    assert hint in (crash.hint or "")


def test_calls_that_do_not_exist_are_refused_with_those_that_do(serve) -> None:
    context = PART.context(Wire("http://host", None))
    with pytest.raises(UsageError, match="there is no call 'nope'") as caught:
        context.call("nope")
    assert "create, run" in (caught.value.hint or "")
    for ids in ((), ("f",), ("f", "r", "x")):
        with pytest.raises(UsageError, match=f"takes 2 ids, not {len(ids)}"):
            context.call("poll", *ids)


@pytest.mark.parametrize(
    "name", ["", "My Count", "a,b", "Tag=x", "a\n", "1st", "a..b", ".a", "schedule_lag", 7]
)
def test_names_that_no_gate_could_ask_for_are_refused(name) -> None:
    tally = PART.context(Wire("http://host", None)).tally()
    with pytest.raises(UsageError, match="is no name for a duration"):
        tally.took(name, 0.1)
    with pytest.raises(UsageError, match="is no name for a counter"):
        tally.counters[name] += 1
    with pytest.raises(UsageError, match="is no name for a distribution"):
        tally.distributions[name][1] += 1


def conducted(server, tmp_path, journey) -> Coordinator:
    target = LoadTarget(Connection(server.url), TargetIdentity("server", server.url), None)
    asked = LoadSettings(rate=20.0, duration=0.5, stages="noop", max_schedule_lag=60.0)
    over = Event()
    coordinator = Coordinator(
        Progress(target, PART, asked, {"Mine": 1}),
        LocalWorker(PART, {"Mine": journey}),
        run_folder=tmp_path,
        feed=lambda _: None,
        over=over.set,
    )
    coordinator.start()
    assert over.wait(30), "the run hangs"
    return coordinator


def test_one_s_own_counters_and_durations_stand_in_the_run(serve, tmp_path) -> None:
    def mine(context, tally):
        answer = yield context.call("info")
        tally.counters["carts.begun"] += 1
        tally.counters["carts.paid"] += answer.failure is None
        tally.took("checkout", answer.at - answer.due)
        tally.distributions["items_per_cart"][3] += 1

    conducted(serve(fine), tmp_path, mine)
    run = read_load_run(tmp_path)
    assert run.counters["carts.begun"] == run.counters["carts.paid"] == 10
    assert run.histograms["checkout"].count == 10
    assert run.distributions["items_per_cart"] == {"3": 10}


@pytest.mark.parametrize(
    ("journey", "message"),
    [
        (lambda context, tally: None, "Mine: its journey gave None instead of steps"),
        (lambda context, tally: [context.call("info")], "instead of steps"),
    ],
)
def test_what_is_no_journey_is_refused_before_anything_is_sent(serve, tmp_path, journey, message) -> None:
    requests: list[bytes] = []
    coordinator = conducted(serve(lambda peer: requests.append(peer.request())), tmp_path, journey)
    assert coordinator.exit_code == ExitCode.USAGE
    assert message in str(coordinator.error)
    assert requests == []


def test_a_misused_journey_ends_the_run_with_its_sentence(serve, tmp_path, capfd) -> None:
    def mine(context, tally):
        yield 0.5

    coordinator = conducted(serve(fine), tmp_path, mine)
    assert coordinator.exit_code == ExitCode.USAGE
    assert "a journey yielded 0.5" in str(coordinator.error)
    assert "yield pause(SECONDS)" in str(coordinator.error)
    # Said once, by whoever asked for the run, and without our source around it.
    assert "Traceback" not in capfd.readouterr().err


def test_a_journey_that_breaks_is_a_defect(serve, tmp_path) -> None:
    def mine(context, tally):
        yield context.call("info")
        raise ZeroDivisionError("mine")

    coordinator = conducted(serve(fine), tmp_path, mine)
    assert coordinator.exit_code == ExitCode.HARNESS
    assert "a journey broke: ZeroDivisionError('mine')" in str(coordinator.error)


def test_steps_read_as_they_are_written() -> None:
    assert (pause(2), until(0.5)) == (Pause(2), Until(0.5))
    assert moment_of(pause(2), 10.0) == 12.0
    assert moment_of(Until(11.0), 10.0) == 11.0


@pytest.mark.parametrize("query", ["a=b c", "a=\r\nX: y", "a=\u00e4"])
def test_a_query_that_cannot_stand_in_a_request_is_refused(query: str) -> None:
    context = PART.context(Wire("http://host", None))
    assert b"?a=b%20c HTTP/1.1" in context.call("info", query="a=b%20c").wire
    with pytest.raises(UsageError, match="is not encoded"):
        context.call("info", query=query)
