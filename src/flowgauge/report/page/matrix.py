"""The contract matrix: a row an operation, with its checks by what they found."""

from dataclasses import dataclass

from flowgauge.results import CheckTally, ContractReport

__all__ = ["ContractMatrix", "MatrixRow", "contract_matrix"]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One operation: the checks that `found` something there, those that did not, those that never ran."""

    operation: str
    method: str
    path: str
    cases: int
    checks_run: int
    found: tuple[tuple[str, CheckTally], ...]
    sound: tuple[tuple[str, CheckTally], ...]
    idle: tuple[str, ...]
    findings: tuple[str, ...]
    waived: int


@dataclass(frozen=True, slots=True)
class ContractMatrix:
    """All operations, in the report's order."""

    rows: tuple[MatrixRow, ...]


def contract_matrix(report: ContractReport) -> ContractMatrix:
    """The matrix of a report."""
    checks = sorted({name for op in report.operations for name in op.checks})
    rows = []
    for op in report.operations:
        ran = [(name, op.checks[name]) for name in checks if name in op.checks and op.checks[name].ran]
        met = [finding for finding in report.findings if op.operation in finding.operations]
        rows.append(
            MatrixRow(
                operation=op.operation,
                method=op.method,
                path=op.path,
                cases=op.cases,
                checks_run=op.checks_run,
                found=tuple((name, tally) for name, tally in ran if tally.failed),
                sound=tuple((name, tally) for name, tally in ran if not tally.failed),
                idle=tuple(name for name in checks if name not in dict(ran)),
                findings=tuple(dict.fromkeys(finding.id for finding in met if finding.waived is None)),
                waived=sum(1 for finding in met if finding.waived is not None),
            )
        )
    return ContractMatrix(tuple(rows))
