"""Measures of a contract report."""

from collections.abc import Callable, Iterator

from flowgauge.expressions import Measure, MeasuredValue
from flowgauge.gates.evidence import Evidence
from flowgauge.results import SEVERITIES, ContractReport
from flowgauge.results.measures import Unit

__all__ = ["contract_measures"]

COVERAGE = ("operations", "parameters", "keywords", "examples", "responses", "response_keywords")
"""What of the document can be covered: a floor under the suites, never their headline."""

Read = Callable[[ContractReport], float | None]


def contract_measures() -> Iterator[Measure]:
    """Every measure whose name begins with `contract.`."""
    count = Unit.COUNT
    yield _measure("findings", count, "findings that no waiver covers", _open, grows=True)
    for severity in SEVERITIES:
        about = f"{severity} findings that no waiver covers"
        yield _measure(f"findings.{severity}", count, about, _of_severity(severity), grows=True)
    yield _measure("waived", count, "findings that a waiver covers", lambda r: len(r.findings) - _open(r))
    yield _measure("cases", count, "requests sent by the suites", lambda r: r.cases)
    yield Measure("contract.cases.least", count, "contract", "fewest cases on any operation", _fewest_cases)
    yield _measure("checks", count, "checks run", lambda r: sum(op.checks_run for op in r.operations))
    yield _measure("skipped", count, "checks skipped by name", lambda r: len(r.skipped))
    about = "share of the applicable classes of defects that were looked for"
    yield _measure("coverage", Unit.RATIO, about, lambda r: r.coverage)
    for name in COVERAGE:
        about = f"share of the document's {name} that the suites touched"
        yield _measure(f"coverage.{name}", Unit.RATIO, about, _covered(name))
    yield _measure("fault_score", Unit.RATIO, "share of the seeded faults caught", lambda r: r.fault_score)


def _measure(name: str, unit: Unit, about: str, value: Read, *, grows: bool = False) -> Measure:
    """`grows`: more cases can only raise it, so what an unfinished report shows is a lower bound."""

    def read(evidence: Evidence) -> MeasuredValue:
        report, gap = evidence.contract, evidence.contract_gap
        if report is None or gap is not None:
            return MeasuredValue(None, gap or "", at_least=value(report) if report and grows else None)
        return MeasuredValue.of(value(report))

    return Measure(f"contract.{name}", unit, "contract", about, read)


def _covered(name: str) -> Read:
    return lambda report: report.schema_coverage.get(name)


def _open(report: ContractReport) -> int:
    return sum(1 for finding in report.findings if finding.waived is None)


def _of_severity(severity: str) -> Read:
    return lambda report: sum(1 for f in report.findings if f.waived is None and f.severity == severity)


def _fewest_cases(evidence: Evidence) -> MeasuredValue:
    report, gap = evidence.contract, evidence.contract_gap
    if report is None or gap is not None:
        return MeasuredValue(None, gap or "")
    # Only the operations of the document: a report may add a row for requests outside it.
    cases = [op.cases for op in report.operations if op.operation in evidence.operations]
    return MeasuredValue.of(min(cases, default=None))
