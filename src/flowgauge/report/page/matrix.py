"""The contract matrix: operations down, checks across, with what was tried, skipped and found."""

from dataclasses import dataclass

from flowgauge.results import CheckTally, ContractReport

__all__ = ["ContractMatrix", "MatrixRow", "contract_matrix"]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One operation. `cells` stand in the order of the matrix's checks; None where a check never ran."""

    operation: str
    method: str
    path: str
    cases: int
    checks_run: int
    cells: tuple[CheckTally | None, ...]
    findings: tuple[str, ...]
    waived: int


@dataclass(frozen=True, slots=True)
class ContractMatrix:
    """All operations by all checks, the checks that found something first."""

    checks: tuple[str, ...]
    rows: tuple[MatrixRow, ...]


def contract_matrix(report: ContractReport) -> ContractMatrix:
    """The matrix of a report, its operations in the report's order."""
    failed: dict[str, int] = {}
    for op in report.operations:
        for name, tally in op.checks.items():
            failed[name] = failed.get(name, 0) + tally.failed
    checks = tuple(sorted(failed, key=lambda name: (not failed[name], name)))
    rows = []
    for op in report.operations:
        found = [finding for finding in report.findings if op.operation in finding.operations]
        rows.append(
            MatrixRow(
                operation=op.operation,
                method=op.method,
                path=op.path,
                cases=op.cases,
                checks_run=op.checks_run,
                cells=tuple(op.checks.get(name) for name in checks),
                findings=tuple(finding.id for finding in found if finding.waived is None),
                waived=sum(1 for finding in found if finding.waived is not None),
            )
        )
    return ContractMatrix(checks, tuple(rows))
