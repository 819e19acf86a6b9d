"""Master and workers on their own: what they tell each other, and what becomes of the late, slow and lost."""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import gevent
import msgspec
import pytest
from gevent.event import Event

from flowgauge.client.connection import Connection
from flowgauge.editions import load_part
from flowgauge.errors import HarnessError, TargetUnreachable
from flowgauge.load.engine.tally import Interval
from flowgauge.load.runs import workers as workers_module
from flowgauge.load.runs.clocks import ClockDistance
from flowgauge.load.runs.outcome import EngineReport, Progress
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.runs.target import LoadTarget
from flowgauge.load.runs.worker_engine import (
    BROKEN,
    CLOCK,
    GO,
    HALT,
    INTERVALS,
    PREPARE,
    PREPARING,
    READY,
    REPORT,
    WorkerEngine,
)
from flowgauge.load.runs.workers import LocalWorker, RemoteWorkers
from flowgauge.reference.server.embedded import Embedded, embedded_server
from flowgauge.results import TargetIdentity

PART = load_part("v0")
MAKERS = {"RunPath": PART.journeys["run_path"]}
AT = b"2026-01-01T00:00:00Z"
MADE = b'{"data": {"id": "f", "config": {"stages": []}, "createdAt": "%b", "updatedAt": "%b"}}' % (AT, AT)


@pytest.fixture(scope="module")
def server() -> Iterator[Embedded]:
    with embedded_server() as embedded:
        yield embedded


def progress_at(url: str, **changes: object) -> Progress:
    chosen = {"rate": 40.0, "duration": 0.5, "stages": "noop", "max_schedule_lag": 60.0} | changes
    target = LoadTarget(Connection(url, token="t"), TargetIdentity("server", url), "t")
    return Progress(target, PART, LoadSettings(**chosen), {"RunPath": 1})  # type: ignore[arg-type]


def progress_of(server: Embedded, **changes: object) -> Progress:
    progress = progress_at(server.url, **changes)
    connection = Connection(server.url, token=server.token)
    progress.target = LoadTarget(connection, TargetIdentity("server", server.url), server.token)
    return progress


def message(data: object = None, sender: str = "master") -> SimpleNamespace:
    return SimpleNamespace(data=data, node_id=sender)


class Master:
    """A master whose workers are played by the test: `sent` is what it told whom."""

    def __init__(self, *workers: str) -> None:
        self.alive = [*workers]
        self.sent: list[tuple[str, object, str]] = []
        self.answers: dict[str, Callable[[str, object], None]] = {}
        self.remote = RemoteWorkers(self._send, lambda: list(self.alive))
        self.stop = Event()
        self.taken: list[tuple[str, Interval]] = []

    def _send(self, kind: str, data: object, worker: str) -> None:
        self.sent.append((kind, data, worker))
        if kind in self.answers:
            gevent.spawn(self.answers[kind], worker, data)

    def hear(self, kind: str, worker: str, data: object = None) -> None:
        self.remote.handlers[kind](msg=message(data, worker))

    def told(self, kind: str) -> list[str]:
        return [worker for told, _, worker in self.sent if told == kind]

    def carry_out(self, progress: Progress) -> "gevent.Greenlet":
        return gevent.spawn(self.remote.carry_out, progress, lambda *pair: self.taken.append(pair), self.stop)

    def ready(self, worker: str, _data: object) -> None:
        self.hear(READY, worker)

    def report(self, worker: str, _data: object) -> None:
        self.hear(REPORT, worker, msgspec.json.encode(EngineReport(elapsed=0.5)))


def until(holds: Callable[[], object], within: float = 20.0) -> None:
    latest = time.monotonic() + within
    while not holds():
        assert time.monotonic() < latest, "it never holds"
        gevent.sleep(0.01)


def clock_of(master: Master, ahead: dict[str, tuple[float, float]]) -> Callable[[str, object], None]:
    """Workers whose monotonic and wall clocks are so many seconds ahead."""

    def answer(worker: str, asked: object) -> None:
        monotonic, wall = ahead[worker]
        master.hear(CLOCK, worker, [asked, time.monotonic() + monotonic, time.time() + wall])

    return answer


# Clocks


def test_the_quickest_answer_says_how_far_a_clock_is() -> None:
    distance = ClockDistance()
    distance.learn(asked=10.0, heard=14.0, wall=1000.0, told=(515.0, 999.0))
    assert (distance.monotonic, distance.wall) == (503.0, 1.0)
    distance.learn(asked=20.0, heard=20.2, wall=1006.2, told=(520.1, 1005.1))
    distance.learn(asked=30.0, heard=39.0, wall=1025.0, told=(599.0, 1099.0))
    assert distance.monotonic == pytest.approx(500.0)
    assert distance.wall == pytest.approx(-1.0)
    assert distance.round_trip == pytest.approx(0.2)
    assert (distance.is_known, distance.is_far) == (True, False)


