"""The history: one line a run."""

import json
from dataclasses import replace
from threading import Thread

import pytest
from run_values import OPERATION_IDS, contract_report, load_run

from flowgauge.gates import Evidence, judge, parse_gates
from flowgauge.report.history import Entry, history_entry, line_of, read_history
from flowgauge.results.run_folder import append_line

GATES = parse_gates("[[gate]]\nexpect = 'contract.findings == 0'")
RUN = load_run(seconds=5)


def entry(number=0, **measures):
    return Entry(
        run=f"{number}.000",
        time=1.75e9 + number * 3600,
        status="passed",
        target=f"embedded server at http://127.0.0.1:{40_000 + number}",
        scenario="run_path",
        revision=f"{number:x}" * 4,
        measures={"run.latency.p95": 0.01 + number / 1000} | measures,
    )


def test_a_line_holds_the_key_figures_and_the_revision():
    evidence = Evidence(contract_report(), RUN, OPERATION_IDS)
    line = history_entry(judge(GATES, evidence), evidence, revision="abc")
    assert line.measures["run.latency.p99"] == RUN.histograms["run.latency"].percentile(99)
    assert line.measures["errors.ratio"] == 0.0
    assert (line.revision, line.status, line.scenario) == ("abc", "passed", "run_path")


def test_what_was_not_measured_is_left_out():
    evidence = Evidence(None, load_run(seconds=1, rate=2), OPERATION_IDS)
    assert "run.latency.p99" not in history_entry(judge(GATES, evidence), evidence, revision="").measures


def file_of(*entries):
    return "".join(f"{line_of(each)}\n" for each in entries)


def test_of_several_lines_of_one_run_the_last_one_counts():
    text = file_of(entry(1), entry(2), entry(3), replace(entry(2), status="failed"))
    assert {each.run: each.status for each in read_history(text)} == {
        "1.000": "passed",
        "2.000": "failed",
        "3.000": "passed",
    }


def test_lines_that_cannot_be_read_are_passed_over():
    damage = '{"run": "cut off\n[]\nnull\n{"version": 99}\n{"version": 1, "run": 3}\n\x00\n' + "[" * 100_000
    assert [each.run for each in read_history(f"{damage}\n{file_of(entry(1))}")] == ["1.000"]


def test_a_separator_inside_a_string_ends_no_line():
    odd = replace(entry(1), target="http://host/\u2028\x85\x0b")
    assert read_history(file_of(odd)) == (odd,)


def test_two_who_write_at_once_lose_nothing(tmp_path):
    path = tmp_path / "history.jsonl"
    threads = [
        Thread(target=lambda part=part: [append_line(path, line_of(entry(n))) for n in part])
        for part in (range(100), range(100, 200))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_history(path.read_text())) == 200


def test_a_line_that_was_cut_off_does_not_take_the_next_one_with_it(tmp_path):
    path = tmp_path / "history.jsonl"
    path.write_text(file_of(entry(1)) + line_of(entry(2))[:30])
    append_line(path, line_of(entry(3)))
    assert [each.run for each in read_history(path.read_text())] == ["1.000", "3.000"]


@pytest.mark.parametrize("damage", [{"time": 1e30}, {"time": -1.0}, {"measures": {"errors.ratio": 1e308}}])
def test_a_line_of_numbers_that_nobody_measured_is_passed_over(damage):
    odd = line_of(replace(entry(2), **damage))
    assert read_history(f"{file_of(entry(1))}{odd}\n") == (entry(1),)


def test_a_line_is_json():
    assert json.loads(line_of(entry(1)))["measures"]["run.latency.p95"] == pytest.approx(0.011)
