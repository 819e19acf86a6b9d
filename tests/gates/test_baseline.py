"""Baselines as files, comparisons with them, and gates on them."""

import json
from dataclasses import replace

import pytest
from run_values import OPERATION_IDS, load_run, scattered

from flowgauge.errors import ExitCode, ExpressionError, NoDataError, UsageError
from flowgauge.gates import (
    Evidence,
    changes,
    differences,
    error_ratios,
    gate_measures,
    judge,
    parse,
    parse_gates,
    read_baseline,
    write_baseline,
)
from flowgauge.gates.baseline import SUMMARY_FILE
from flowgauge.results import TargetIdentity

P50 = gate_measures().find("run.p50").figure
P95 = gate_measures().find("run.p95").figure


def run(seed=1, slower=1.0, **changed):
    return load_run(
        seconds=12,
        rate=20,
        seed=seed,
        latency=scattered(0.02 * slower, 0.2),
        **changed,
    )


def keep(root, *runs):
    return write_baseline(root, runs, revision="abc123", recorded_at=1.76e9, reason="first")


def test_a_baseline_is_read_back_as_it_was_kept(tmp_path):
    kept = keep(tmp_path, run(1), run(2))
    again = read_baseline(tmp_path, "run_path")
    assert again == kept
    assert [len(r.slices) for r in again.runs] == [12 * 4] * 2
    assert again.runs[0].histograms["run.latency"] == run(1).histograms["run.latency"]


def test_its_summary_is_fit_for_review(tmp_path):
    keep(tmp_path, run())
    summary = json.loads((tmp_path / "run_path" / SUMMARY_FILE).read_text())
    assert summary["revision"] == "abc123"
    assert summary["figures"]["run.latency"]["p50"] == pytest.approx(0.02, rel=0.1)
    assert "schedule_lag" not in summary["figures"]
    assert max(len(line) for line in (tmp_path / "run_path" / SUMMARY_FILE).read_text().splitlines()) < 100


def test_a_new_baseline_replaces_all_of_the_old_one(tmp_path):
    keep(tmp_path, run(1), run(2), run(3))
    keep(tmp_path, run(4))
    assert len(read_baseline(tmp_path, "run_path").runs) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run_path"]


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([], "at least one run"),
        ([run(), run(plan={"rate": 99})], "plans differ"),
        ([run(), run(scenario="soak")], "the other soak"),
        ([run(invalid=("late",))], "invalid run"),
        ([run(interrupted=True)], "before the end of its plan"),
        ([run(slices=())], "without samples"),
        ([run(scenario="../up")], "cannot name a baseline"),
        ([run(scenario="")], "cannot name a baseline"),
    ],
)
def test_what_cannot_be_a_baseline_is_refused_and_the_old_one_stays(tmp_path, runs, message):
    keep(tmp_path, run())
    with pytest.raises(UsageError, match=message):
        keep(tmp_path, *runs)
    assert len(read_baseline(tmp_path, "run_path").runs) == 1


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 1}', '{"version": 2}', "\x00", pytest.param("[" * 100_000, id="deep")],
)
def test_a_damaged_baseline_is_no_data(tmp_path, text):
    keep(tmp_path, run())
    (tmp_path / "run_path" / SUMMARY_FILE).write_text(text)
    with pytest.raises(NoDataError):
        read_baseline(tmp_path, "run_path")


@pytest.mark.parametrize("damage", [{"recorded_at": 1e30}, {"figures": {"run.latency": {"p50": 1e308}}}])
def test_a_baseline_of_numbers_that_nobody_measured_is_no_data(tmp_path, damage):
    keep(tmp_path, run())
    path = tmp_path / "run_path" / SUMMARY_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | damage))
    with pytest.raises(NoDataError, match="is damaged"):
        read_baseline(tmp_path, "run_path")


def test_a_baseline_that_is_not_there_says_how_to_make_one(tmp_path):
    with pytest.raises(NoDataError) as caught:
        read_baseline(tmp_path, "run_path")
    assert "baseline set" in caught.value.hint


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ([], [run()], "nothing to compare"),
        ([run()], [run(plan={"rate": 1})], "plans differ"),
        ([run()], [run(invalid=("late",))], "late"),
        ([run()], [run(interrupted=True)], "before the end of its plan"),
        ([run()], [load_run(seconds=5)], "plans differ"),
    ],
)
def test_runs_that_cannot_be_compared_give_a_reason_instead_of_a_change(before, after, reason):
    assert reason in changes(before, after, [P50])[P50]


