"""Whole runs against the embedded server: alone, by workers, stopped, searched, with a server that lies."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import gevent
import msgspec
import pytest
from gevent.event import Event

from flowgauge.client.connection import Connection
from flowgauge.editions import load_part
from flowgauge.errors import (
    ExitCode,
    HarnessError,
    TargetRefused,
    TargetUnreachable,
    UsageError,
    WrongTarget,
)
from flowgauge.load.engine.iteration import Journey
from flowgauge.load.engine.tally import Interval, Tally
from flowgauge.load.journeys.context import JourneyContext
from flowgauge.load.runs.coordinator import Coordinator
from flowgauge.load.runs.outcome import Progress
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.runs.target import LoadTarget, addresses_of, fresh_tokens, opened_target, reached_target
from flowgauge.load.runs.worker_engine import INTERVALS, WorkerEngine
from flowgauge.load.runs.workers import LocalWorker, RemoteWorkers
from flowgauge.reference.server.embedded import Embedded, embedded_server
from flowgauge.results import LoadRun, TargetIdentity, read_load_run

PART = load_part("v0")
MAKERS = {"RunPath": PART.journeys["run_path"], "ReadHeavy": PART.journeys["read_heavy"]}
# A busy machine must not fail a test of something else.
SLOW = "latency.p50 > 1us for 1s"
CALM = {"max_schedule_lag": 60.0}


@pytest.fixture(scope="module")
def server() -> Iterator[Embedded]:
    with embedded_server() as embedded:
        yield embedded


def target_of(embedded: Embedded) -> LoadTarget:
    connection = Connection(embedded.url, token=embedded.token)
    return LoadTarget(connection, TargetIdentity("server", embedded.url), embedded.token)


def alone() -> LocalWorker:
    return LocalWorker(PART, MAKERS)


def settings(**changes: object) -> LoadSettings:
    chosen = {"rate": 80.0, "duration": 0.5, "stages": "noop, delay:20ms", "poll_interval": 0.01} | CALM
    return LoadSettings(**(chosen | changes))  # type: ignore[arg-type]


def conducted(
    target: LoadTarget,
    workers: object,
    folder: Path,
    *,
    scenarios: dict[str, int] | None = None,
    **changes: object,
) -> Coordinator:
    """A run from its start to its end, as the adapter to Locust does it."""
    over = Event()
    progress = Progress(target, PART, settings(**changes), scenarios or {"RunPath": 1})
    fed: list[Interval] = []
    coordinator = Coordinator(progress, workers, run_folder=folder, feed=fed.append, over=over.set)  # type: ignore[arg-type]
    coordinator.start()
    assert over.wait(60), "the run hangs"
    return coordinator


def result_of(coordinator: Coordinator) -> LoadRun:
    assert coordinator.error is None
    assert coordinator.result is not None
    return coordinator.result


def test_a_run_of_its_own_process_accounts_for_every_arrival(server, tmp_path) -> None:
    coordinator = conducted(target_of(server), alone(), tmp_path)
    run = result_of(coordinator)
    assert (run.arrivals_planned, run.arrivals_started) == (40, 40)
    assert run.counters == {"runs.started": 40, "runs.ended": 40, "runs.failed": 0, "runs.censored": 0}
    assert {op.name: op.requests for op in run.operations}["run"] == 40
    assert run.failed == 0
    assert run.checks["verified"] == run.checks["identified"] == 40
    assert run.findings == ()
    assert coordinator.exit_code == ExitCode.PASSED
    # Its seconds stand in the file alone.
    assert replace(read_load_run(tmp_path), slices=()) == replace(run, slices=())
    assert "arrivals 40 of 40 planned" in coordinator.summary()


def test_what_is_warm_up_is_made_but_not_measured(server, tmp_path) -> None:
    run = result_of(conducted(target_of(server), alone(), tmp_path, warm_up=0.25))
    assert (run.arrivals_planned, run.arrivals_started) == (20, 20)
    assert run.counters["runs.started"] == 20
    assert run.checks["acknowledged"] == 40


def test_flows_can_be_made_beforehand_and_scenarios_mixed(server, tmp_path) -> None:
    scenarios = {"RunPath": 1, "ReadHeavy": 3}
    run = result_of(conducted(target_of(server), alone(), tmp_path, scenarios=scenarios, reuse_flows=3))
    names = {op.name for op in run.operations}
    assert "create" not in names
    assert {"run", "poll", "list_runs"} <= names
    assert run.failed == 0
    assert run.findings == ()
    assert run.scenario == "RunPath + ReadHeavy"


def test_a_closed_loop_keeps_so_many_journeys_under_way(server, tmp_path) -> None:
    run = result_of(conducted(target_of(server), alone(), tmp_path, plan="closed 4 for 500ms"))
    assert run.arrivals_started == run.arrivals_planned == run.counters["runs.ended"]
    # Each journey takes at least its stage's 20 ms.
    assert 4 < run.arrivals_started <= 4 * 25 + 4


def test_a_closed_loop_s_first_journeys_are_measured_too(server, tmp_path) -> None:
    stages, plan = "delay:300ms", "closed 3 for 200ms"
    run = result_of(conducted(target_of(server), alone(), tmp_path, plan=plan, stages=stages))
    assert run.arrivals_started == run.counters["runs.ended"] == 3


def test_a_closed_loop_s_warm_up_is_made_but_not_measured(server, tmp_path) -> None:
    run = result_of(conducted(target_of(server), alone(), tmp_path, plan="closed 4 for 600ms", warm_up=0.3))
    assert 4 < run.arrivals_started == run.counters["runs.ended"] < run.checks["acknowledged"]


def test_journeys_that_ask_for_nothing_leave_the_others_their_turn(server, tmp_path) -> None:
    def nothing(context: JourneyContext, tally: Tally) -> Journey:
        yield from ()

    turns: list[float] = []

    def take_turns() -> None:
        while True:
            gevent.sleep(0.01)
            turns.append(time.monotonic())

    other = gevent.spawn(take_turns)
    workers = LocalWorker(PART, {"Nothing": nothing})
    plan = "closed 4 for 1500ms"
    coordinator = conducted(target_of(server), workers, tmp_path, scenarios={"Nothing": 1}, plan=plan)
    other.kill()
    assert coordinator.exit_code == ExitCode.NO_DATA
    assert max(after - before for before, after in pairwise(turns)) < 0.5


def test_a_run_can_be_ended_early(server, tmp_path) -> None:
    progress = Progress(target_of(server), PART, settings(duration=60.0), {"RunPath": 1})
    over, begun = Event(), Event()

    def feed(interval: Interval) -> None:
        if interval.figures.get("arrivals"):
            begun.set()

    coordinator = Coordinator(progress, alone(), run_folder=tmp_path, feed=feed, over=over.set)
    coordinator.start()
    assert begun.wait(30), "nothing arrives"
    coordinator.finish()
    assert over.wait(30), "the run goes on"
    run = result_of(coordinator)
    assert run.interrupted
    assert run.duration < 10
    assert run.arrivals_started > 0
    # The plan is the plan, however much of it was carried out.
    assert run.arrivals_planned == 4800
    assert re.fullmatch(
        rf"the load was stopped after \d\.\d s of 60 s: {run.arrivals_started} of 4800 planned arrivals",
        run.invalid[-1],
    )
    assert run.invalid[-1] in coordinator.summary()
    assert coordinator.exit_code == ExitCode.INVALID


@pytest.mark.parametrize("workers", ["alone", "two"])
def test_a_fault_of_ours_in_the_middle_ends_the_run_with_70(server, tmp_path, workers) -> None:
    def feed(interval: Interval) -> None:
        raise ZeroDivisionError("a fault of ours")

    progress, over = Progress(target_of(server), PART, settings(duration=60.0), {"RunPath": 1}), Event()
    hands = alone() if workers == "alone" else Wires(2).remote
    coordinator = Coordinator(progress, hands, run_folder=tmp_path, feed=feed, over=over.set)
    coordinator.start()
    assert over.wait(30), "the run goes on"
    assert coordinator.result is None
    assert coordinator.exit_code == ExitCode.HARNESS
    assert "a fault of ours" in str(coordinator.error)


def test_a_worker_s_fault_ends_the_run_with_70(server, tmp_path) -> None:
    def broken(_context, _tally):
        raise ZeroDivisionError("a fault of ours")
        yield

    wires = Wires(2)
    for engine in wires.engines.values():
        engine._part = replace(PART, questions=lambda _verification, _most: broken(None, None))
    coordinator = conducted(target_of(server), wires.remote, tmp_path)
    assert coordinator.exit_code == ExitCode.HARNESS
    assert "a worker broke: ZeroDivisionError" in str(coordinator.error)


def test_a_disk_that_fills_up_ends_the_run_at_once(server, tmp_path) -> None:
    taken: list[Interval] = []

    def feed(interval: Interval) -> None:
        taken.append(interval)
        if len(taken) == 2:
            # As good as a full disk: run.json cannot be replaced any more.
            (tmp_path / "run.json").unlink()
            (tmp_path / "run.json").mkdir()

    progress, over = Progress(target_of(server), PART, settings(duration=60.0), {"RunPath": 1}), Event()
    coordinator = Coordinator(progress, alone(), run_folder=tmp_path, feed=feed, over=over.set)
    coordinator.start()
    assert over.wait(30), "the run goes on"
    assert coordinator.exit_code == ExitCode.USAGE
    assert "run.json cannot be written" in str(coordinator.error)


def test_what_was_measured_stands_in_the_folder_while_the_run_goes_on(server, tmp_path) -> None:
    kept: list[LoadRun] = []

    def feed(interval: Interval) -> None:
        if interval.number:
            kept.append(read_load_run(tmp_path))

    progress, over = Progress(target_of(server), PART, settings(duration=2.6), {"RunPath": 1}), Event()
    coordinator = Coordinator(progress, alone(), run_folder=tmp_path, feed=feed, over=over.set)
    coordinator.start()
    assert over.wait(30), "the run goes on"
    whole = read_load_run(tmp_path)
    assert len(kept) >= 2
    for number, run in enumerate(kept, start=1):
        assert run.duration == pytest.approx(number, abs=0.2)
        assert run.interrupted
        assert re.match(r"the load was cut off after \d\.\d s of 2.6 s: \d+ of 208 planned", run.invalid[-1])
        assert run.histograms["create.latency"].count == run.operations[0].requests
        assert {piece.second for piece in run.slices} == set(range(number))
    assert (whole.interrupted, whole.invalid, whole.arrivals_started) == (False, (), 208)
    assert whole.histograms["create.latency"].count == 208


@pytest.mark.parametrize("workers", ["alone", "two"])
def test_what_was_found_stands_there_too(tmp_path, workers) -> None:
    kept: list[LoadRun] = []

    def feed(interval: Interval) -> None:
        if interval.number > 1:
            kept.append(read_load_run(tmp_path))

    with embedded_server(faults=["no-updated-at"]) as faulty:
        asked, over = settings(duration=3.3, check_ratio=1.0), Event()
        hands = alone() if workers == "alone" else Wires(2).remote
        progress = Progress(target_of(faulty), PART, asked, {"RunPath": 1})
        coordinator = Coordinator(progress, hands, run_folder=tmp_path, feed=feed, over=over.set)
        coordinator.start()
        assert over.wait(30), "the run goes on"
    assert {each.id for each in kept[-1].findings} == {"FG-1005"}
    assert kept[-1].checks["validated"] > 0
    assert kept[-1].interrupted


def test_autostop_ends_a_run_and_fails_it(server, tmp_path) -> None:
    coordinator = conducted(target_of(server), alone(), tmp_path, duration=60.0, autostop=SLOW)
    run = result_of(coordinator)
    assert run.stopped_because == "latency.p50 > 1us for 1s"
    assert run.duration < 10
    assert coordinator.exit_code == ExitCode.FAILED


@pytest.mark.long
def test_the_search_for_the_capacity_reports_its_steps(server, tmp_path) -> None:
    # A threshold on the rate itself makes the answer the same on every machine.
    coordinator = conducted(
        target_of(server),
        alone(),
        tmp_path,
        rate=20.0,
        capacity="run.rate < 50/s",
        capacity_step=0.3,
    )
    run = result_of(coordinator)
    held = [step.rate for step in run.capacity_steps if step.held]
    # One failure may be chance; the rate is then tried again.
    failed = {step.rate for step in run.capacity_steps}.difference(held)
    assert held[0] == 20
    assert max(held) < min(failed)
    assert run.plan["rate"] == max(held)
    assert all(step.values["run.rate < 50/s"] for step in run.capacity_steps)


@pytest.mark.long
def test_a_rate_that_piles_journeys_up_fails_its_step_and_ends_no_search(server, tmp_path) -> None:
    coordinator = conducted(
        target_of(server),
        alone(),
        tmp_path,
        rate=40.0,
        stages="delay:400ms",
        max_in_flight=6,
        capacity="run.rate < 1000/s",
        capacity_step=0.8,
        drain_timeout=6.0,
    )
    steps = result_of(coordinator).capacity_steps
    assert not steps[0].held
    assert steps[0].is_valid
    assert any(step.held for step in steps)


class Wires:
    """Carries messages between a master and its workers as Locust would, each in a greenlet of its own."""

    def __init__(self, count: int) -> None:
        self.alive = [f"id{number}" for number in range(count)]
        self.remote = RemoteWorkers(self._to_worker, lambda: list(self.alive))
        self.engines = {name: WorkerEngine(PART, MAKERS, self._from(name)) for name in self.alive}
        self.lost_reports = 0
        # Who dies with its first report.
        self.doomed = ""

    def _to_worker(self, kind: str, data: object, worker: str) -> None:
        if worker in self.alive:
            handler = self.engines[worker].handlers[kind]
            gevent.spawn(handler, msg=SimpleNamespace(data=data, node_id="master"))

    def _from(self, name: str):
        def send(kind: str, data: object) -> None:
            if name not in self.alive:
                return
            if kind == INTERVALS and self.lost_reports:
                self.lost_reports -= 1
                return
            gevent.spawn(self.remote.handlers[kind], msg=SimpleNamespace(data=data, node_id=name))
            if kind == INTERVALS and name == self.doomed:
                self.alive.remove(name)

        return send

    def reliable(self, name: str):
        """Messages that arrive, whoever is thought to be alive: as over TCP."""

        def send(kind: str, data: object) -> None:
            gevent.spawn(self.remote.handlers[kind], msg=SimpleNamespace(data=data, node_id=name))

        return send


def test_two_workers_carry_the_plan_out_together(server, tmp_path) -> None:
    run = result_of(conducted(target_of(server), Wires(2).remote, tmp_path, rate=82.0))
    assert (run.arrivals_planned, run.arrivals_started, run.counters["runs.ended"]) == (41, 41, 41)
    assert [(w.name, w.arrivals_started) for w in run.workers] == [("worker 0", 21), ("worker 1", 20)]
    assert run.histograms["run.latency"].count == 41
    assert run.invalid == ()


def test_reports_that_are_lost_are_made_up_for_by_the_next(server, tmp_path) -> None:
    wires = Wires(2)
    wires.lost_reports = 3
    run = result_of(conducted(target_of(server), wires.remote, tmp_path, rate=40.0, duration=2.2))
    assert run.arrivals_started == run.arrivals_planned == 88
    assert run.invalid == ()


def test_a_worker_that_dies_is_named_and_the_others_go_on(server, tmp_path) -> None:
    wires = Wires(2)
    wires.doomed = "id0"
    run = result_of(conducted(target_of(server), wires.remote, tmp_path, rate=40.0, duration=2.2))
    assert run.arrivals_planned == 88
    assert 44 < run.arrivals_started < 88
    assert run.invalid[-1].startswith("worker 0 died: ")
    # The process lives on in this test; its engine ends with its own plan.
    wires.engines["id0"].finish()


def test_a_worker_that_comes_back_has_lost_nothing(server, tmp_path, caplog) -> None:
    """As when the network between it and its master is cut for a while: what it sent arrives in the end."""
    wires, kept = Wires(2), []
    send, back = wires.remote.handlers[INTERVALS], []

    def cut(msg: SimpleNamespace) -> None:
        # The worker's first report is its last for a second; then all that was under way comes.
        if msg.node_id != "id0" or back:
            send(msg=msg)
            return
        kept.append(msg)
        if len(kept) == 1:
            wires.alive.remove("id0")
            gevent.spawn_later(0.8, heal)

    def heal() -> None:
        back.append(True)
        wires.alive.append("id0")
        for msg in kept:
            send(msg=msg)

    wires.remote.handlers[INTERVALS] = cut
    for name in ("id0", "id1"):
        wires.engines[name] = WorkerEngine(PART, MAKERS, wires.reliable(name))
    run = result_of(conducted(target_of(server), wires.remote, tmp_path, rate=40.0, duration=3.2))
    assert "worker 0 died" in caplog.text
    assert "worker 0 is heard from again" in caplog.text
    assert run.arrivals_started == run.arrivals_planned == 128
    assert run.invalid == ()
    assert [worker.lost for worker in run.workers] == [False, False]


def test_a_worker_that_is_ended_in_the_middle_says_so(server) -> None:
    sent: list[str] = []
    worker = WorkerEngine(PART, MAKERS, lambda kind, _data: sent.append(kind))
    progress = Progress(target_of(server), PART, settings(duration=60.0), {"RunPath": 1})
    order = SimpleNamespace(data=msgspec.json.encode(progress.assignment()))
    worker.handlers["flowgauge-prepare"](msg=order)
    running = gevent.spawn(worker.handlers["flowgauge-go"], msg=SimpleNamespace(data=0.0))
    gevent.sleep(0.3)
    assert worker.finish() is ExitCode.INVALID
    running.join()
    assert sent[-1] == "flowgauge-report"
    assert worker.finish() is ExitCode.PASSED


def test_a_stop_reaches_every_worker(server, tmp_path) -> None:
    wires = Wires(2)
    run = result_of(conducted(target_of(server), wires.remote, tmp_path, duration=60.0, autostop=SLOW))
    assert run.duration < 10
    assert run.interrupted


def test_a_stop_before_everybody_is_ready_ends_the_run_at_once(server, tmp_path) -> None:
    wires = Wires(2)
    # One that never gets ready, as if it had died just now.
    wires.engines["id0"].handlers["flowgauge-prepare"] = lambda **_: None
    progress, over = Progress(target_of(server), PART, settings(duration=60.0), {"RunPath": 1}), Event()
    coordinator = Coordinator(progress, wires.remote, run_folder=tmp_path, feed=lambda _: None, over=over.set)
    coordinator.start()
    gevent.sleep(0.2)
    coordinator.finish()
    assert over.wait(5), "the run goes on"
    run = result_of(coordinator)
    assert (run.interrupted, run.requests, run.arrivals_planned) == (True, 0, 4800)
    assert coordinator.exit_code == ExitCode.INVALID
    # Who was ready is ready for the next one.
    wires.engines["id0"] = WorkerEngine(PART, MAKERS, wires._from("id0"))
    assert result_of(conducted(target_of(server), wires.remote, tmp_path)).arrivals_started == 40


def test_without_workers_there_is_no_run(server, tmp_path) -> None:
    coordinator = conducted(target_of(server), Wires(0).remote, tmp_path)
    assert isinstance(coordinator.error, HarnessError)
    assert coordinator.exit_code == ExitCode.HARNESS


def test_a_worker_that_cannot_prepare_says_why(server, tmp_path) -> None:
    refused = LoadTarget(Connection(server.url), TargetIdentity("server", server.url), "wrong token")
    coordinator = conducted(refused, Wires(2).remote, tmp_path, reuse_flows=1)
    assert coordinator.error is not None
    assert "things to be reused could be created" in coordinator.error.message


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("one-status-too-many", "FG-1004"),
        ("finished-stage-unfinishes", "FG-1003"),
        ("no-updated-at", "FG-1005"),
    ],
)
def test_a_server_that_lies_under_load_is_found_out(tmp_path, fault: str, finding: str) -> None:
    with embedded_server(faults=[fault]) as faulty:
        coordinator = conducted(target_of(faulty), alone(), tmp_path, check_ratio=1.0)
    assert finding in {each.id for each in result_of(coordinator).findings}
    assert coordinator.exit_code == ExitCode.FAILED
    assert faulty.token not in (tmp_path / "run.json").read_text()


def test_a_question_at_the_end_that_breaks_is_a_defect(server, tmp_path) -> None:
    def broken() -> Journey:
        raise ZeroDivisionError("ours")
        yield

    part = replace(PART, questions=lambda _verification, _most: iter([broken()]))
    coordinator = conducted(target_of(server), LocalWorker(part, MAKERS), tmp_path)
    assert coordinator.exit_code == ExitCode.HARNESS
    assert "a question at the end broke: ZeroDivisionError('ours')" in str(coordinator.error)


def test_a_server_that_dies_under_load_is_data_not_a_crash(tmp_path) -> None:
    with embedded_server() as dying:
        target = target_of(dying)
    coordinator = conducted(target, alone(), tmp_path)
    run = result_of(coordinator)
    assert run.operations[0].errors == {"connection refused": 40}
    assert run.examples[0][0] == "connection refused"
    assert coordinator.exit_code == ExitCode.NO_DATA
    assert "(nearly) nothing succeeded: 40 of 40 requests failed" in coordinator.summary()


def test_a_server_that_dies_before_it_is_asked_has_lost_nothing_that_anybody_knows(tmp_path) -> None:
    with embedded_server() as dying:

        def feed(interval: Interval) -> None:
            # The last second: what comes after it is the questions.
            if interval.number == 1:
                os.kill(dying.pid, signal.SIGKILL)

        progress, over = Progress(target_of(dying), PART, settings(duration=2.0), {"RunPath": 1}), Event()
        coordinator = Coordinator(progress, alone(), run_folder=tmp_path, feed=feed, over=over.set)
        coordinator.start()
        assert over.wait(60), "the run hangs"
    run = result_of(coordinator)
    assert run.counters["runs.started"] > 50
    assert run.findings == ()
    assert run.checks["verified"] == 0
    assert run.checks["unreadable"] > 50
    assert "could not be asked about at the end, 0 could" in coordinator.summary()


def test_an_unresolvable_name_is_an_unreachable_target() -> None:
    with pytest.raises(TargetUnreachable, match="cannot be resolved"):
        addresses_of("http://no-such-host.invalid")


def test_a_target_is_asked_once_before_it_is_loaded(server) -> None:
    assert reached_target(Connection(server.url, token=server.token), PART.edition).bearer == server.token
    with pytest.raises(TargetRefused, match="answers 401: the token is not accepted"):
        reached_target(Connection(server.url, token="wrong"), PART.edition)
    with pytest.raises(TargetUnreachable, match="cannot be reached"):
        reached_target(Connection("http://127.0.0.1:9"), PART.edition)


NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n<!DOCTYPE html><html>"


@pytest.mark.parametrize(
    ("answer", "said"), [(NOT_FOUND, "is answered with 404$"), (PAGE, "with 200, a page of HTML$")]
)
def test_what_is_not_the_api_gets_no_load(serve, answer, said) -> None:
    asked: list[bytes] = []

    def script(peer) -> None:
        while request := peer.request():
            asked.append(request.split(b" ")[1])
            peer.send(answer)

    with pytest.raises(WrongTarget) as caught:
        reached_target(Connection(serve(script).url), PART.edition)
    assert re.search(said, str(caught.value).splitlines()[0])
    assert asked == [b"/api/orchestration/_info", b"/api/orchestration/flows"]


def test_a_server_whose_greeting_is_not_there_is_the_api_all_the_same(serve) -> None:
    def script(peer) -> None:
        while request := peer.request():
            peer.send(NOT_FOUND if b"_info" in request else NOT_FOUND.replace(b"404 Not Found", b"500 Oops"))

    assert reached_target(Connection(serve(script).url), PART.edition)


def test_a_base_url_that_redirects_is_named_with_where_to(serve) -> None:
    def script(peer) -> None:
        asked.append(peer.request())
        peer.send(
            b"HTTP/1.1 301 Moved\r\nLocation: https://api.test/\xe2\x80\xae\r\nContent-Length: 0\r\n\r\n"
        )

    asked: list[bytes] = []
    with pytest.raises(
        WrongTarget, match=r"redirects to https://api\.test/â<U\+0080>® \(status 301\)"
    ) as caught:
        reached_target(Connection(serve(script).url), PART.edition)
    assert caught.value.exit_code == ExitCode.UNREACHABLE
    assert len(asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
    ],
)
def test_whatever_else_is_answered_is_for_the_suites_to_judge(serve, answer: bytes) -> None:
    def script(peer) -> None:
        peer.request()
        peer.send(answer)

    server = serve(script)
    assert reached_target(Connection(server.url), PART.edition).connection.url == server.url


def test_what_is_not_http_is_an_unreachable_target(serve) -> None:
    def script(peer) -> None:
        peer.request()
        peer.send(b"SSH-2.0-OpenSSH_9.2p1\r\n")

    with pytest.raises(TargetUnreachable, match="answer is not HTTP"):
        reached_target(Connection(serve(script).url), PART.edition)


def test_a_proxy_in_the_environment_changes_nothing(server, monkeypatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert reached_target(Connection(server.url, token=server.token), PART.edition)


KEY = "X-Gateway-Key: s3cret-of-the-gateway"


@pytest.mark.parametrize(
    ("given", "environment"), [([KEY], {}), ([], {"FLOWGAUGE_HEADER_1": KEY})], ids=["flag", "environment"]
)
def test_headers_of_one_s_own_go_with_every_request_and_stand_nowhere(
    serve, tmp_path, given, environment
) -> None:
    requests: list[bytes] = []

    def script(peer) -> None:
        while request := peer.request():
            requests.append(request)
            echo = request if len(requests) > 1 else b"{}"
            peer.send(b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n%b" % (len(echo), echo))

    flags = {"url": serve(script).url, "token": "t"}
    with opened_target(PART.edition, environment, flags, headers=given) as target:
        result_of(conducted(target, Wires(2).remote, tmp_path, rate=20.0, duration=0.4))
    assert len(requests) == 9
    assert all(b"\r\nX-Gateway-Key: s3cret-of-the-gateway\r\n" in request for request in requests)
    written = (tmp_path / "run.json").read_text()
    assert "s3cret" not in written
    assert "${FLOWGAUGE_HEADER_1#*: }" in written


@pytest.mark.parametrize("text", ["no colon", "Host: other", "X: a\r\nY: b", "X:"])
def test_headers_that_are_none_or_ours_are_refused_before_anything_is_sent(text: str) -> None:
    flags = {"url": "http://127.0.0.1:9"}
    with pytest.raises(UsageError, match="header"), opened_target(PART.edition, {}, flags, headers=[text]):
        pass


def test_without_a_url_an_embedded_server_is_started_and_ends_with_the_block() -> None:
    with opened_target(PART.edition, {}, {"url": None}) as target:
        assert str(target.identity).startswith("embedded server at http://127.0.0.1:")
        assert reached_target(target.connection, PART.edition).bearer == target.bearer
    with pytest.raises(TargetUnreachable):
        reached_target(target.connection, PART.edition)


def test_faults_cannot_be_switched_on_in_a_server_of_others(server) -> None:
    with pytest.raises(UsageError), opened_target(PART.edition, {}, {"url": server.url}, faults=["info-500"]):
        pass


def test_client_credentials_buy_a_new_token_before_the_old_one_ends() -> None:
    used: list[str] = []
    with embedded_server(extra=["--token-lifetime", "2"]) as short_lived:
        connection = Connection(
            short_lived.url, client_id=short_lived.client_id, client_secret=short_lived.client_secret
        )
        renewed = Event()

        def use(token: str) -> None:
            used.append(token)
            if len(used) == 2:
                renewed.set()

        with fresh_tokens(connection, use):
            assert renewed.wait(10)
    assert used[0] != used[1]


def test_a_static_token_is_left_alone() -> None:
    with fresh_tokens(Connection("http://127.0.0.1:9", token="t"), lambda _: pytest.fail("bought")):
        pass


def searched(
    embedded: Embedded,
    folder: Path,
    feed: Callable[[Coordinator, Interval], None] = lambda *_: None,
    **changes: object,
) -> Coordinator:
    """A run from its start to its end, of which each second is looked at."""
    progress, over = Progress(target_of(embedded), PART, settings(**changes), {"RunPath": 1}), Event()
    coordinator = Coordinator(
        progress,
        alone(),
        run_folder=folder,
        feed=lambda interval: feed(coordinator, interval),
        over=over.set,
    )
    coordinator.start()
    assert over.wait(60), "the search goes on"
    return coordinator


def test_a_search_that_is_stopped_keeps_its_steps_and_is_no_result_for_a_gate(server, tmp_path) -> None:
    def feed(search: Coordinator, _: Interval) -> None:
        if search.progress.settings.rate > 40:
            gevent.spawn(search.finish)

    found = {"rate": 20.0, "capacity": "run.rate < 1000000/s", "capacity_step": 0.5}
    coordinator = searched(server, tmp_path, feed, **found)
    run = read_load_run(tmp_path)
    # So short a step is over before it is stopped.
    assert [step.rate for step in run.capacity_steps] == [20, 40, 80]
    assert run.invalid[-1] == "the search was stopped after its step 3"
    assert coordinator.exit_code == ExitCode.INVALID
    assert "capacity at least 80/s: the search was ended at 80/s" in coordinator.summary()


def test_a_search_that_is_stopped_in_its_first_step_keeps_what_was_measured(server, tmp_path) -> None:
    def feed(search: Coordinator, _: Interval) -> None:
        gevent.spawn(search.finish)

    coordinator = searched(
        server, tmp_path, feed, capacity="run.rate < 50/s", capacity_step=30.0, warm_up=0.1
    )
    run = read_load_run(tmp_path)
    assert re.fullmatch(r"the search was stopped in its step 1, 1\.\d s after it began 80/s", run.invalid[-1])
    assert run.requests > 0
    assert run.histograms["run.latency"].count == result_of(coordinator).histograms["run.latency"].count > 0
    assert [(step.rate, step.is_valid) for step in run.capacity_steps] == [(80, False)]
    assert coordinator.exit_code == ExitCode.INVALID


def test_a_search_in_which_no_rate_holds_has_no_result(server, tmp_path) -> None:
    coordinator = searched(server, tmp_path, rate=1.5, capacity="run.rate < 0.1/s", capacity_step=1.0)
    assert not any(step.held for step in read_load_run(tmp_path).capacity_steps)
    assert "capacity not found: no rate held, down to 0.75/s" in coordinator.summary()
    # Nor has a gate that would judge the first step's run.
    assert read_load_run(tmp_path).invalid[-1].startswith("no rate held")
    assert coordinator.exit_code == ExitCode.NO_DATA


def test_autostop_in_a_search_ends_it_and_says_why(server, tmp_path) -> None:
    autostop = "requests.rate > 70/s for 1s"
    coordinator = searched(
        server, tmp_path, rate=10.0, capacity="run.rate < 1000/s", capacity_step=1.2, autostop=autostop
    )
    run = read_load_run(tmp_path)
    assert len(run.capacity_steps) > 1
    assert run.stopped_because == autostop
    assert f"STOPPED  {autostop}" in coordinator.summary()
    assert coordinator.exit_code == ExitCode.FAILED


def test_a_search_s_folder_holds_at_any_moment_what_it_has_found(server, tmp_path) -> None:
    """In each second: what the steps gave that ended, the best one's run, and how the last one stands."""
    kept: list[tuple[int, LoadRun]] = []

    def feed(coordinator: Coordinator, _: Interval) -> None:
        search = coordinator._search
        assert search is not None
        if (tmp_path / "run.json").exists():
            kept.append((len(search.steps), read_load_run(tmp_path)))
        if len(search.steps) == 2:
            gevent.spawn(coordinator.finish)

    step = {"rate": 20.0, "capacity": "run.rate < 50/s", "capacity_step": 2.3, "warm_up": 0.1}
    whole = result_of(searched(server, tmp_path, feed, **step))
    assert {ended for ended, _ in kept} == {0, 1, 2}
    for ended, run in kept:
        assert run.capacity_steps[:ended] == whole.capacity_steps[:ended]
        assert run.interrupted
        assert run.histograms["run.latency"].count == run.operations[1].requests > 0
    going = [run for ended, run in kept if ended == 1 and len(run.capacity_steps) == 2]
    assert [run.capacity_steps[1].duration for run in going] == pytest.approx([1, 2], abs=0.2)
    assert all(run.capacity_steps[1].values["run.rate < 50/s"] for run in going)
    where = r"the search was cut off in its step 2, 2\.\d s after it began 40/s"
    assert re.fullmatch(where, going[1].invalid[-1])
    assert replace(read_load_run(tmp_path), slices=()) == replace(whole, slices=())
    # The first rate's run is the best that ended; its seconds stand in the file with those of no other.
    assert {piece.second for piece in whole.slices} == {0, 1, 2}


def test_a_pause_is_written_as_it_goes_on(server, tmp_path) -> None:
    seen: list[float] = []

    def feed(_: Coordinator, interval: Interval) -> None:
        if interval.number:
            seen.append(read_load_run(tmp_path).duration)

    plan = "20/s for 1s, pause 3s"
    searched(server, tmp_path, feed, plan=plan, duration=None)
    assert seen[:3] == pytest.approx([1, 2, 3], abs=0.3)


def test_a_random_plan_is_counted_before_it_starts_and_once(server, tmp_path) -> None:
    counted: list[object] = []

    class Watching(LocalWorker):
        def carry_out(self, progress, taken, stop) -> None:
            counted.append(progress._measured)
            super().carry_out(progress, taken, stop)
            counted.append(progress._measured)

    run = result_of(
        conducted(target_of(server), Watching(PART, MAKERS), tmp_path, plan="poisson 40/s for 1s")
    )
    assert counted[0] is counted[1] is not None
    assert run.arrivals_started == run.arrivals_planned == len(counted[0])