def test_all_begin_at_one_moment_each_by_its_own_clock(server, caplog) -> None:
    master = Master("id0", "id1")
    ahead = {"id0": (5000.0, -3600.0), "id1": (-70.0, 0.1)}
    master.answers = {PREPARE: master.ready, CLOCK: clock_of(master, ahead), GO: master.report}
    progress = progress_of(server)
    master.carry_out(progress).get(timeout=20)
    moments = {worker: data for kind, data, worker in master.sent if kind == GO}
    begun = [moments[worker] - ahead[worker][0] for worker in ("id0", "id1")]
    assert begun[0] == pytest.approx(begun[1], abs=0.05)
    # By the master's clock it was half a second ahead of the order.
    assert begun[0] == pytest.approx(time.monotonic(), abs=2.0)
    assert "the clock of worker 0's host is 3,600 s behind ours" in caplog.text
    assert "worker 1's host" not in caplog.text


def test_a_worker_begins_by_its_own_clock_whatever_its_host_takes_for_the_time(server) -> None:
    sent: list[tuple[str, object]] = []
    worker = WorkerEngine(
        PART,
        MAKERS,
        lambda kind, data: sent.append((kind, data)),
        monotonic=lambda: time.monotonic() + 500.0,
        wall=lambda: time.time() - 3600.0,
    )
    order = msgspec.json.encode(progress_of(server).assignment())
    worker.handlers[PREPARE](msg=message(order))
    worker.handlers[CLOCK](msg=message(7.0))
    kind, data = sent[-1]
    assert isinstance(data, list)
    asked, monotonic, wall = data
    assert (kind, asked) == (CLOCK, 7.0)
    assert monotonic == pytest.approx(time.monotonic() + 500.0, abs=1.0)
    assert wall == pytest.approx(time.time() - 3600.0, abs=1.0)
    begun = time.monotonic()
    worker.handlers[GO](msg=message(begun + 500.3))
    assert sent[-1][0] == REPORT
    assert 0.8 <= time.monotonic() - begun < 10.0


def test_a_worker_that_is_not_ready_does_not_tell_its_clock() -> None:
    sent: list[str] = []
    worker = WorkerEngine(PART, MAKERS, lambda kind, _data: sent.append(kind))
    worker.handlers[CLOCK](msg=message(7.0))
    assert sent == []


# Getting ready


