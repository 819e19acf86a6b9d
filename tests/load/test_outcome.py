"""From what engines report to the run that the later stages read, and to the exit code."""

from dataclasses import replace

import pytest

from flowgauge.client.connection import Connection
from flowgauge.editions import load_part
from flowgauge.errors import ExitCode
from flowgauge.load.engine.buckets import bucket_of
from flowgauge.load.engine.tally import Interval
from flowgauge.load.journeys.findings import LOST, CountedFindings, exchange_of
from flowgauge.load.locust_adapter.shown import rows_of
from flowgauge.load.runs.outcome import EngineReport, Progress, exit_code_of, load_run_of
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.runs.summary import summary_of
from flowgauge.load.runs.target import LoadTarget
from flowgauge.load.transport.wire import Template, Wire
from flowgauge.results import CapacityStep, TargetIdentity, read_load_run, write_load_run
from flowgauge.results.measures import SCHEDULE_LAG

PART = load_part("v0")
TARGET = LoadTarget(Connection("http://host"), TargetIdentity("server", "http://host"), "secret")


def second(number: int, *, lag: float = 0.0001, dropped: int = 0) -> Interval:
    """A second with 10 arrivals, each a run with one poll, one of them failed."""
    return Interval(
        number,
        float(number),
        1.0,
        {
            "run.latency": {bucket_of(2000): 9},
            "run.service": {bucket_of(1000): 9},
            "run.failed": {bucket_of(500): 1},
            "run_to_terminal": {bucket_of(50_000): 9},
            SCHEDULE_LAG: {bucket_of(round(lag * 1e6)): 10},
        },
        {
            "arrivals": 10,
            "run.requests": 10,
            "run.bytes_in": 700,
        }
        | ({"dropped": dropped} if dropped else {}),
        {"run": {"status 500": 1}},
        {"runs.started": 9, "runs.ended": 8, "runs.failed": 1},
        {"polls_per_run": {1: 8, 12: 1}},
    )


def progress(*sources: str, seconds: int = 3, **changes: object) -> Progress:
    made = Progress(TARGET, PART, LoadSettings(**({"rate": 10, "duration": 3} | changes)), {"RunPath": 1})
    made.sources = sources
    for source in sources:
        for number in range(seconds):
            made.intervals.take(source, second(number))
        made.reports[source] = EngineReport(elapsed=3.0, checks={"validated": 2, "verified": 5})
    return made


def test_everything_that_was_counted_stands_in_the_run(tmp_path) -> None:
    run = load_run_of(progress("local"))
    assert (run.arrivals_planned, run.arrivals_started, run.arrivals_dropped) == (30, 30, 0)
    assert run.counters == {
        "runs.started": 27,
        "runs.ended": 24,
        "runs.failed": 3,
        "runs.censored": 3,
    }
    assert run.distributions == {"polls_per_run": {"1": 24, "12": 3}}
    assert run.bytes_received == {"run": 2100}
    (op,) = run.operations
    assert (op.name, op.operation, op.requests, op.errors) == ("run", "runWorkflow", 30, {"status 500": 3})
    assert run.histograms["run.latency"].count == 27
    assert run.histograms["run.latency"].percentile(50) == pytest.approx(0.002, rel=0.001)
    assert run.plan["text"] == "10/s"
    assert run.invalid == ()
    assert {"flowgauge", "locust", "gevent"} <= set(run.versions)
    write_load_run(tmp_path, run)
    read = read_load_run(tmp_path)
    assert read == run
    assert "secret" not in (tmp_path / "run.json").read_text()


def test_workers_add_up_exactly() -> None:
    one, two = load_run_of(progress("local")), load_run_of(progress("worker 0", "worker 1"))
    assert two.requests == 2 * one.requests
    assert two.arrivals_started == 2 * one.arrivals_started
    assert two.checks == {"validated": 4, "verified": 10}
    assert [worker.arrivals_started for worker in two.workers] == [30, 30]
    for name, histogram in one.histograms.items():
        assert list(two.histograms[name].buckets()) == [(value, 2 * n) for value, n in histogram.buckets()]


