"""What a run of the contract suites found, and how hard it looked."""

from collections import Counter
from dataclasses import dataclass, field

from flowgauge.results.bounds import Share
from flowgauge.results.finding import Finding
from flowgauge.results.target_identity import TargetIdentity

__all__ = ["BlindCheck", "CheckTally", "ContractReport", "OperationReport", "SkippedCheck"]


@dataclass(frozen=True, slots=True)
class CheckTally:
    """How often one check ran on one operation, and how often it found something."""

    ran: int
    failed: int


@dataclass(frozen=True, slots=True)
class SkippedCheck:
    """A check that could not run against this target, and why.

    `operations` are those that it would have been made on; all where none is named.
    """

    check: str
    reason: str
    operations: tuple[str, ...] = ()

    def concerns(self, operation: str) -> bool:
        """Whether it would have been made on that operation."""
        return not self.operations or operation in self.operations


@dataclass(frozen=True, slots=True)
class BlindCheck:
    """A class of defects that the suites never got to look for, and why."""

    id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class OperationReport:
    """One operation's line: cases sent, and the tally of each check by name."""

    operation: str
    method: str
    path: str
    cases: int
    checks: dict[str, CheckTally]

    @property
    def checks_run(self) -> int:
        """How many times any check judged an exchange of this operation."""
        return sum(tally.ran for tally in self.checks.values())


@dataclass(frozen=True, slots=True)
class ContractReport:
    """One run of the suites.

    `started_at` is seconds since the epoch, `duration` seconds. `complete` is False where the suites did
    not run to their end (interrupted, a harness error, a part of them selected): such a report cannot
    pass a gate. `schema_coverage` holds the shares (0..1) of the document that were touched. `fault_score`
    is the share (0..1) of the seeded faults that the suites caught, where that was measured. Of
    `applicable` classes of defects those that are `blind` were never looked for. `left_out` are the
    operations that nobody asked for: those that write, in a read-only run.
    """

    target: TargetIdentity
    seed: int
    started_at: float
    duration: float
    complete: bool
    operations: tuple[OperationReport, ...]
    findings: tuple[Finding, ...]
    skipped: tuple[SkippedCheck, ...] = ()
    notes: tuple[str, ...] = ()
    fault_score: Share | None = None
    seconds_to_first_finding: float | None = None
    schema_coverage: dict[str, Share] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    applicable: int = 0
    blind: tuple[BlindCheck, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def coverage(self) -> float | None:
        """The share (0..1) of the applicable classes of defects that were looked for, if any could be."""
        return 1 - len(self.blind) / self.applicable if self.applicable and self.cases else None

    @property
    def blindness(self) -> str | None:
        """What was out of sight, in a line; None where nothing was."""
        if not self.blind:
            return None
        reasons = Counter(check.reason for check in self.blind).most_common()
        said = f"{len(self.blind)} of {self.applicable} checks were blind"
        if len(reasons) == 1:
            return f"{said}, because {reasons[0][0]}"
        return f"{said}: " + ", ".join(f"{count} because {reason}" for reason, count in reasons)

    @property
    def cases(self) -> int:
        """Requests sent over all operations."""
        return sum(op.cases for op in self.operations)
