"""The history: one line a run, its trend, and what Otava reads."""

import csv
import io
import json
from dataclasses import replace

import pytest
import yaml
from run_values import OPERATION_IDS, contract_report, load_run

from flowgauge.gates import Evidence, judge, parse_gates
from flowgauge.report import html_report
from flowgauge.report.history import Entry, history_entry, otava_config, otava_csv, read_history, with_entry
from flowgauge.report.trend import trends

GATES = parse_gates("[[gate]]\nexpect = 'contract.findings == 0'")
RUN = load_run(seconds=5)


def entry(number=0, **measures):
    return Entry(
        run=f"{number}.000",
        time=1.76e9 + number * 3600,
        status="passed",
        target="t",
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


def test_each_run_appends_one_line_and_judging_again_replaces_it():
    text = ""
    for number in (1, 2, 3):
        text = with_entry(text, entry(number))
    assert [each.run for each in read_history(text)] == ["1.000", "2.000", "3.000"]
    again = with_entry(text, replace(entry(2), status="failed"))
    assert len(again.splitlines()) == 3
    assert {each.run: each.status for each in read_history(again)}["2.000"] == "failed"


def test_lines_that_cannot_be_read_are_passed_over_and_kept():
    damage = '{"run": "cut off\n[]\nnull\n{"version": 99}\n{"version": 1, "run": 3}\n\x00'
    text = with_entry(damage, entry(1))
    assert [each.run for each in read_history(text)] == ["1.000"]
    assert '{"version": 99}' in text


def test_otava_gets_milliseconds_plain_cells_and_a_direction():
    entries = [entry(1), entry(2, **{"requests.rate": 200.0})]
    rows = list(
        csv.DictReader(io.StringIO(otava_csv([replace(entries[0], revision="=cmd|x,y"), entries[1]])))
    )
    assert rows[0]["run_latency_p95_ms"] == "11"
    assert (rows[0]["requests_rate"], rows[1]["requests_rate"]) == ("", "200")
    assert rows[0]["revision"] == "cmdxy"
    config = yaml.safe_load(otava_config(entries, csv_file='odd "name".csv'))["tests"]["flowgauge"]
    assert config["file"] == 'odd "name".csv'
    assert config["metrics"]["run_latency_p95_ms"]["direction"] == -1
    assert config["metrics"]["requests_rate"]["direction"] == 1
    assert {metric["column"] for metric in config["metrics"].values()} <= set(rows[0])


def test_a_trend_needs_two_runs_of_the_same_scenario():
    assert trends([]) == ()
    assert trends([entry(1)]) == ()
    assert trends([replace(entry(1), scenario="soak"), entry(2)]) == ()
    [trend] = trends([entry(1), entry(2), entry(3)])
    assert (trend.name, trend.last, trend.usual, trend.runs) == ("run.latency.p95", "13 ms", "12 ms", 3)


def test_the_page_shows_the_trend_only_where_there_is_one():
    evidence = Evidence(contract_report(), RUN, OPERATION_IDS)
    judgement = judge(GATES, evidence)
    assert 'id="trend"' not in html_report(judgement, evidence)
    assert 'id="trend"' in html_report(judgement, evidence, history=[entry(1), entry(2)])


@pytest.mark.parametrize("number", [0, 1, 59, 200])
def test_any_number_of_runs_can_be_drawn(number):
    drawn = trends([entry(each) for each in range(number)])
    assert all(trend.chart.count("<circle") == min(number, 60) for trend in drawn)


def test_a_line_is_json():
    [line] = with_entry("", entry(1)).splitlines()
    assert json.loads(line)["measures"]["run.latency.p95"] == pytest.approx(0.011)
