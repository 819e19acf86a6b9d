"""One run of the suites: the probe they share, and the report they end in."""

import time
from collections.abc import Sequence
from importlib.metadata import version

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.looks import applicable
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import USER_AGENT
from flowgauge.contract.settings import Settings
from flowgauge.contract.target import Capability, Target
from flowgauge.results import GENERIC, ContractReport, Finding
from flowgauge.results.waivers import Waiver, covered, today

__all__ = ["ContractSession"]

_VERSIONS_OF = ("flowgauge", "schemathesis", "hypothesis", "pytest", "tracecov")


class ContractSession:
    """Holds the probe; tells each test which findings are its own; writes the report."""

    def __init__(
        self, settings: Settings, target: Target, part: ContractPart, waivers: Sequence[Waiver] = ()
    ) -> None:
        self.settings = settings
        self.target = target
        self.recorder = Recorder(target.url, part.edition, part.findings)
        self.probe = Probe(target, self.recorder, part)
        self._started_at = time.time()
        self._started = time.monotonic()
        self._waivers = waivers
        self._has_asked = False
        if settings.budget is not None:
            self.probe.deadline = self._started + settings.budget

    @property
    def is_out_of_time(self) -> bool:
        """Whether the budget is used up."""
        return time.monotonic() > self.probe.deadline

    @property
    def title(self) -> str:
        """One line that names the target and the seed."""
        return f"flowgauge: {self.target.identity}, seed {self.settings.seed}"

    def needs(self, check: str, *capabilities: Capability, operations: tuple[str, ...] = ()) -> str | None:
        """Why a check cannot run against this target, or None; a reason is written into the report.

        `operations` are those that the check is about, all where none is named.
        """
        if Capability.EXECUTION in capabilities:
            self._find_abilities()
        lacking = [c for c in capabilities if c not in self.target.capabilities]
        if not lacking:
            return None
        reason = f"needs a target that {' and '.join(c.value for c in lacking)}"
        self.recorder.skip(check, reason, operations)
        return reason

    def _find_abilities(self) -> None:
        """Find out, once, what the target does of what the edition's own checks foretell."""
        is_known = self.probe.can(Capability.EXECUTION) or not self.probe.can(Capability.WRITE)
        if is_known or self._has_asked or self.probe.part.abilities is None:
            return
        self._has_asked = True
        self.probe.knowledge.abilities = self.probe.part.abilities(self.probe)
        if self.probe.knowledge.abilities:
            self.target.capabilities |= {Capability.EXECUTION}

    def news(self) -> tuple[Finding, ...]:
        """The findings that no earlier call has told; waived ones left out."""
        judged = covered(self.recorder.news(), self._waivers, today())
        return tuple(finding for finding in judged if finding.waived is None)

    def report(self, *, complete: bool) -> ContractReport:
        """The report as it stands now, before any waiver."""
        checks = applicable(self.probe.part.findings, self.probe.edition)
        return ContractReport(
            target=self.target.identity,
            seed=self.settings.seed,
            started_at=self._started_at,
            duration=time.monotonic() - self._started,
            complete=complete,
            operations=self.recorder.operation_reports(),
            findings=self.recorder.findings(),
            notes=self._notes(),
            skipped=self.recorder.skipped_checks(),
            seconds_to_first_finding=self.recorder.seconds_to_first_finding,
            schema_coverage=self.recorder.coverage.shares(),
            versions={name: version(name) for name in _VERSIONS_OF},
            applicable=len(checks),
            blind=self.recorder.looks.blind(checks, self._out_of_sight),
        )

    def _out_of_sight(self, finding_id: str) -> str | None:
        """What may have kept a class of defects out of sight on all answers."""
        if not self.probe.can(Capability.WRITE):
            return f"it needs a target that {Capability.WRITE.value}"
        made = {kind for kind, _ in self.probe.knowledge.given_out}
        for resource in self.probe.edition.resources:
            if resource.create is not None and resource.kind not in made:
                return f"no {resource.kind} could be made"
        is_own = finding_id not in GENERIC
        return "what the target does with its things is not known" if is_own else None

    def _notes(self) -> tuple[str, ...]:
        notes = list(self.probe.notices)
        if self.probe.held_back:
            unsent = f"{self.probe.held_back} requests were not sent"
            notes.append(f"the budget of {self.settings.budget:g} s was used up: {unsent}")
        if self.settings.read_only:
            unsent = f"{self.probe.held_back_writes} requests that could change something were not sent"
            notes.append(f"read-only: {unsent}")
        elif self.settings.connection is not None:
            notes.append(f"what the suites created, as {USER_AGENT[1]}, is still on the server")
        return tuple(notes)
