"""JUnit XML: one test case a gate, one a contract operation, well-formed whatever a server sent."""

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

from flowgauge.gates import Evidence, Judgement, Outcome, Verdict, format_value
from flowgauge.inert import inert
from flowgauge.report.figures import all_findings
from flowgauge.results import Finding, OperationReport

__all__ = ["junit_xml"]


def junit_xml(judgement: Judgement, evidence: Evidence) -> str:
    """The gates as one suite, the operations of the contract as another.

    A gate without data, or invalid, is an `error`: nothing was judged. A gate that only warns and does not
    pass is `skipped` with its message, so that a job is red here exactly when its exit code is. A finding
    fails its operation; findings outside the document get a case of their own.
    """
    root = ElementTree.Element("testsuites", name="flowgauge")
    suites = [_gate_cases(judgement.verdicts)]
    parts = [part for part in (evidence.contract, evidence.load) if part]
    begun = datetime.fromtimestamp(min((part.started_at for part in parts), default=0.0), UTC)
    lasted = sum(part.duration for part in parts)
    spans = {"gates": 0.0, "contract": lasted}
    if evidence.contract or evidence.load:
        operations = evidence.contract.operations if evidence.contract else ()
        left_out = evidence.contract.left_out if evidence.contract else ()
        suites.append(_contract_cases(operations, all_findings(evidence.contract, evidence.load), left_out))
    for name, cases in zip(("gates", "contract"), suites, strict=False):
        suite = ElementTree.SubElement(root, "testsuite", name=name, tests=str(len(cases)))
        suite.set("hostname", "localhost")
        suite.set("timestamp", begun.strftime("%Y-%m-%dT%H:%M:%S"))
        suite.set("time", f"{spans[name]:.3f}")
        for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            suite.set(attribute, str(sum(1 for case in cases if case.find(kind) is not None)))
        suite.extend(cases)
    root.set("time", f"{lasted:.3f}")
    # The common schemas know no `skipped` here.
    for attribute in ("tests", "failures", "errors"):
        root.set(attribute, str(sum(int(suite.get(attribute, "0")) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _gate_cases(verdicts: Sequence[Verdict]) -> list[ElementTree.Element]:
    cases = []
    for verdict in verdicts:
        case = _case("flowgauge.gates", verdict.gate.name)
        kind = {"failed": "failure", "regressed": "failure", "passed": None}.get(verdict.status, "error")
        if kind and not verdict.is_decisive:
            kind = "skipped"
        if kind:
            lines = [_told(outcome) for outcome in verdict.outcomes]
            _add(case, kind, f"{verdict.label}: {lines[0]}", "\n".join([*lines, verdict.gate.reason]))
        cases.append(case)
    return cases


def _told(outcome: Outcome) -> str:
    value = format_value(outcome.value, outcome.comparison.measure.unit)
    return f"{outcome.comparison}: {outcome.status}, measured {value} {outcome.note}".rstrip()


def _contract_cases(
    operations: Sequence[OperationReport], findings: Sequence[Finding], left_out: Sequence[str]
) -> list[ElementTree.Element]:
    cases = []
    named = [op.operation for op in operations]
    strangers = dict.fromkeys(place for f in findings for place in f.operations if place not in named)
    for op in operations:
        case = _case("flowgauge.contract", f"{op.operation} ({op.method} {op.path})")
        _add_findings(case, [f for f in findings if op.operation in f.operations])
        # One outcome a case: the schemas allow no more.
        if op.cases <= 0 and len(case) == 0:
            kind, why = ("error", "no data: no case was tried")
            if op.operation in left_out:
                kind, why = "skipped", "it writes, and the run was read-only"
            _add(case, kind, why, "")
        cases.append(case)
    for name in strangers:
        case = _case("flowgauge.contract", name)
        _add_findings(case, [f for f in findings if name in f.operations])
        cases.append(case)
    return cases


def _add_findings(case: ElementTree.Element, findings: Sequence[Finding]) -> None:
    open_findings = [f for f in findings if f.waived is None]
    if open_findings:
        first, rest = open_findings[0], len(open_findings) - 1
        more = f" and {rest} more" if rest else ""
        text = "\n\n".join(
            f"{f.id} {f.severity}: {f.title}\n{f.detail}\nat: {f.places}\nrule: {f.rule}\n\n{f.reproduction}"
            for f in open_findings
        )
        _add(case, "failure", f"{first.id}: {first.title}{more}", text)


def _case(classname: str, name: str) -> ElementTree.Element:
    # What is judged is a whole run: no single case has a time of its own.
    return ElementTree.Element("testcase", classname=classname, name=inert(name, keep=""), time="0")


def _add(case: ElementTree.Element, kind: str, message: str, text: str) -> None:
    element = ElementTree.SubElement(case, kind, message=inert(message, keep=""))
    element.text = inert(text)
