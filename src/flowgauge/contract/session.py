"""One run of the suites: the probe they share, and the report they end in."""

import time
from importlib.metadata import version

from flowgauge.contract.probe import Probe
from flowgauge.contract.recorder import Recorder
from flowgauge.contract.settings import Settings
from flowgauge.contract.target import Capability, Target
from flowgauge.results import ContractReport, Finding, write_contract_report

__all__ = ["ContractSession"]

_VERSIONS_OF = ("flowgauge", "schemathesis", "hypothesis", "pytest")


class ContractSession:
    """Holds the probe; tells each test which findings are its own; writes the report."""

    def __init__(self, settings: Settings, target: Target) -> None:
        self.settings = settings
        self.target = target
        self.recorder = Recorder(target.url)
        self.probe = Probe(target, self.recorder)
        self._started_at = time.time()
        self._started = time.monotonic()
        self._met = self.recorder.met()

    @property
    def title(self) -> str:
        """One line that names the target and the seed."""
        return f"flowgauge: {self.target.name}, seed {self.settings.seed}"

    def needs(self, check: str, *capabilities: Capability) -> str | None:
        """Why a check cannot run against this target, or None; a reason is written into the report."""
        lacking = [c for c in capabilities if c not in self.target.capabilities]
        if not lacking:
            return None
        reason = f"needs a target that {' and '.join(c.value for c in lacking)}"
        self.recorder.skip(check, reason)
        return reason

    def found_since_last_asked(self) -> tuple[Finding, ...]:
        """The findings that were met since the last call: those of one test."""
        met = self.recorder.met()
        fresh = [key for key, count in met.items() if count > self._met[key]]
        self._met = met
        return self.recorder.findings(fresh)

    def report(self, *, complete: bool) -> ContractReport:
        """The report as it stands now."""
        return ContractReport(
            target=self.target.name,
            seed=self.settings.seed,
            started_at=self._started_at,
            duration=time.monotonic() - self._started,
            complete=complete,
            operations=self.recorder.operation_reports(),
            findings=self.recorder.findings(),
            skipped=self.recorder.skipped_checks(),
            seconds_to_first_finding=self.recorder.seconds_to_first_finding,
            versions={name: version(name) for name in _VERSIONS_OF},
        )

    def write(self, *, complete: bool) -> ContractReport:
        """Write the report into the run folder."""
        report = self.report(complete=complete)
        write_contract_report(self.settings.run_folder, report)
        return report