def slow_to_make(pause: float, under_way: list[int], most: list[int]):
    """A server that takes its time for each thing."""

    def script(peer) -> None:
        while peer.request():
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            peer.stopped.wait(pause)
            under_way[0] -= 1
            peer.send(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%b" % (len(MADE), MADE))

    return script


def test_things_to_be_reused_are_made_side_by_side_but_not_all_at_once(serve) -> None:
    under_way, most = [0], [0]
    url = serve(slow_to_make(0.2, under_way, most)).url
    run = LocalWorker(PART, MAKERS)
    progress = progress_at(url, reuse_flows=40, duration=0.2, response_timeout=1.0, drain_timeout=0.1)
    begun = time.monotonic()
    run.carry_out(progress, lambda *_: None, Event())
    # One by one they would take eight seconds by themselves.
    assert time.monotonic() - begun < 7.0
    assert 2 < most[0] <= 20


def test_a_stop_breaks_the_making_off(serve) -> None:
    server = serve(lambda peer: (peer.request(), peer.stay_silent()))
    stop = Event()
    progress = progress_at(server.url, reuse_flows=1000, duration=60.0)
    going = gevent.spawn(LocalWorker(PART, MAKERS).carry_out, progress, lambda *_: None, stop)
    until(lambda: server.connections)
    begun = time.monotonic()
    stop.set()
    going.get(timeout=8)
    assert time.monotonic() - begun < 3.0
    assert progress.halted


def test_a_server_too_slow_to_make_things_is_said_to_be(serve) -> None:
    server = serve(lambda peer: (peer.request(), peer.stay_silent()))
    progress = progress_at(server.url, reuse_flows=1000, response_timeout=0.3)
    with pytest.raises(TargetUnreachable, match=r"only 0 of 1000 .*: create, response timeout") as caught:
        LocalWorker(PART, MAKERS).carry_out(progress, lambda *_: None, Event())
    assert "--response-timeout" in (caught.value.hint or "")
    # Where one cannot be made, no other is begun.
    assert server.connections <= 20


def test_workers_that_tell_of_what_they_make_are_waited_for(server, monkeypatch) -> None:
    monkeypatch.setattr(workers_module, "READY_WITHIN", 0.3)
    master = Master("id0")
    master.answers = {CLOCK: clock_of(master, {"id0": (0.0, 0.0)}), GO: master.report}
    going = master.carry_out(progress_of(server, connect_timeout=0.1, response_timeout=0.1))
    for made in range(12):
        gevent.sleep(0.1)
        master.hear(PREPARING, "id0", made)
    assert not going.dead
    master.hear(READY, "id0")
    going.get(timeout=10)
    assert master.told(GO) == ["id0"]


def test_a_worker_that_says_nothing_is_named(server, monkeypatch) -> None:
    monkeypatch.setattr(workers_module, "READY_WITHIN", 0.1)
    master = Master("id0", "id1")
    master.answers = {
        PREPARE: lambda worker, _: master.hear(READY, worker) if worker == "id0" else None,
        CLOCK: clock_of(master, {"id0": (0.0, 0.0)}),
    }
    going = master.carry_out(progress_of(server, connect_timeout=0.1, response_timeout=0.1))
    with pytest.raises(HarnessError, match=r"not a word for 0\.3 s from worker 1"):
        going.get(timeout=10)
    assert master.told(HALT) == ["id0", "id1"]


def test_workers_gone_because_all_were_told_to_stop_are_no_defect(server) -> None:
    master = Master("id0", "id1")
    progress = progress_of(server)
    going = master.carry_out(progress)
    until(lambda: master.told(PREPARE))
    master.alive.clear()
    gevent.sleep(0.1)
    master.stop.set()
    going.get(timeout=10)
    assert progress.halted


def test_one_that_cannot_get_ready_has_the_others_told_to_halt(server) -> None:
    master = Master("id0", "id1")
    master.answers = {PREPARE: lambda worker, _: master.hear(BROKEN, worker, [4, "the server is gone"])}
    with pytest.raises(TargetUnreachable, match="the server is gone"):
        master.carry_out(progress_of(server)).get(timeout=10)
    assert master.told(HALT) == ["id0", "id1"]


# Stopping


def test_a_stop_is_told_to_lost_workers_too(server) -> None:
    master = Master("id0", "id1")
    clocks = clock_of(master, {"id0": (0.0, 0.0), "id1": (0.0, 0.0)})
    master.answers = {PREPARE: master.ready, CLOCK: clocks}
    progress = progress_of(server, duration=60.0)
    going = master.carry_out(progress)
    until(lambda: len(master.told(GO)) == 2)
    master.alive.remove("id0")
    until(lambda: progress.lost)
    master.stop.set()
    until(lambda: master.told(HALT))
    assert master.told(HALT) == ["id0", "id1"]
    master.report("id1", None)
    going.get(timeout=10)
    # Its network heals after the end, and it loads on.
    master.hear(INTERVALS, "id0", msgspec.json.encode(([], EngineReport())))
    assert master.told(HALT) == ["id0", "id1", "id0"]
    assert master.taken == []


def test_what_comes_from_the_run_before_is_not_taken_for_this_one_s(server) -> None:
    master = Master("id0")
    master.answers = {CLOCK: clock_of(master, {"id0": (0.0, 0.0)})}
    progress = progress_of(server)
    going = master.carry_out(progress)
    until(lambda: master.told(PREPARE))
    late = Interval(number=3, start=3.0, length=1.0)
    master.hear(INTERVALS, "id0", msgspec.json.encode(([late], EngineReport())))
    master.report("id0", None)
    master.hear(CLOCK, "id0", [0.0, 0.0, 0.0])
    assert (master.taken, progress.reports, progress.so_far) == ([], {}, {})
    master.answers[GO] = master.report
    master.hear(READY, "id0")
    going.get(timeout=10)
    assert list(progress.reports) == ["worker 0"]


def test_an_old_run_that_still_goes_on_ends_before_the_next_and_clears_nothing_of_it(server) -> None:
    sent: list[str] = []
    worker = WorkerEngine(PART, MAKERS, lambda kind, _data: sent.append(kind))
    long = msgspec.json.encode(progress_of(server, duration=60.0).assignment())
    short = msgspec.json.encode(progress_of(server, duration=0.3).assignment())
    worker.handlers[PREPARE](msg=message(long))
    old = gevent.spawn(worker.handlers[GO], msg=message(0.0))
    until(lambda: INTERVALS in sent)
    gevent.spawn(worker.handlers[PREPARE], msg=message(long))
    gevent.sleep(0)
    # The last one counts, where the master has changed its mind meanwhile.
    worker.handlers[PREPARE](msg=message(short))
    assert old.dead
    assert REPORT not in sent
    assert sent.count(READY) == 2
    worker.handlers[GO](msg=message(0.0))
    assert sent[-1] == REPORT
    assert BROKEN not in sent
