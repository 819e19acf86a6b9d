"""OpenMetrics text: the figures of a run for Prometheus and its kin."""

from collections.abc import Iterator

from flowgauge.gates import Evidence, Judgement
from flowgauge.report.figures import all_findings, duration_figures
from flowgauge.results import ContractReport, LoadRun
from flowgauge.results.metric_families import DURATION, ERRORS, REQUESTS, Family, Point, family_text

__all__ = ["openmetrics_text"]

GATE = Family("flowgauge_gate_passed", "gauge", "Whether the gate holds.")
EXIT_CODE = Family("flowgauge_exit_code", "gauge", "What the gates' command answers.")
FINDINGS = Family("flowgauge_findings", "gauge", "Findings by severity.")
CASES = Family("flowgauge_contract_cases", "counter", "Requests sent by the suites.")
SCORE = Family("flowgauge_fault_score_ratio", "gauge", "Share of the seeded faults caught.")


def openmetrics_text(judgement: Judgement, evidence: Evidence) -> str:
    """Gates, findings, counts and durations as metric families; what there is no data for is left out."""
    gates = [
        ("", {"gate": v.gate.name, "status": v.label}, 1.0 if v.status == "passed" else 0.0)
        for v in judgement.verdicts
    ]
    lines = [
        *family_text(GATE, gates),
        *family_text(EXIT_CODE, [("", {}, float(judgement.exit_code))]),
        *(_contract(evidence.contract) if evidence.contract else ()),
        *(_load(evidence.load) if evidence.load else ()),
        *_findings(evidence),
        "# EOF",
    ]
    return "\n".join(lines) + "\n"


def _findings(evidence: Evidence) -> Iterator[str]:
    if evidence.contract is None and evidence.load is None:
        return
    found = all_findings(evidence.contract, evidence.load)
    points: list[Point] = []
    for severity in ("critical", "major", "minor"):
        for waived in (False, True):
            count = sum(1 for f in found if f.severity == severity and (f.waived is not None) is waived)
            points.append(("", {"severity": severity, "waived": str(waived).lower()}, float(count)))
    yield from family_text(FINDINGS, points)


def _contract(report: ContractReport) -> Iterator[str]:
    cases: list[Point] = [
        ("_total", {"operation": op.operation}, float(op.cases)) for op in report.operations
    ]
    yield from family_text(CASES, cases)
    if report.fault_score is not None:
        yield from family_text(SCORE, [("", {}, report.fault_score)])


def _load(run: LoadRun) -> Iterator[str]:
    requests: list[Point] = [("_total", {"operation": op.name}, float(op.requests)) for op in run.operations]
    yield from family_text(REQUESTS, requests)
    errors: list[Point] = [
        ("_total", {"operation": op.name, "kind": kind}, float(count))
        for op in run.operations
        for kind, count in op.errors.items()
    ]
    yield from family_text(ERRORS, errors)
    durations: list[Point] = []
    for row in duration_figures(run):
        label = {"measure": row.name}
        durations += [
            ("", label | {"quantile": f"{percent / 100:g}"}, value)
            for percent, value in row.percentiles
            if value is not None
        ]
        durations += [("_count", label, float(row.count)), ("_sum", label, row.mean * row.count)]
    yield from family_text(DURATION, durations)
