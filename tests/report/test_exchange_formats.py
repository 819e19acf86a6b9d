"""SARIF, HAR, OpenMetrics and Markdown: each keeps to its format whatever a server sent."""

import base64
import html
import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from run_values import OPERATION_IDS, contract_report, exchange, finding, load_run

from flowgauge.gates import Evidence, judge, parse_gates
from flowgauge.report import (
    har_json,
    html_report,
    junit_xml,
    markdown_summary,
    openmetrics_text,
    report_json,
    sarif_json,
    verdict_screen,
)
from flowgauge.results import Consequence, OperationCounts, Request, Showing, TargetIdentity

GATES = parse_gates(
    """
    [[gate]]
    expect = "contract.findings == 0"
    [[gate]]
    expect = "run.p99 < 1us"
    severity = "warn"
    [[gate]]
    expect = "contract.fault_score == 100%"
    """
)
HOSTILE = (
    '</details> ``` | <script>alert(1)</script> [x](javascript:1) \x1b[2J "quoted" \\ '
    "\n@team #1 www.evil.example \ud800"
)
# By OASIS: https://docs.oasis-open.org/sarif/sarif/v2.1.0/. Its one pattern that is no regex is mended.
SARIF = jsonschema_rs.validator_for(
    json.loads((Path(__file__).parent / "sarif-2.1.0.schema.json").read_text(encoding="utf-8"))
)
LINES = {operation: number for number, operation in enumerate(OPERATION_IDS, start=30)}
EVIDENCE = Evidence(
    contract_report(
        finding(), finding(id="FG-9", operation="(unknown route)"), finding(id="FG-2", waived="known")
    ),
    load_run(seconds=3, errors=4),
    OPERATION_IDS,
)
NASTY = Evidence(
    replace(
        contract_report(finding(title=HOSTILE, detail=HOSTILE, reproduction=HOSTILE, waived=HOSTILE)),
        target=TargetIdentity("server", HOSTILE, (HOSTILE,)),
    ),
    replace(load_run(seconds=2), operations=(OperationCounts(HOSTILE, HOSTILE, 3, {HOSTILE: 3}),)),
    OPERATION_IDS,
    missing=(HOSTILE,),
)


@pytest.mark.parametrize("evidence", [EVIDENCE, NASTY], ids=["plain", "hostile"])
def test_sarif_keeps_to_the_schema_of_its_standard(evidence):
    log = json.loads(sarif_json(evidence, document="spec.yaml", lines=LINES))
    assert [error.message for error in SARIF.iter_errors(log)] == []
    assert log["runs"][0]["results"]
    log["runs"][0]["results"][0]["level"] = "grave"
    assert not SARIF.is_valid(log)


