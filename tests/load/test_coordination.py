"""Whole runs against the embedded server: alone, by workers, stopped, searched, with a server that lies."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import gevent
import pytest
from gevent.event import Event

from flowgauge.client.connection import Connection
from flowgauge.editions import load_part
from flowgauge.errors import ExitCode, HarnessError, NoDataError, TargetRefused, TargetUnreachable, UsageError
from flowgauge.load.engine.tally import Interval
from flowgauge.load.runs.coordinator import Coordinator
from flowgauge.load.runs.outcome import Progress
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.runs.target import LoadTarget, addresses_of, fresh_tokens, opened_target, reached_target
from flowgauge.load.runs.workers import INTERVALS, LocalWorker, RemoteWorkers, WorkerEngine
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
    assert read_load_run(tmp_path) == run
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
    assert run.arrivals_started == run.arrivals_planned
    assert coordinator.exit_code == ExitCode.PASSED


def test_autostop_ends_a_run_and_fails_it(server, tmp_path) -> None:
    coordinator = conducted(target_of(server), alone(), tmp_path, duration=60.0, autostop=SLOW)
    run = result_of(coordinator)
    assert run.stopped_because == "latency.p50 > 1us for 1s"
    assert run.duration < 10
    assert coordinator.exit_code == ExitCode.FAILED


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


def test_a_stop_reaches_every_worker(server, tmp_path) -> None:
    wires = Wires(2)
    run = result_of(conducted(target_of(server), wires.remote, tmp_path, duration=60.0, autostop=SLOW))
    assert run.duration < 10
    assert run.interrupted


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


def test_a_server_that_dies_under_load_is_data_not_a_crash(tmp_path) -> None:
    with embedded_server() as dying:
        target = target_of(dying)
    coordinator = conducted(target, alone(), tmp_path)
    run = result_of(coordinator)
    assert run.operations[0].errors == {"connection refused": 40}
    assert run.examples[0][0] == "connection refused"
    assert coordinator.exit_code == ExitCode.PASSED


def test_an_unresolvable_name_is_an_unreachable_target() -> None:
    with pytest.raises(TargetUnreachable, match="cannot be resolved"):
        addresses_of("http://no-such-host.invalid")


def test_a_target_is_asked_once_before_it_is_loaded(server) -> None:
    assert reached_target(Connection(server.url, token=server.token), PART.edition).bearer == server.token
    with pytest.raises(TargetRefused, match="answers 401: the token is not accepted"):
        reached_target(Connection(server.url, token="wrong"), PART.edition)
    with pytest.raises(TargetUnreachable, match="cannot be reached"):
        reached_target(Connection("http://127.0.0.1:9"), PART.edition)


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


def test_a_search_that_is_stopped_at_once_has_no_data(server, tmp_path) -> None:
    asked = settings(capacity="run.rate < 50/s", capacity_step=30.0)
    progress, begun = Progress(target_of(server), PART, asked, {"RunPath": 1}), Event()
    coordinator = Coordinator(
        progress, alone(), run_folder=tmp_path, feed=lambda _: begun.set(), over=lambda: None
    )
    coordinator.start()
    assert begun.wait(30), "nothing is measured"
    coordinator.finish()
    assert isinstance(coordinator.error, NoDataError)
    assert coordinator.exit_code == ExitCode.NO_DATA