def test_a_worker_that_died_takes_its_part_of_the_plan_with_it() -> None:
    made = progress("worker 0", "worker 1")
    made.intervals = type(made.intervals)()
    for number in range(3):
        made.intervals.take("worker 0", replace(second(number), figures={"arrivals": 5}))
    made.intervals.take("worker 1", replace(second(0), figures={"arrivals": 5}))
    made.reports = {"worker 0": EngineReport(elapsed=3.0)}
    made.lost = {"worker 1": 1}
    run = load_run_of(made)
    assert (run.arrivals_planned, run.arrivals_started) == (30, 20)
    assert run.invalid == ("worker 1 died: 33% of the plan was lost with it",)
    assert [(worker.name, worker.arrivals_planned, worker.lost) for worker in run.workers] == [
        ("worker 0", 15, False),
        ("worker 1", 15, True),
    ]


def test_shares_of_a_random_plan_are_exact_and_counted_once() -> None:
    made = progress("worker 0", "worker 1", "worker 2", plan="poisson 50/s for 3s", warm_up=0.5)
    dues = [list(made.settings.arrival_plan().arrivals(index=index, of=3)) for index in range(3)]
    expected = [sum(due >= 0.5 for due in each) for each in dues]
    assert [made.planned(name) for name in made.sources] == expected
    counted = made._measured
    made.lost = {"worker 2": 2}
    assert load_run_of(made).arrivals_planned == sum(expected)
    assert made._measured is counted


def test_a_closed_loop_has_no_plan_of_which_a_share_could_be_lost() -> None:
    made = progress("worker 0", "worker 1", plan="closed 4 for 12s", duration=None)
    made.reports = {"worker 0": EngineReport(elapsed=6.0, interrupted=True)}
    made.lost = {"worker 1": 1}
    run = load_run_of(made)
    assert run.invalid == (
        "worker 1 died after 3 s of 12 s: 75% of its part of the closed loop was lost with it",
        "the load was stopped after 6.0 s of 12 s: 60 journeys",
    )
    assert [(worker.name, worker.arrivals_planned) for worker in run.workers] == [
        ("worker 0", 0),
        ("worker 1", 0),
    ]
    assert "arrivals 60 in a closed loop" in summary_of(run)


UNFIT = {
    "late": (lambda p: p.intervals.take("local", second(3, lag=0.5)), "the schedule lag's p99 is 5"),
    "dropped": (lambda p: p.intervals.take("local", second(3, dropped=7)), "7 arrivals were dropped"),
    "missing": (lambda p: p.intervals.take("local", second(5)), "2 seconds of local never arrived"),
    "saturated": (lambda p: p.reports.update(local=EngineReport(saturated_ratio=0.5)), "saturated in 50%"),
    "clock": (lambda p: p.reports.update(local=EngineReport(clock_step=-3.0)), "the clock was set by -3.0 s"),
    "starved": (
        lambda p: p.intervals.take(
            "local", Interval(3, 3.0, 1.0, {}, {}, {"run": {"generator out of file descriptors": 2}})
        ),
        "2 requests found no free file descriptor",
    ),
}


@pytest.mark.parametrize(("spoil", "reason"), UNFIT.values(), ids=UNFIT.keys())
def test_an_unfit_generator_makes_the_run_invalid(spoil, reason: str) -> None:
    made = progress("local")
    assert load_run_of(made).invalid == ()
    spoil(made)
    run = load_run_of(made)
    assert any(reason in sentence for sentence in run.invalid)
    assert exit_code_of(run) is ExitCode.INVALID
    assert reason in summary_of(run)


