"""Adding up the reports of several workers that each ran a part of the suites."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from flowgauge.results import CheckTally, ContractReport, Finding, OperationReport

__all__ = ["merged"]


def merged(reports: Sequence[ContractReport]) -> ContractReport:
    """One report of all: cases and checks added, each finding once with its shortest evidence.

    Shape: at least one report, all of one seed and of like targets.
    """
    first = reports[0]
    firsts = [r.seconds_to_first_finding for r in reports if r.seconds_to_first_finding is not None]
    names = dict.fromkeys(op.operation for report in reports for op in report.operations)
    return replace(
        first,
        target=replace(first.target, count=len(reports)),
        started_at=min(report.started_at for report in reports),
        duration=max(report.duration for report in reports),
        complete=all(report.complete for report in reports),
        operations=tuple(_operation(name, reports) for name in names),
        findings=_findings(reports),
        skipped=tuple(dict.fromkeys(skipped for report in reports for skipped in report.skipped)),
        # What one of them looked at was looked at.
        blind=tuple(b for b in first.blind if all(b.id in {o.id for o in r.blind} for r in reports)),
        notes=tuple(dict.fromkeys(note for report in reports for note in report.notes)),
        seconds_to_first_finding=min(firsts, default=None),
        # What two workers touched together is not known, but it is no less than the larger share.
        schema_coverage={
            name: max(report.schema_coverage.get(name, 0.0) for report in reports)
            for name in first.schema_coverage
        },
    )


def _operation(name: str, reports: Sequence[ContractReport]) -> OperationReport:
    rows = [op for report in reports for op in report.operations if op.operation == name]
    ran: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for row in rows:
        for check, tally in row.checks.items():
            ran[check] += tally.ran
            failed[check] += tally.failed
    checks = {check: CheckTally(ran[check], failed[check]) for check in sorted(ran)}
    return replace(rows[0], cases=sum(row.cases for row in rows), checks=checks)


def _findings(reports: Sequence[ContractReport]) -> tuple[Finding, ...]:
    best: dict[tuple[str, str], Finding] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for finding in (finding for report in reports for finding in report.findings):
        counts[finding.key] += finding.count
        known = best.get(finding.key)
        if known is None or len(finding.reproduction) < len(known.reproduction):
            best[finding.key] = finding
    return tuple(
        replace(best[key], count=counts[key]) for key in sorted(best, key=lambda key: (key[1], key[0]))
    )
