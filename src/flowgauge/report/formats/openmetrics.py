"""OpenMetrics text: the figures of a run for Prometheus and its kin."""

from collections.abc import Iterable, Iterator, Mapping

from flowgauge.gates import Evidence, Judgement
from flowgauge.inert import inert
from flowgauge.report.figures import all_findings, duration_figures
from flowgauge.results import ContractReport, LoadRun

__all__ = ["openmetrics_text"]

Point = tuple[str, Mapping[str, str], float]
"""A suffix of the family's name, labels, and a value."""


def openmetrics_text(judgement: Judgement, evidence: Evidence) -> str:
    """Gates, findings, counts and durations as metric families; what there is no data for is left out."""
    gates = [
        ("", {"gate": v.gate.name, "status": v.label}, 1.0 if v.status == "passed" else 0.0)
        for v in judgement.verdicts
    ]
    lines = [
        *_family("flowgauge_gate_passed", "gauge", "Whether the gate holds.", gates),
        *_family(
            "flowgauge_exit_code",
            "gauge",
            "What the gates' command answers.",
            [("", {}, float(judgement.exit_code))],
        ),
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
    yield from _family("flowgauge_findings", "gauge", "Findings by severity.", points)


def _contract(report: ContractReport) -> Iterator[str]:
    cases: list[Point] = [
        ("_total", {"operation": op.operation}, float(op.cases)) for op in report.operations
    ]
    yield from _family("flowgauge_contract_cases", "counter", "Requests sent by the suites.", cases)
    if report.fault_score is not None:
        score: list[Point] = [("", {}, report.fault_score)]
        yield from _family(
            "flowgauge_fault_score_ratio", "gauge", "Share of the seeded faults caught.", score
        )


def _load(run: LoadRun) -> Iterator[str]:
    requests: list[Point] = [("_total", {"operation": op.name}, float(op.requests)) for op in run.operations]
    yield from _family("flowgauge_requests", "counter", "Requests sent under load.", requests)
    errors: list[Point] = [
        ("_total", {"operation": op.name, "kind": kind}, float(count))
        for op in run.operations
        for kind, count in op.errors.items()
    ]
    yield from _family("flowgauge_request_errors", "counter", "Failed requests under load.", errors)
    durations: list[Point] = []
    for row in duration_figures(run):
        label = {"measure": row.name}
        durations += [
            ("", label | {"quantile": f"{percent / 100:g}"}, value)
            for percent, value in row.percentiles
            if value is not None
        ]
        durations += [("_count", label, float(row.count)), ("_sum", label, row.mean * row.count)]
    yield from _family(
        "flowgauge_duration_seconds", "summary", "Durations under load.", durations, unit="seconds"
    )


def _family(
    name: str, kind: str, about: str, points: Iterable[Point], *, unit: str | None = None
) -> Iterator[str]:
    # Two rows of a report may bear one name; a parser refuses a sample that comes twice.
    summed: dict[str, float] = {}
    for suffix, labels, value in points:
        sample = f"{name}{suffix}{_labels(labels)}"
        summed[sample] = summed.get(sample, 0.0) + value
    rows = [f"{sample} {value:.9g}" for sample, value in summed.items()]
    if rows:
        yield f"# TYPE {name} {kind}"
        if unit:
            yield f"# UNIT {name} {unit}"
        yield f"# HELP {name} {about}"
        yield from rows


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return inert(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
