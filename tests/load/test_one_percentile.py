"""Sixteen samples of 10 to 160 ms: whoever is asked for their p90 and p95 answers 150 and 160 ms."""

import pytest

from flowgauge.client.connection import Connection
from flowgauge.editions import load_part
from flowgauge.gates import Evidence, Sample, gate_measures
from flowgauge.load.engine.buckets import BucketCounts, bucket_of, histogram_of
from flowgauge.load.engine.tally import Interval
from flowgauge.load.locust_adapter.shown import rows_of
from flowgauge.load.runs.conditions import IntervalFigures, holds, parsed_condition
from flowgauge.load.runs.outcome import Progress, load_run_of
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.runs.target import LoadTarget
from flowgauge.report.figures import duration_figures
from flowgauge.report.page.timeline import moments
from flowgauge.results import TargetIdentity

PART = load_part("v0")
COUNTS = {bucket_of(n * 10_000): 1 for n in range(1, 17)}
NINETY, NINETY_FIVE = pytest.approx(0.150, rel=0.001), pytest.approx(0.160, rel=0.001)


@pytest.fixture
def progress() -> Progress:
    target = LoadTarget(Connection("http://h"), TargetIdentity("server", "http://h"), None)
    made = Progress(target, PART, LoadSettings(), {"RunPath": 1})
    counts = {"run.latency": dict(COUNTS), "schedule_lag": dict(COUNTS)}
    made.intervals.take("local", Interval(0, 0.0, 1.0, counts, {"run.requests": 16, "arrivals": 16}))
    return made


def test_the_histogram_and_the_buckets_agree() -> None:
    for answer in (BucketCounts(COUNTS).percentile, histogram_of(COUNTS).percentile):
        assert (answer(90), answer(95)) == (NINETY, NINETY_FIVE)


def test_the_live_tab(progress: Progress) -> None:
    row = rows_of(progress.intervals)[0]
    assert (float(row["p90"]) / 1e3, float(row["p95"]) / 1e3) == (NINETY, NINETY_FIVE)


def test_autostop_and_the_search_for_the_capacity(progress: Progress) -> None:
    last, whole = progress.intervals.latest(1, ["local"])[0], progress.intervals.whole
    for interval in (last, whole):
        for text in ("run.p90 > 149ms", "run.p90 < 151ms", "run.p95 > 159ms", "latency.p95 > 159ms"):
            condition = parsed_condition(text, PART.operations)
            assert condition is not None
            assert holds(condition, [IntervalFigures(interval, PART.operations)]), text


def test_the_generator_s_health(progress: Progress) -> None:
    progress.settings = LoadSettings(max_schedule_lag=0.155)
    assert "p99 is 16" in load_run_of(progress).invalid[0]


def test_gates_and_baselines(progress: Progress) -> None:
    run = load_run_of(progress)
    measure = gate_measures().find("run.p90")
    assert measure is not None
    assert measure.read(Evidence(None, run, ())).value == NINETY
    sample = Sample([[piece.histogram for piece in run.slices if piece.measure == "run.latency"]])
    assert (sample.percentile(90), sample.percentile(95)) == (NINETY, NINETY_FIVE)


def test_the_report(progress: Progress) -> None:
    run = load_run_of(progress)
    figures = next(each for each in duration_figures(run) if each.name == "run.latency")
    assert dict(figures.percentiles)[90.0] == NINETY
    assert moments(run, "run.latency")[0].p95 == NINETY_FIVE
