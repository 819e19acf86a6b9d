"""Adding up the reports of several workers that each ran a part of the suites."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from flowgauge.results import (
    SEVERITIES,
    CheckTally,
    Consequence,
    ContractReport,
    Finding,
    OperationReport,
    Showing,
)

__all__ = ["merged"]


def merged(reports: Sequence[ContractReport]) -> ContractReport:
    """One report of all: cases and checks added, each finding once with its best evidence.

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
        left_out=tuple(name for name in first.left_out if all(name in r.left_out for r in reports)),
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
    groups: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in (finding for report in reports for finding in report.findings):
        groups[finding.key].append(finding)
    findings = [_finding(sorted(alike, key=_weight)) for alike in groups.values()]
    return tuple(sorted(findings, key=lambda finding: (finding.operation, *finding.key)))


def _weight(finding: Finding) -> tuple[int, int, int]:
    return finding.oddity, len(finding.exchanges), len(finding.reproduction)


def _finding(alike: Sequence[Finding]) -> Finding:
    """One of several, the most telling first."""
    after: Counter[tuple[str, str]] = Counter()
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for finding in alike:
        for following in finding.consequences:
            after[following.id, following.operation] += following.count
        for showing in finding.showings:
            counts[showing.operation] += showing.count
            shown.setdefault(showing.operation, showing.detail)
    return replace(
        alike[0],
        count=sum(finding.count for finding in alike),
        severity=min((finding.severity for finding in alike), key=SEVERITIES.index),
        showings=tuple(Showing(place, detail, counts[place]) for place, detail in shown.items()),
        consequences=tuple(Consequence(*about, count) for about, count in sorted(after.items())),
    )
