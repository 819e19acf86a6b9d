"""One run of the suites: the probe they share, and the report they end in."""

import time
from collections.abc import Sequence
from importlib.metadata import version

from flowgauge.contract.edition_part import ContractPart, Scenario
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import USER_AGENT
from flowgauge.contract.session.replay import replayed
from flowgauge.contract.settings import Settings
from flowgauge.contract.target import Capability, Target
from flowgauge.results import ContractReport, Finding
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
        self._met = self.recorder.met()
        self._waivers = waivers
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
        lacking = [c for c in capabilities if c not in self.target.capabilities]
        if not lacking:
            return None
        reason = f"needs a target that {' and '.join(c.value for c in lacking)}"
        self.recorder.skip(check, reason, operations)
        return reason

    def guards(self, scenario: Scenario) -> str | None:
        """Why a scenario must not be sent to this target, or None; a reason is written into the report."""
        is_ours = Capability.EXCLUSIVE in self.target.capabilities
        if scenario.guard is None or is_ours or scenario.guard in self.settings.allowed:
            return None
        reason = f"is sent to a server of others with --flowgauge-allow {scenario.guard} only"
        self.recorder.skip(scenario.name, reason, scenario.operations)
        return reason

    def found_since_last_asked(self) -> tuple[Finding, ...]:
        """The findings that were met since the last call, those of one test; waived ones left out."""
        met = self.recorder.met()
        fresh = [key for key, count in met.items() if count > self._met[key]]
        self._met = met
        judged = covered(self.recorder.findings(fresh), self._waivers, today())
        return tuple(finding for finding in judged if not finding.waived)

    def report(self, *, complete: bool) -> ContractReport:
        """The report as it stands now, before any waiver."""
        return ContractReport(
            target=self.target.identity,
            seed=self.settings.seed,
            started_at=self._started_at,
            duration=time.monotonic() - self._started,
            complete=complete,
            operations=self.recorder.operation_reports(),
            findings=self._replayed(),
            notes=self._notes(),
            skipped=self.recorder.skipped_checks(),
            seconds_to_first_finding=self.recorder.seconds_to_first_finding,
            schema_coverage=self.recorder.coverage.shares(),
            versions={name: version(name) for name in _VERSIONS_OF},
        )

    def _replayed(self) -> tuple[Finding, ...]:
        return replayed(
            self.recorder.findings(), self.target, self.probe.edition, ends_at=self.probe.deadline
        )

    def _notes(self) -> tuple[str, ...]:
        notes = []
        if self.probe.held_back:
            unsent = f"{self.probe.held_back} requests were not sent"
            notes.append(f"the budget of {self.settings.budget:g} s was used up: {unsent}")
        if not self.settings.needs_auth:
            notes.append("no token was sent, and nothing that has to do with credentials was looked at")
        elif self.settings.connection is not None and not self.settings.has_credential:
            notes.append(
                "no token was given and none was asked for: give --flowgauge-no-auth if that is right,"
                " and a token if it is not"
            )
        if self.settings.read_only:
            unsent = f"{self.probe.held_back_writes} requests that could change something were not sent"
            notes.append(f"read-only: {unsent}")
        elif self.settings.connection is not None:
            notes.append(f"what the suites created, as {USER_AGENT[1]}, is still on the server")
        return tuple(notes)