def test_a_slower_run_shows_as_a_certain_change():
    found = changes([run(1), run(2)], [run(3, slower=1.3)], [P50, P95])
    assert found[P50].low > 0.2
    assert found[P50].change == pytest.approx(0.3, abs=0.1)
    assert found[P95].is_regression(0.1)


def test_what_else_may_explain_a_change_is_named():
    here, there = (
        run(1),
        run(2, host={"cpus": 8, "machine": "aarch64"}, target=TargetIdentity("server", "http://host/")),
    )
    assert (
        differences([here], [run(3, host=here.host, target=TargetIdentity("embedded", "http://[::1]:1"))])
        == []
    )
    assert differences([here], [there]) == [
        "processors: 2 before, 8 now",
        "machine: x86_64 before, aarch64 now",
        "server: the reference server before, http://host now",
    ]
    assert len(differences([here], [there], servers=False)) == 2
    evidence = Evidence(None, replace(run(3), host=there.host), OPERATION_IDS, baseline=(here,))
    assert "processors: 2 before, 8 now" in judge(GATES, evidence).verdicts[0].outcomes[0].note


def test_the_ratios_of_errors_are_those_of_all_runs_together():
    assert error_ratios([run(1)], [run(2, errors=96), run(3)]) == (0.0, 96 / (2 * 12 * 20 * 4))
    assert error_ratios([], [run(1, operations=())]) == (0.0, 0.0)


GATES = parse_gates(
    """
    [[gate]]
    expect = "run.p50 < baseline + 10%"
    [[gate]]
    expect = "run_to_terminal.p50 < baseline + 10%"
    severity = "warn"
    """
)


@pytest.mark.parametrize(
    ("evidence", "labels", "code"),
    [
        (Evidence(None, run(3), OPERATION_IDS, baseline=(run(1),)), ["passed", "passed"], ExitCode.PASSED),
        (
            Evidence(None, run(3, slower=4), OPERATION_IDS, baseline=(run(1),)),
            ["regressed", "warning"],
            ExitCode.REGRESSION,
        ),
        (
            Evidence(None, run(3, slower=0.3), OPERATION_IDS, baseline=(run(1),)),
            ["passed", "passed"],
            ExitCode.PASSED,
        ),
        (Evidence(None, run(3), OPERATION_IDS), ["no data", "no data"], ExitCode.NO_DATA),
        (Evidence(None, None, OPERATION_IDS, baseline=(run(1),)), ["no data", "no data"], ExitCode.NO_DATA),
        (
            Evidence(None, run(3), OPERATION_IDS, baseline=(run(1, plan={"rate": 5}),)),
            ["no data", "no data"],
            ExitCode.NO_DATA,
        ),
    ],
    ids=["the same", "slower", "faster", "no baseline", "no run", "another plan"],
)
def test_a_gate_on_the_baseline(evidence, labels, code):
    judgement = judge(GATES, evidence)
    assert [verdict.label for verdict in judgement.verdicts] == labels
    assert judgement.exit_code is code


@pytest.mark.parametrize(
    ("source", "column", "hint"),
    [
        ("run.p95 < baseline", 19, "say how much growth"),
        ("run.p95 < baseline + 10", 24, "baseline + 10%"),
        ("run.p95 < baseline + 10ms", 24, "baseline + 10%"),
        ("run.p95 < baseline - 10%", 20, "say how much growth"),
        ("run.p95 < baseline + 0%", 22, "baseline + 10%"),
        ("run.p95 < baseline + 5000%", 22, "baseline + 10%"),
        ("run.p95 > baseline + 10%", 9, "write < baseline"),
        ("run.max < baseline + 10%", 11, "run.latency.p95"),
        ("errors < baseline + 10%", 10, "run.latency.p95"),
        ("run.p95 < baseline + 10% for 10s", 26, "on its own"),
    ],
)
def test_a_slip_in_a_comparison_with_the_baseline_is_pointed_at(source, column, hint):
    with pytest.raises(ExpressionError) as caught:
        parse(source, gate_measures())
    assert f"column {column}: " in caught.value.message
    assert hint in caught.value.hint


def test_the_comparison_reads_back_as_it_was_written():
    parsed = parse("run.p95 < baseline + 7.5%", gate_measures())
    assert (str(parsed), parsed.threshold) == ("run.latency.p95 < baseline + 7.5%", 0.075)
    assert replace(parsed, threshold=0.1) != parsed