def test_arrivals_that_never_began_are_told_and_never_pass() -> None:
    """Nobody stopped the run, no worker was lost, and none was dropped: the generator was at fault."""
    run = load_run_of(progress("local", duration=4))
    assert run.invalid == ("10 of 40 planned arrivals never began",)
    assert exit_code_of(run) is ExitCode.INVALID
    dropped = progress("local", duration=4)
    dropped.intervals.take("local", second(3, dropped=10))
    assert not any("never began" in sentence for sentence in load_run_of(dropped).invalid)
    stopped = progress("local", duration=4)
    stopped.reports["local"] = EngineReport(elapsed=3.0, interrupted=True)
    assert load_run_of(stopped).invalid == (
        "the load was stopped after 3.0 s of 4 s: 30 of 40 planned arrivals",
    )


def test_a_run_that_sends_nothing_says_so() -> None:
    run = replace(load_run_of(progress("local")), operations=())
    assert "  NO DATA  no request was sent" in summary_of(run)


def finding():
    found = CountedFindings("http://host")
    operation = PART.edition.operation("getWorkflowOccurrence")
    call = Template(Wire("http://host", None), "poll", operation).call("f", "r")
    found.add(LOST, exchange_of(call, "getWorkflowOccurrence", None, sent=0.0, at=1.0), "lost")
    return found.findings()


def test_the_exit_code_says_what_matters_most() -> None:
    run = load_run_of(progress("local"))
    assert exit_code_of(run) is ExitCode.PASSED
    assert exit_code_of(replace(run, invalid=("late",))) is ExitCode.INVALID
    assert exit_code_of(replace(run, invalid=("late",), findings=finding())) is ExitCode.FAILED
    assert exit_code_of(replace(run, stopped_because="p99>1s")) is ExitCode.FAILED
    assert exit_code_of(replace(run, operations=(), findings=finding())) is ExitCode.NO_DATA


def test_a_search_in_which_no_rate_held_is_no_data() -> None:
    run = load_run_of(progress("local"))
    held, failed = CapacityStep(100, 1, True, 1, {}), CapacityStep(50, 1, False, 1, {})
    unfit = replace(failed, invalid=("late",))
    for steps, code in (
        ((failed, failed, held), ExitCode.PASSED),
        ((failed, failed), ExitCode.NO_DATA),
        ((failed, unfit), ExitCode.INVALID),
    ):
        assert exit_code_of(replace(run, capacity_steps=steps)) is code
    cut = replace(run, capacity_steps=(failed,), interrupted=True, invalid=("stopped",))
    assert exit_code_of(cut) is ExitCode.INVALID


def test_findings_and_losses_stand_in_the_summary() -> None:
    made = progress("local")
    made.reports["local"] = EngineReport(elapsed=3.0, findings=finding())
    steps = (CapacityStep(100, 1, True, 1, {"p99<1s": 0.5}), CapacityStep(200, 1, False, 1, {"p99<1s": None}))
    text = summary_of(replace(load_run_of(made), capacity_steps=steps, stopped_because="p99>1s for 5s"))
    assert "arrivals 30 of 30 planned" in text
    # Of an address of any length: a line of its own, so that none is wider than it must be.
    assert text.startswith("\nflowgauge: RunPath, 10/s, 3.0 s\nagainst    http://host\n\n"), text
    assert "run: status 500 (3)" in text
    assert f"{LOST} getWorkflowOccurrence" in text
    assert "STOPPED  p99>1s for 5s" in text
    assert "capacity at least 100/s: the search goes no higher" in text
    assert "p99<1s: no data" in text


def test_a_run_without_any_report_is_still_a_run() -> None:
    made = progress("local")
    made.reports.clear()
    run = load_run_of(made)
    assert run.duration == 3.0
    assert run.requests == 30


def test_the_web_tab_shows_one_row_a_measure() -> None:
    rows = rows_of(progress("local").intervals)
    names = [row["measure"] for row in rows]
    assert names[:2] == ["run: failed", "run: latency"]
    assert names[-1].startswith("schedule lag")
    assert rows[1] == {
        "measure": "run: latency",
        "count": 27,
        "p50": "2.000",
        "p90": "2.000",
        "p95": "2.000",
        "p99": "2.000",
        "p99_9": "2.000",
        "max": "2.000",
    }
