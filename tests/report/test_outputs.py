"""HTML, JSON, JUnit and the terminal: the figures are there, agree, and hostile content stays inert."""

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from run_values import OPERATION_IDS, contract_report, exchange, finding, load_run, stalling

from flowgauge.errors import ExitCode
from flowgauge.gates import Effect, Evidence, gate_measures, judge, parse_gates, read_evidence, read_gates
from flowgauge.report import (
    html_report,
    junit_xml,
    markdown_summary,
    report_json,
    verdict_screen,
    verdicts_json,
)
from flowgauge.report.formats.json_report import SCHEMA_PATH
from flowgauge.report.page.change_table import change_table
from flowgauge.results import (
    CapacityStep,
    CheckTally,
    OperationCounts,
    SkippedCheck,
    TargetIdentity,
    write_contract_report,
    write_load_run,
)

GATES = parse_gates(
    """
    [[gate]]
    expect = "contract.findings == 0"
    reason = "a promise"
    [[gate]]
    expect = "run.p99 < 250ms"
    [[gate]]
    expect = "create.p99 < 250ms"
    [[gate]]
    expect = "all(errors < 0.1%, run_to_terminal.p95 < 2s for 5s)"
    [[gate]]
    expect = "poll.p50 < 1us"
    severity = "warn"
    [[gate]]
    expect = "contract.fault_score == 100%"
    """
)
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\x00]]>&\ud800\u202e\"'"
BINARY = b"\x00\xff</script><!--]]>\x1b"
CLEAN = Evidence(contract_report(fault_score=1.0), load_run(seconds=8), OPERATION_IDS)
BROKEN = Evidence(
    contract_report(
        finding(),
        finding(id="FG-301", title="undeclared", severity="minor", operation="listFlows", waived="known"),
    ),
    load_run(seconds=8, latency=stalling(every=4), errors=9),
    OPERATION_IDS,
)


def hostile_evidence(text=HOSTILE, body=BINARY):
    bad = finding(
        title=text,
        detail=text,
        operation=text,
        id=text,
        reproduction=text,
        exchanges=(exchange(body=body, target=text), exchange(status=None)),
    )
    report = contract_report(bad, finding(waived=text))
    report = replace(
        report,
        target=TargetIdentity("server", text, (text,)),
        skipped=(SkippedCheck(text, text),),
        notes=(text,),
        versions={text: text},
        operations=(*report.operations, replace(report.operations[0], checks={text: CheckTally(3, 1)})),
    )
    run = load_run(seconds=3)
    run = replace(
        run,
        target=TargetIdentity("server", text, (text,)),
        scenario=text,
        plan={text: text},
        host={text: [text]},
        operations=(*run.operations, OperationCounts(text, text, 3, {text: 3})),
        examples=((text, exchange(body=body)),),
        histograms=run.histograms | {text: run.histograms["run.latency"]},
        invalid=(text,),
    )
    return Evidence(report, run, OPERATION_IDS, missing=(text,))


