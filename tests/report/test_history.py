"""The history: one line a run, its trend, and what Otava reads."""

import csv
import io
import json
from dataclasses import replace
from threading import Thread

import pytest
import yaml
from run_values import OPERATION_IDS, contract_report, load_run

from flowgauge.gates import Evidence, judge, parse_gates
from flowgauge.report import html_report
from flowgauge.report.history import (
    Entry,
    alike,
    history_entry,
    line_of,
    otava_config,
    otava_csv,
    read_history,
)
from flowgauge.report.page.trend import trends
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


def test_runs_are_compared_with_runs_of_their_scenario_and_server_before_them():
    past = [entry(1), replace(entry(2), scenario="soak"), replace(entry(3), target="http://host"), entry(4)]
    assert [each.run for each in alike(past, entry(4))] == ["1.000", "4.000"]
    assert [each.run for each in alike(past, entry(2))] == ["1.000"]
    assert [each.run for each in alike(past, replace(entry(9), target="http://host/"))] == ["3.000"]


def test_otava_gets_milliseconds_plain_cells_and_a_direction():
    entries = [entry(n, **{"requests.rate": 200.0}) for n in (1, 2)]
    rows = list(
        csv.DictReader(io.StringIO(otava_csv([replace(entries[0], revision="=cmd|x,y"), entries[1]])))
    )
    assert rows[0]["run_latency_p95_ms"] == "11"
    assert (rows[0]["requests_rate"], rows[1]["requests_rate"]) == ("200", "200")
    assert rows[0]["revision"] == "cmdxy"
    config = yaml.safe_load(otava_config(entries, csv_file='odd "name".csv'))["tests"]["flowgauge"]
    assert config["file"] == 'odd "name".csv'
    assert config["metrics"]["run_latency_p95_ms"]["direction"] == -1
    assert config["metrics"]["requests_rate"]["direction"] == 1
    assert {metric["column"] for metric in config["metrics"].values()} <= set(rows[0])


def test_otava_meets_no_empty_cell():
    """It stops at the first one. What the last run measured decides about the columns."""
    whole = [entry(n, **{"errors.ratio": 0.0}) for n in (1, 3)]
    rows = list(csv.reader(io.StringIO(otava_csv([whole[0], entry(2), whole[1]]))))
    assert [row[0][:4] for row in rows] == ["time", "2025", "2025"]
    assert all(cell for row in rows for cell in row)
    rows = list(csv.DictReader(io.StringIO(otava_csv([*whole, entry(4)]))))
    assert len(rows) == 3
    assert "errors_ratio" not in rows[0]


def test_a_trend_needs_two_runs_of_the_same_scenario():
    assert trends([], entry(1)) == ()
    assert trends([entry(1)], entry(1)) == ()
    assert trends([replace(entry(1), scenario="soak"), entry(2)], entry(2)) == ()
    [trend] = trends([entry(1), entry(2), entry(3)], entry(3))
    assert (trend.name, trend.last, trend.usual, trend.runs) == ("run.latency.p95", "13 ms", "12 ms", 3)


def test_what_is_usual_is_what_fit_generators_measured():
    late = replace(entry(2, **{"run.latency.p95": 9.0}), status="invalid")
    [trend] = trends([entry(1), late, entry(3)], entry(3))
    assert (trend.usual, trend.runs) == ("11 ms", 3)
    [trend] = trends([late, entry(3)], entry(3))
    assert trend.usual == "9 s"


def test_the_page_shows_the_trend_only_where_there_is_one():
    evidence = Evidence(contract_report(), RUN, OPERATION_IDS)
    judgement = judge(GATES, evidence)
    assert 'id="trend"' not in html_report(judgement, evidence)
    assert 'id="trend"' in html_report(judgement, evidence, history=[entry(1), entry(2)])
    assert 'id="trend"' not in html_report(judgement, evidence, history=[entry(9_000), entry(9_001)])


@pytest.mark.parametrize("number", [0, 1, 59, 200])
def test_any_number_of_runs_can_be_drawn(number):
    drawn = trends([entry(each) for each in range(number)], entry(number))
    assert all(trend.chart.count("<circle") == min(number, 60) for trend in drawn)


def test_a_line_is_json():
    assert json.loads(line_of(entry(1)))["measures"]["run.latency.p95"] == pytest.approx(0.011)
