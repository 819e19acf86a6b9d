"""Judging: every status, what outranks what, and that nothing without data is ever green."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from run_values import OPERATION_IDS, contract_report, finding, load_run, stalling

from flowgauge.errors import ExitCode
from flowgauge.gates import Evidence, Gate, changes, gate_measures, judge, parse
from flowgauge.gates.window import windows
from flowgauge.report.page.timeline import moments
from flowgauge.results import Histogram, LoadRun, OperationCounts, Slice, TargetIdentity

CATALOGUE = gate_measures()
CLEAN = contract_report(fault_score=1.0)
RUN = load_run(seconds=6)
EVIDENCE = Evidence(CLEAN, RUN, OPERATION_IDS)


def gate(source, severity="fail"):
    return Gate(source, source, parse(source, CATALOGUE), severity)


def status(source, evidence, severity="fail"):
    [verdict] = judge([gate(source, severity)], evidence).verdicts
    return verdict.status


def with_load(**changes):
    return replace(EVIDENCE, load=replace(RUN, **changes))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("run.latency.p99 < 250ms", "passed"),
        ("run.latency.p99 < 1ms", "failed"),
        ("run.p99 > 1ms", "passed"),
        ("errors == 0", "passed"),
        ("errors != 0", "failed"),
        ("arrivals.delivered >= 99%", "passed"),
        ("contract.findings == 0", "passed"),
        ("contract.fault_score == 100%", "passed"),
        ("contract.cases.least >= 140", "passed"),
        ("contract.coverage == 95%", "passed"),
        ("contract.coverage == 100%", "failed"),
        ("contract.cases.least > 140", "failed"),
        ("run.latency.count == 300", "passed"),
        ("requests.rate >= 200/s", "passed"),
        ("runs.ended.ratio == 100%", "passed"),
        ("load.findings == 0", "passed"),
        ("all(errors == 0, run.p99 < 1ms)", "failed"),
        ("any(errors != 0, run.p99 < 1s)", "passed"),
        ("any(errors != 0, run.p99 < 1ms)", "failed"),
    ],
)
def test_a_measured_gate_passes_or_fails(source, expected):
    assert status(source, EVIDENCE) == expected


SOURCES = [
    "run.latency.p99 < 250ms",
    "run.latency.p99 > 0",
    "run_to_terminal.p95 < 1.2s",
    "run_to_terminal.count >= 1",
    "run.p99 < 250ms for 3s",
    "errors.ratio < 0.1%",
    "errors.count == 0",
    "run.errors == 0",
    "requests.rate > 0",
    "arrivals.delivered >= 99%",
    "arrivals.dropped == 0",
    "schedule_lag.p99 < 5ms",
    "runs.censored == 0",
    "runs.failed.ratio == 0",
    "load.findings == 0",
    "contract.findings == 0",
    "contract.findings.critical == 0",
    "contract.waived == 0",
    "contract.cases > 0",
    "contract.fault_score == 100%",
    "contract.coverage == 100%",
    "contract.skipped == 0",
    "all(errors == 0, run.p99 < 250ms)",
    "any(errors == 0, run.p99 < 250ms)",
]
EMPTY_RUN = LoadRun(
    target=TargetIdentity("fake"),
    scenario="s",
    started_at=0.0,
    duration=0.0,
    plan={},
    operations=(),
    histograms={},
)


@pytest.mark.parametrize("severity", ["fail", "warn"])
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(None, None, OPERATION_IDS),
        Evidence(replace(CLEAN, operations=()), EMPTY_RUN, OPERATION_IDS),
        Evidence(
            contract_report(cases=0),
            replace(
                EMPTY_RUN,
                operations=(OperationCounts("run", "runWorkflow", 0, {}),),
                histograms={"run.latency": Histogram(), "run_to_terminal": Histogram()},
            ),
            OPERATION_IDS,
        ),
    ],
    ids=["no files", "empty files", "files with zeros"],
)
def test_without_data_no_gate_is_green(source, severity, evidence):
    judgement = judge([gate(source, severity)], evidence)
    assert judgement.verdicts[0].status == "no data"
    assert judgement.exit_code is ExitCode.NO_DATA


@pytest.mark.parametrize(
    "report",
    [
        contract_report(complete=False),
        replace(CLEAN, operations=CLEAN.operations[1:]),
        replace(CLEAN, operations=(replace(CLEAN.operations[0], cases=0), *CLEAN.operations[1:])),
        replace(CLEAN, operations=tuple(replace(op, checks={}) for op in CLEAN.operations)),
        replace(CLEAN, operations=(*CLEAN.operations[:-1], replace(CLEAN.operations[-1], checks={}))),
    ],
    ids=[
        "not complete",
        "an operation missing",
        "an operation without a case",
        "no check ran",
        "no check ran on an operation",
    ],
)
@pytest.mark.parametrize(
    "source", ["contract.findings == 0", "contract.fault_score == 100%", "contract.cases > 1"]
)
def test_a_contract_report_with_a_gap_has_no_data(report, source):
    assert status(source, Evidence(report, RUN, OPERATION_IDS)) == "no data"


def test_what_an_unfinished_report_has_found_fails_all_the_same():
    evidence = Evidence(contract_report(finding(), complete=False), None, OPERATION_IDS)
    assert status("contract.findings == 0", evidence) == "failed"
    assert status("contract.findings < 1", evidence) == "failed"
    assert status("contract.findings <= 1", evidence) == "no data"
    assert status("contract.findings == 1", evidence) == "no data"
    assert status("contract.findings == 2", evidence) == "no data"
    assert status("contract.findings != 1", evidence) == "no data"


def test_a_waived_finding_does_not_count_but_is_counted():
    evidence = Evidence(contract_report(finding(waived="known")), None, OPERATION_IDS)
    assert status("contract.findings == 0", evidence) == "passed"
    assert status("contract.waived == 1", evidence) == "passed"


def test_a_percentile_asks_for_as_many_samples_as_it_takes_to_differ_from_the_maximum():
    histogram = Histogram()
    for _ in range(99):
        histogram.record(0.001)
    assert status("run.p99 < 1s", with_load(histograms={"run.latency": histogram})) == "no data"
    histogram.record(0.001)
    assert status("run.p99 < 1s", with_load(histograms={"run.latency": histogram})) == "passed"
    assert status("run.p99.9 < 1s", with_load(histograms={"run.latency": histogram})) == "no data"
    assert status("run.p100 < 1s", with_load(histograms={"run.latency": histogram})) == "passed"


UNFIT = {"invalid": ("clock stepped by 3 s",)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("run.p99 < 250ms", "invalid"),
        ("run.p99 < 1ms", "invalid"),
        ("errors == 0", "invalid"),
        ("load.findings == 0", "passed"),
        ("schedule_lag.p99 < 5ms", "passed"),
        ("contract.findings == 0", "passed"),
        ("all(contract.findings == 0, errors == 0)", "invalid"),
        ("all(contract.findings != 0, errors == 0)", "failed"),
    ],
)
def test_an_unfit_generator_says_nothing_about_the_server(source, expected):
    assert status(source, with_load(**UNFIT)) == expected


VERIFIED = {"validated": 9, "verified": 9}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "passed"),
        ({"checks": {"validated": 9, "verified": 0, "unreadable": 9}}, "no data"),
        ({"checks": {"validated": 9, "verified": 1, "unreadable": 1999}}, "no data"),
        ({"checks": {"validated": 9, "verified": 999, "unreadable": 1001}}, "no data"),
        ({"checks": {"validated": 9, "verified": 1000, "unreadable": 1000}}, "passed"),
        ({"checks": {"verified": 1, "unreadable": 9}, "findings": (finding(),)}, "failed"),
        ({"checks": {}}, "no data"),
        ({"counters": {"runs.started": 0}, "checks": {"validated": 9}}, "no data"),
        ({"counters": {"runs.started": 0}, "checks": VERIFIED}, "no data"),
        # A scenario that makes nothing: what was looked at are answers.
        ({"counters": {}, "checks": {"validated": 9}}, "passed"),
        ({"counters": {}, "checks": {"validated": 0, "verified": 0}}, "no data"),
        ({"counters": {}, "checks": {"validated": 0}, "findings": (finding(),)}, "failed"),
        ({"counters": {"runs.started": 0}, "checks": {}, "findings": (finding(),)}, "failed"),
        ({"findings": (finding(waived="ticket"),)}, "passed"),
    ],
)
def test_truth_that_was_not_looked_at_is_no_data(changes, expected):
    assert status("load.findings == 0", with_load(**changes)) == expected


def test_what_could_not_be_asked_can_be_gated():
    assert status("load.unreadable == 0", EVIDENCE) == "passed"
    assert status("load.unreadable == 0", with_load(checks={"unreadable": 2})) == "failed"
    assert status("load.unreadable == 0", with_load(checks={})) == "no data"


def test_a_run_that_was_cut_short_is_invalid():
    judgement = judge([gate("run.p99 < 250ms")], with_load(interrupted=True))
    assert judgement.exit_code is ExitCode.INVALID
    assert "before the end of its plan" in judgement.unfit[0]


def test_schema_coverage_is_a_floor_where_it_was_measured():
    covered = replace(EVIDENCE, contract=replace(CLEAN, schema_coverage={"keywords": 0.9}))
    assert status("contract.coverage.keywords >= 80%", covered) == "passed"
    assert status("contract.coverage.keywords >= 95%", covered) == "failed"
    assert status("contract.coverage.responses >= 80%", covered) == "no data"


def test_a_gate_on_the_generator_makes_the_run_invalid_and_not_the_server_slow():
    gates = [gate("arrivals.delivered >= 99%"), gate("run.p99 < 250ms"), gate("contract.findings == 0")]
    judgement = judge(gates, with_load(arrivals_started=RUN.arrivals_planned // 2))
    assert [verdict.status for verdict in judgement.verdicts] == ["invalid", "invalid", "passed"]
    assert judgement.exit_code is ExitCode.INVALID
    assert judgement.unfit == ("arrivals.delivered >= 99% does not hold",)


def test_a_warning_about_the_generator_leaves_the_server_judged():
    gates = [gate("arrivals.delivered >= 99%", "warn"), gate("run.p99 < 250ms")]
    judgement = judge(gates, with_load(arrivals_started=RUN.arrivals_planned // 2))
    assert [verdict.label for verdict in judgement.verdicts] == ["warning", "passed"]
    assert judgement.exit_code is ExitCode.PASSED


@pytest.mark.parametrize(
    ("sources", "evidence", "expected"),
    [
        (["errors == 0", "contract.findings == 0"], EVIDENCE, ExitCode.PASSED),
        (["errors != 0", "contract.findings == 0"], EVIDENCE, ExitCode.FAILED),
        (["errors == 0", "contract.findings == 0"], replace(EVIDENCE, load=None), ExitCode.NO_DATA),
        (["errors == 0", "contract.findings != 0"], replace(EVIDENCE, load=None), ExitCode.FAILED),
        (["errors == 0", "contract.findings == 0"], with_load(**UNFIT), ExitCode.INVALID),
        (["errors == 0", "contract.findings != 0"], with_load(**UNFIT), ExitCode.FAILED),
        (
            ["errors == 0", "contract.findings == 0"],
            replace(with_load(**UNFIT), contract=None),
            ExitCode.INVALID,
        ),
    ],
)
def test_the_exit_code_is_the_worst_verdict(sources, evidence, expected):
    assert judge([gate(source) for source in sources], evidence).exit_code is expected


def test_a_gate_that_warns_never_fails_the_run():
    judgement = judge([gate("errors != 0", "warn"), gate("contract.findings == 0")], EVIDENCE)
    assert judgement.exit_code is ExitCode.PASSED
    assert judgement.count("warning") == 1


def test_warnings_alone_pass_nothing():
    assert judge([gate("errors != 0", "warn")], EVIDENCE).exit_code is ExitCode.NO_DATA


def test_a_bad_stretch_does_not_drown_in_a_long_run():
    slow_once = load_run(
        seconds=20,
        rate=25,
        latency=lambda at, rng: (0.5 if 8 <= at < 10 else 0.004) * rng.uniform(0.9, 1.1),
    )
    evidence = Evidence(None, slow_once, OPERATION_IDS)
    assert status("run.p90 < 250ms", evidence) == "passed"
    [verdict] = judge([gate("run.p80 < 250ms for 4s")], evidence).verdicts
    assert verdict.status == "failed"
    assert 5 <= verdict.outcomes[0].at <= 9


def test_a_window_without_samples_is_not_green():
    run = load_run(seconds=12)
    dead = replace(
        run, slices=tuple(s for s in run.slices if not (s.measure == "run.latency" and s.start >= 4))
    )
    evidence = Evidence(None, dead, OPERATION_IDS)
    assert status("run.p90 < 250ms for 4s", evidence) == "no data"
    assert status("run.p90 < 1us for 4s", evidence) == "failed"
    assert status("run.p90 < 250ms for 60s", evidence) == "no data"


def test_windows_end_with_the_load_and_not_with_the_last_poll():
    run = load_run(seconds=6)
    late = Histogram()
    late.record(0.003)
    draining = (
        *run.slices,
        Slice("poll.latency", 6.001, 0.044, late),
        Slice("run_to_terminal", 7.2, 1, late),
    )
    evidence = Evidence(None, replace(run, slices=draining), OPERATION_IDS)
    assert status("run.p50 < 250ms for 1s", evidence) == "passed"
    # What was still seen to end in the drain counts: those are the slowest runs.
    assert status("run_to_terminal.max < 1ms for 1s", evidence) == "failed"


def test_windows_take_a_second_for_the_one_that_it_is_nearest_to():
    run = load_run(seconds=6)
    uneven = tuple(replace(s, start=max(0, s.start + (-0.004 if s.start % 2 else 0.003))) for s in run.slices)
    evidence = Evidence(None, replace(run, slices=uneven), OPERATION_IDS)
    assert status("run.p50 < 250ms for 1s", evidence) == "passed"


@pytest.mark.parametrize("length", [1, 3, 7])
def test_a_window_is_the_merged_histogram_of_its_seconds(length):
    run = load_run(seconds=12, latency=stalling(every=4))
    figure = CATALOGUE.find("run.latency.p90").figure
    found = list(windows(run, figure, length=length))
    assert [start for start, _ in found] == list(range(13 - length))
    for start, measured in found:
        merged = Histogram()
        for piece in run.slices:
            if piece.measure == "run.latency" and start <= piece.start < start + length:
                merged.add(piece.histogram)
        assert measured == figure.statistic.of(merged)


def test_a_negative_figure_of_a_damaged_file_is_no_data():
    damaged = tuple(replace(op, errors={"reset": -9}) for op in RUN.operations)
    assert status("errors < 1%", with_load(operations=damaged)) == "no data"
    assert (
        status("runs.censored == 0", with_load(counters={"runs.started": 9, "runs.censored": -1}))
        == "no data"
    )


LATENCIES = st.lists(st.floats(0.0001, 2.0), min_size=100, max_size=300)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(LATENCIES, st.integers(1, 3000), st.integers(1, 3000))
def test_verdicts_are_monotone_in_the_threshold(latencies, one, other):
    """A looser limit never turns passed into failed."""
    histogram = Histogram()
    for value in latencies:
        histogram.record(value)
    evidence = with_load(histograms={"run.latency": histogram})
    tight, loose = sorted((one, other))
    if status(f"run.p95 < {tight}ms", evidence) == "passed":
        assert status(f"run.p95 < {loose}ms", evidence) == "passed"
    if status(f"run.p95 > {loose}ms", evidence) == "passed":
        assert status(f"run.p95 > {tight}ms", evidence) == "passed"


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(LATENCIES, st.floats(1.0, 5.0), st.integers(1, 3000))
def test_verdicts_are_monotone_in_the_latency(latencies, factor, limit):
    """A slower server never turns failed into passed."""
    fast, slow = Histogram(), Histogram()
    for value in latencies:
        fast.record(value)
        slow.record(value * factor)
    source = f"run.p95 < {limit}ms"
    if status(source, with_load(histograms={"run.latency": fast})) == "failed":
        assert status(source, with_load(histograms={"run.latency": slow})) == "failed"


@given(st.permutations(["errors == 0", "run.p99 < 1ms", "contract.findings == 0", "create.p99 < 1s"]))
def test_the_order_of_gates_changes_nothing(sources):
    judgement = judge([gate(source) for source in sources], EVIDENCE)
    assert judgement.exit_code is ExitCode.FAILED
    assert {v.gate.source: v.status for v in judgement.verdicts}["run.p99 < 1ms"] == "failed"


def test_stalls_show_in_the_percentile_that_they_reach():
    evidence = Evidence(None, load_run(seconds=20, latency=stalling(every=5, length=0.5)), OPERATION_IDS)
    assert status("run.p50 < 20ms", evidence) == "passed"
    assert status("run.p99 < 200ms", evidence) == "failed"


def test_a_slice_belongs_to_the_nearest_second_for_windows_baselines_and_timelines():
    run = load_run(seconds=12)
    pieces = [replace(piece, start=max(0.0, piece.start - 0.004)) for piece in run.slices]
    early = replace(run, slices=tuple(pieces))
    figure = CATALOGUE.find("run.p50").figure
    assert list(windows(early, figure, length=3)) == list(windows(run, figure, length=3))
    assert moments(early, "run.latency") == moments(run, "run.latency")
    effect = changes([run], [early], [figure])[figure]
    assert (effect.change, effect.low < 0 < effect.high) == (0, True)