class Page(HTMLParser):
    """What a browser would make of the page: elements, their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self.scripts, self.open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        self.open.append(f"/{tag}")

    def handle_data(self, data):
        (self.scripts if self.open and self.open[-1] == "script" else self.text).append(data)


def rendered(evidence):
    return html_report(judge(GATES, evidence), evidence)


def test_the_page_says_the_verdict_the_figures_and_the_findings():
    page = Page(rendered(BROKEN))
    text = " ".join("".join(page.text).split())
    judgement = judge(GATES, BROKEN)
    for wanted in (
        "failed",
        "FG-101",
        "an unknown id is answered with a server error",
        "getFlow",
        "37 times",
    ):
        assert wanted in text
    for verdict in judgement.verdicts:
        assert verdict.gate.source in text
    assert "waived" in text
    assert "curl -sS" in text
    assert "shed 503: 6" in text
    assert all(operation in text for operation in OPERATION_IDS)


def test_a_load_that_was_stopped_or_searched_says_so_in_every_output():
    steps = (
        CapacityStep(100, 10, True, 1.0, {"run.p99": 0.01}),
        CapacityStep(200, 10, False, 0.97, {"run.p99": None}),
        CapacityStep(150, 10, True, 0.5, {}, invalid=("late",)),
    )
    run = replace(CLEAN.load, stopped_because="errors>10% for 5s", capacity_steps=steps)
    evidence = replace(CLEAN, load=run)
    text = " ".join("".join(Page(rendered(evidence)).text).split())
    assert "errors>10% for 5s" in text
    assert "did not hold" in text
    nothing = "the step at 150/s says nothing about the server (late)"
    assert f"100/s held once; {nothing}: it is a lower bound." in text
    assert "run.p99: no data" in text
    assert "late" in text
    report = json.loads(report_json(judge(GATES, evidence), evidence))
    assert report["load"]["stopped_because"] == "errors>10% for 5s"
    assert [step["held"] for step in report["load"]["capacity_steps"]] == [True, False, True]
    assert jsonschema_rs.validator_for(SCHEMA).is_valid(report)
    assert "stopped: errors>10% for 5s" in verdict_screen(judge(GATES, evidence), evidence)
    assert "errors>10% for 5s" in html.unescape(markdown_summary(judge(GATES, evidence), evidence))


def test_the_token_of_a_request_is_not_shown():
    assert "s3cret-t0ken" not in rendered(BROKEN)


@pytest.mark.parametrize("evidence", [CLEAN, BROKEN, hostile_evidence()], ids=["clean", "broken", "hostile"])
def test_the_page_refers_to_nothing_outside_itself(evidence):
    page = Page(rendered(evidence))
    names = [name for _, attributes in page.elements for name in attributes]
    assert {"src", "srcset", "action", "data"}.isdisjoint(names)
    links = [a["href"] for _, a in page.elements if "href" in a]
    assert links
    assert all(link.startswith("#") for link in links)
    assert "url(" not in rendered(evidence)
    assert "@import" not in rendered(evidence)


def test_every_anchor_leads_somewhere_and_no_id_stands_twice():
    page = Page(rendered(BROKEN))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    targets = [a["href"][1:] for _, a in page.elements if a.get("href", "#") != "#"]
    labels = [part for _, a in page.elements for part in a.get("aria-labelledby", "").split()]
    copies = [a["data-copy"] for _, a in page.elements if "data-copy" in a]
    assert set(targets + labels + copies) <= set(ids)


def test_hostile_content_stays_text():
    source = rendered(hostile_evidence())
    page = Page(source)
    assert [tag for tag, _ in page.elements].count("img") == 0
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    kinds = [a.get("type") for tag, a in page.elements if tag == "script"]
    assert kinds.count(None) == 1
    assert set(kinds) == {None, "application/json"}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", source)


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(None, None, OPERATION_IDS, missing=("no files",)),
        Evidence(contract_report(), None, OPERATION_IDS),
        Evidence(contract_report(cases=0, complete=False), None, OPERATION_IDS),
        Evidence(None, load_run(seconds=1, rate=1), OPERATION_IDS),
        Evidence(None, replace(load_run(seconds=1), histograms={}, slices=()), OPERATION_IDS),
    ],
    ids=["nothing", "contract only", "empty contract", "tiny load", "load without histograms"],
)
def test_every_output_can_be_made_of_whatever_there_is(evidence):
    judgement = judge(GATES, evidence)
    assert judgement.exit_code is ExitCode.NO_DATA
    assert "no data" in html_report(judgement, evidence)
    assert "NO DATA" in verdict_screen(judgement, evidence)
    ElementTree.fromstring(junit_xml(judgement, evidence))
    assert json.loads(report_json(judgement, evidence))["status"] == "no data"


def test_the_same_run_gives_the_same_page():
    assert rendered(BROKEN) == rendered(BROKEN)


def test_a_run_read_back_from_its_files_gives_the_same_outputs(tmp_path):
    write_contract_report(tmp_path, BROKEN.contract)
    write_load_run(tmp_path, BROKEN.load)
    again = read_evidence(tmp_path, operations=OPERATION_IDS)
    assert html_report(judge(GATES, again), again) == rendered(BROKEN)
    assert report_json(judge(GATES, again), again) == report_json(judge(GATES, BROKEN), BROKEN)


SCHEMA = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "evidence",
    [CLEAN, BROKEN, hostile_evidence(), Evidence(None, None, OPERATION_IDS)],
    ids=["clean", "broken", "hostile", "nothing"],
)
def test_the_json_report_keeps_to_its_published_schema(evidence):
    jsonschema_rs.meta.validate(SCHEMA)
    report = json.loads(report_json(judge(GATES, evidence), evidence))
    assert [error.message for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(report)] == []


def _without(name):
    return lambda report: report.pop(name)


@pytest.mark.parametrize(
    "damage",
    [
        _without("format"),
        _without("gates"),
        lambda report: report.update(version=3),
        lambda report: report.update(status="fine"),
        lambda report: report.update(exit_code="0"),
        lambda report: report["gates"][0].update(status="green"),
        lambda report: report["gates"][0]["outcomes"][0].update(value="3"),
        lambda report: report["contract"]["operations"][0].update(cases=-1),
        lambda report: report["contract"]["findings"][0].update(severity="fatal"),
        lambda report: report["load"].update(requests="many"),
        lambda report: report["load"]["durations"]["run.latency"].pop("count"),
    ],
)
def test_the_published_schema_refuses_a_broken_report(damage):
    report = json.loads(report_json(judge(GATES, BROKEN), BROKEN))
    damage(report)
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(report)


def _undeclared(value, schema, path=""):
    """Members that the schema does not name, so that it documents everything that there is."""
    schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    if "oneOf" in schema:
        schema = schema["oneOf"][1]
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    if isinstance(value, list):
        for item in value:
            yield from _undeclared(item, schema.get("items", {}), f"{path}[]")
    if isinstance(value, dict) and "properties" in schema and "additionalProperties" not in schema:
        for key, member in value.items():
            if key not in schema["properties"]:
                yield f"{path}.{key}"
            else:
                yield from _undeclared(member, schema["properties"][key], f"{path}.{key}")


def test_the_published_schema_names_every_member_of_the_report():
    report = json.loads(report_json(judge(GATES, BROKEN), BROKEN))
    assert list(_undeclared(report, SCHEMA)) == []


def test_the_json_report_holds_the_figures_of_the_run():
    report = json.loads(report_json(judge(GATES, BROKEN), BROKEN))
    run = BROKEN.load
    assert report["load"]["durations"]["run.latency"]["p99"] == run.histograms["run.latency"].percentile(99)
    assert report["load"]["failed"] == 9
    assert report["contract"]["cases"] == 980
    assert report["gates"][1]["outcomes"][0]["value"] == run.histograms["run.latency"].percentile(99)
    assert json.loads(verdicts_json(judge(GATES, BROKEN)))["gates"] == report["gates"]


def test_junit_counts_what_it_holds():
    root = ElementTree.fromstring(junit_xml(judge(GATES, BROKEN), BROKEN))
    gates, contract = root.findall("testsuite")
    assert (gates.get("tests"), gates.get("failures"), gates.get("errors"), gates.get("skipped")) == (
        "6",
        "4",
        "1",
        "1",
    )
    assert (contract.get("tests"), contract.get("failures")) == ("7", "1")
    failed = [case.get("name") for case in contract if case.find("failure") is not None]
    assert failed == ["getFlow (GET /api/orchestration/flows/{flowId})"]
    assert root.get("tests") == "13"


def test_junit_keeps_to_the_common_schemas():
    untried = replace(BROKEN, contract=replace(contract_report(finding()), operations=()))
    for evidence in (CLEAN, BROKEN, hostile_evidence(), untried, Evidence(None, None, OPERATION_IDS)):
        root = ElementTree.fromstring(junit_xml(judge(GATES, evidence), evidence))
        assert set(root.attrib) == {"name", "tests", "failures", "errors", "time"}
        for suite in root:
            assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"} == set(
                suite.attrib
            )
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
            assert int(suite.get("tests")) == len(suite)
            for case in suite:
                assert set(case.attrib) == {"classname", "name", "time"}
                assert len(case) <= 1, "one outcome a case"


def test_junit_is_red_exactly_when_the_exit_code_is():
    gates = parse_gates(
        "[[gate]]\nexpect = 'contract.findings == 0'\n"
        "[[gate]]\nexpect = 'contract.fault_score == 100%'\nseverity = 'warn'\n"
        "[[gate]]\nexpect = 'arrivals.delivered >= 99%'\nseverity = 'warn'"
    )
    evidence = Evidence(contract_report(), load_run(seconds=2, arrivals_started=1), OPERATION_IDS)
    judgement = judge(gates, evidence)
    assert judgement.exit_code is ExitCode.PASSED
    root = ElementTree.fromstring(junit_xml(judgement, evidence))
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert root[0].get("skipped") == "2"


def test_junit_gives_a_finding_outside_the_document_a_case_of_its_own():
    evidence = replace(CLEAN, contract=contract_report(finding(operation="(unknown route)")))
    root = ElementTree.fromstring(junit_xml(judge(GATES, evidence), evidence))
    assert root.find("testsuite[@name='contract']/testcase[@name='(unknown route)']/failure") is not None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=40), st.binary(max_size=60))
def test_junit_is_well_formed_whatever_a_server_sent(text, body):
    evidence = hostile_evidence(text, body)
    ElementTree.fromstring(junit_xml(judge(GATES, evidence), evidence))


def test_one_screen_says_it_all():
    screen = verdict_screen(judge(GATES, BROKEN), BROKEN, width=100)
    lines = screen.splitlines()
    assert lines[1].startswith("FAILED  ")
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    assert "FG-101   critical getFlow: expected 404, got 500 (37 times)" in screen
    assert "[waived: known]" in screen
    assert "\x1b" not in screen


@pytest.mark.parametrize(
    ("evidence", "height"),
    [
        (CLEAN, 16),
        (CLEAN, 24),
        (BROKEN, 16),
        (BROKEN, 24),
        (hostile_evidence(), 24),
        (hostile_evidence(), 50),
    ],
)
def test_the_screen_is_no_larger_than_the_terminal_and_hides_no_failure(evidence, height):
    findings = [finding(id=f"FG-{n}", detail="\N{CJK UNIFIED IDEOGRAPH-5BBD}" * 200) for n in range(30)]
    contract = replace(evidence.contract, findings=(*evidence.contract.findings, *findings))
    crowd = replace(evidence, contract=contract)
    gates = read_gates(Path(__file__).parents[2] / "reports" / "gates.toml")
    screen = verdict_screen(judge(gates, crowd), crowd, width=80, height=height)
    lines = screen.splitlines()
    assert len(lines) < height, "the prompt needs a line too"
    assert max(map(cell_len, lines)) <= 80
    assert lines[1].startswith("FAILED")
    told = sum("\N{CJK UNIFIED IDEOGRAPH-5BBD}" in line for line in lines)
    rest = int(re.search(r"and (\d+) more: see the report", screen)[1])
    assert told >= 1
    assert 30 <= told + rest <= 30 + len(evidence.contract.findings)
    for verdict in judge(gates, crowd).verdicts:
        assert verdict.status != "failed" or verdict.gate.name in screen


def test_a_log_gets_every_gate():
    screen = verdict_screen(judge(GATES, CLEAN), CLEAN, width=80)
    assert all(verdict.gate.name[:20] in screen for verdict in judge(GATES, CLEAN).verdicts)


def test_a_log_of_80_columns_cuts_no_reason_and_not_what_was_asked():
    gates = read_gates(Path(__file__).parents[2] / "reports" / "gates.toml")
    evidence = replace(BROKEN, load=replace(BROKEN.load, histograms={}))
    screen = verdict_screen(judge(gates, evidence), evidence, width=80)
    assert max(map(cell_len, screen.splitlines())) <= 80
    told = " ".join(screen.split())
    for verdict in judge(gates, evidence).verdicts:
        if verdict.label == "failed":
            assert verdict.gate.reason in told
        if verdict.label == "no data":
            assert verdict.deciding.note in told
    assert re.search(r"load of [\d,]+ requests in", told)


def test_colour_comes_only_when_it_is_asked_for_and_never_from_the_server():
    evidence = hostile_evidence()
    screen = verdict_screen(judge(GATES, evidence), evidence, width=200, colour=True)
    assert set(re.findall(r"\x1b\[[^m]*m", screen)) <= {f"\x1b[{code}m" for code in (0, 2, 31, 32, 33, 35)}
    assert screen.count("\x1b") == len(re.findall(r"\x1b\[\d+m", screen))


def test_many_findings_are_cut_with_a_word_about_the_rest():
    evidence = replace(CLEAN, contract=contract_report(*(finding(id=f"FG-{n}") for n in range(100, 150))))
    screen = verdict_screen(judge(GATES, evidence), evidence)
    assert "and 38 more: see the report" in screen
    assert len(screen.splitlines()) < 35


def test_templates_and_schema_are_package_data():
    root = Path(SCHEMA_PATH).parent
    assert {path.name for path in (root.parent / "page" / "templates").iterdir()} >= {
        "report.html.j2",
        "report.css",
        "report.js",
    }


@pytest.mark.parametrize(
    ("low", "change", "high", "label"),
    [
        (0.11, 0.2, 0.3, "x regressed"),
        (0.01, 0.05, 0.09, "~ a little"),
        (-0.2, 0.2, 0.6, "= no change"),
        (-0.2, -0.05, -0.001, "~ a little"),
        (-0.4, -0.3, -0.2, "+ faster"),
    ],
)
def test_a_change_is_called_what_it_is_by_one_rule_for_both_ways(low, change, high, label) -> None:
    measure = gate_measures().find("run.latency.p90")
    assert measure is not None
    figure = measure.figure
    assert figure is not None
    effect = Effect(before=0.1, after=0.1 * (1 + change), change=change, low=low, high=high)
    title, row, *_ = change_table({figure: effect}, minimum=0.1, errors=(0.1, 0.1)).splitlines()
    assert (title, row.split("  p90")[0].strip()) == ("  run.latency", label)
    assert len(row) < 80