def test_sarif_points_at_the_line_of_the_operation():
    log = json.loads(sarif_json(EVIDENCE, document="spec.yaml", lines=LINES))
    [run] = log["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["FG-101", "FG-2"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "spec.yaml"
    assert place["region"]["startLine"] == LINES["getFlow"]
    assert run["results"][1]["suppressions"][0]["justification"] == "known"
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {"FG-101", "FG-2"}


SHARED = finding(
    rule="a rule: #/components/schemas/Run",
    cause="500: unknown id",
    showings=(Showing("getFlow", "500", 30), Showing("listRuns", "500", 7)),
    consequences=(Consequence("FG-105", "listFlows", 3),),
)


def test_every_output_shows_the_rule_and_all_operations():
    evidence = Evidence(contract_report(SHARED), None, OPERATION_IDS)
    judgement = judge(GATES, evidence)
    for text in (
        html_report(judgement, evidence),
        html.unescape(markdown_summary(judgement, evidence)),
        junit_xml(judgement, evidence),
        report_json(judgement, evidence),
        sarif_json(evidence, document="spec.yaml", lines=LINES),
        verdict_screen(judgement, evidence, width=200),
    ):
        assert SHARED.rule in html.unescape(text)
        assert "listRuns" in text
    [result] = json.loads(sarif_json(evidence, document="spec.yaml", lines=LINES))["runs"][0]["results"]
    lines = [place["physicalLocation"]["region"]["startLine"] for place in result["locations"]]
    assert lines == [LINES["getFlow"], LINES["listRuns"]]
    [told] = json.loads(report_json(judgement, evidence))["contract"]["findings"]
    assert told["operations"] == ["getFlow", "listRuns"]
    assert told["consequences"] == [{"id": "FG-105", "operation": "listFlows", "count": 3}]
    assert junit_xml(judgement, evidence).count("<failure") == 1 + 2, "the gate's, and each operation's"


def test_a_bracket_that_a_server_sent_is_no_link_in_sarif():
    evidence = Evidence(
        contract_report(finding(detail="see [here](http://evil.example) [1]")), None, OPERATION_IDS
    )
    [result] = json.loads(sarif_json(evidence, document="a b/spec.yaml", lines=LINES))["runs"][0]["results"]
    assert "see \\[here](http://evil.example) [1]" in result["message"]["text"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/spec.yaml"


def test_har_holds_each_exchange_without_its_token():
    log = json.loads(har_json(EVIDENCE))["log"]
    assert log["version"] == "1.2"
    assert len(log["entries"]) == 3
    entry = log["entries"][0]
    assert entry["request"]["url"].startswith("http://127.0.0.1:40123/api/orchestration/flows/")
    assert entry["response"]["status"] == 500
    assert entry["time"] == pytest.approx(4.2)
    assert "s3cret-t0ken" not in har_json(EVIDENCE)


def test_har_keeps_a_binary_body_and_says_when_no_answer_came():
    lost = replace(exchange(status=None), request=Request("POST", "/a?b=1&c=", (), b"\xff\x00", chunked=True))
    evidence = Evidence(
        contract_report(finding(exchanges=(exchange(body=b"\xff\x00"), lost))), None, OPERATION_IDS
    )
    binary, nothing = json.loads(har_json(evidence))["log"]["entries"]
    assert base64.b64decode(binary["response"]["content"]["text"]) == b"\xff\x00"
    assert (nothing["response"]["status"], nothing["response"]["comment"]) == (0, "connection reset by peer")
    assert nothing["request"]["queryString"] == [{"name": "b", "value": "1"}, {"name": "c", "value": ""}]


@pytest.mark.parametrize(
    "evidence",
    [EVIDENCE, NASTY, Evidence(None, None, OPERATION_IDS)],
    ids=["plain", "hostile", "nothing"],
)
def test_openmetrics_keeps_to_its_grammar(evidence):
    text = openmetrics_text(judge(GATES, evidence), evidence)
    families = [family.name for family in text_string_to_metric_families(text)]
    assert "flowgauge_exit_code" in families
    assert len(families) == len(set(families))


def test_openmetrics_holds_the_figures():
    text = openmetrics_text(judge(GATES, EVIDENCE), EVIDENCE)
    assert 'flowgauge_request_errors_total{operation="run",kind="shed 503"} 3' in text
    assert 'flowgauge_findings{severity="critical",waived="true"} 1' in text
    p50 = EVIDENCE.load.histograms["run.latency"].percentile(50)
    assert f'flowgauge_duration_seconds{{measure="run.latency",quantile="0.5"}} {p50:.9g}' in text
    assert 'quantile="0.999"' not in text, "150 samples cannot tell a p99.9"


def test_markdown_says_the_verdict_and_shows_how_to_see_it():
    text = markdown_summary(judge(GATES, EVIDENCE), EVIDENCE)
    assert text.startswith("## \N{CROSS MARK} flowgauge: failed")
    plain = html.unescape(text)
    assert "contract.findings == 0" in plain
    assert "curl -sS" in text
    assert plain.count("<details>") == plain.count("</details>") == 3


def test_hostile_text_does_nothing_in_markdown():
    text = markdown_summary(judge(GATES, NASTY), NASTY)
    outside = re.sub(r"(?ms)^(`{3,})\w*\n.*?^\1$", "", text)
    assert "<script" not in outside
    assert "](" not in outside
    assert "\x1b" not in text
    assert outside.count("<details>") == outside.count("</details>") == 1
    assert "@team" not in outside
    assert "www." not in outside
    text.encode("utf-8")


def test_a_summary_of_many_findings_stays_short():
    findings = [finding(id=f"FG-{number}", reproduction="x" * 100_000) for number in range(300)]
    evidence = Evidence(contract_report(*findings), None, OPERATION_IDS)
    text = markdown_summary(judge(GATES, evidence), evidence)
    told = text.count("<details>")
    assert 10 <= told <= 20
    assert f"And {300 - told} more" in text
    assert text.count("more characters: see the report") == told
    assert len(text) < 65_536, "GitHub refuses a longer comment"


def test_a_summary_of_endless_words_keeps_the_verdict_and_its_length():
    endless = finding(title="t" * 99_999, detail="d" * 99_999, waived="w" * 99_999, id="i" * 99_999)
    gates = [
        replace(gate, name=f"{number} {'n' * 9_999}", source="s" * 9_999)
        for number in range(200)
        for gate in GATES[:1]
    ]
    evidence = Evidence(contract_report(*[endless] * 30), load_run(seconds=1), OPERATION_IDS)
    text = markdown_summary(judge(gates, evidence), evidence)
    assert text.startswith("## \N{WHITE HEAVY CHECK MARK} flowgauge: passed")
    assert len(text) < 65_536


def test_two_rows_of_one_name_give_one_sample():
    twice = replace(
        EVIDENCE, contract=replace(EVIDENCE.contract, operations=EVIDENCE.contract.operations * 2)
    )
    text = openmetrics_text(judge(GATES, twice), twice)
    samples = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(samples) == len(set(samples))
    assert 'flowgauge_contract_cases_total{operation="getFlow"} 280' in text


@pytest.mark.parametrize("evidence", [NASTY, Evidence(None, None, OPERATION_IDS)], ids=["hostile", "nothing"])
def test_every_format_can_be_written_as_a_file(evidence):
    for text in (
        har_json(evidence),
        sarif_json(evidence, document="spec.yaml", lines=LINES),
    ):
        text.encode("utf-8")
        json.loads(text)
