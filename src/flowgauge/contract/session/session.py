"""One run of the suites: the probe they share, and the report they end in."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

from flowgauge.client.proxy import proxy_of
from flowgauge.contract.edition_part import ContractPart, Scenario
from flowgauge.contract.findings.looks import applicable
from flowgauge.contract.findings.merging import merged
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import SAFE_METHODS, USER_AGENT
from flowgauge.contract.samples import Samples
from flowgauge.contract.session.replay import LONGEST, replayed
from flowgauge.contract.settings import Settings
from flowgauge.contract.target import Capability, Target
from flowgauge.contract.traffic.messages import MESSAGES
from flowgauge.results import GENERIC, ContractReport, Finding
from flowgauge.results.waivers import Waiver, covered, today

__all__ = ["ContractSession", "Share"]

_FOR_REPLAYS = 0.1
_VERSIONS_OF = ("flowgauge", "schemathesis", "hypothesis", "pytest", "tracecov")


@dataclass(frozen=True, slots=True)
class Share:
    """What one of several processes has seen of a target that they share."""

    report: ContractReport
    coverage: bytes
    samples: Samples
    notices: tuple[str, ...]
    patience: float
    held_back: int
    held_back_writes: int
    held_back_repeats: int


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
        self._shares: list[Share] = []
        self._late = 0.0
        # Of a budget something is kept for showing once more what was found.
        self._kept = 0.0 if settings.budget is None else min(LONGEST, settings.budget * _FOR_REPLAYS)
        self._end = math.inf if settings.budget is None else self._started + settings.budget - self._kept
        self.probe.deadline = self._end

    def for_fork(self) -> "ContractSession":
        """A session of the same run in which nothing was seen yet, for a process that was forked just now."""
        other = ContractSession(self.settings, self.target, self.probe.part, self._waivers)
        other.probe.together = self.probe.together
        other.probe.patience = self.probe.patience
        other.continues(self._started)
        return other

    def continues(self, started: float) -> None:
        """Count time from where another session of the same run has begun, on the monotonic clock."""
        self._late = self._started - started
        self._end -= self._late

    @property
    def share(self) -> Share:
        """What was seen so far, for `add`."""
        probe, coverage = self.probe, self.recorder.coverage.counts()
        return Share(
            self._seen(complete=False),
            coverage,
            probe.samples,
            tuple(probe.notices),
            probe.patience,
            probe.held_back,
            probe.held_back_writes,
            probe.held_back_repeats,
        )

    def add(self, share: Share) -> None:
        """Take what another process has seen."""
        self._shares.append(share)
        self.recorder.coverage.merge(share.coverage)
        self.probe.samples.merge(share.samples)
        self.probe.patience = min(self.probe.patience, share.patience)
        for notice in share.notices:
            self.probe.notice(notice)
        self.probe.held_back += share.held_back
        self.probe.held_back_writes += share.held_back_writes
        self.probe.held_back_repeats += share.held_back_repeats

    def in_slice(self, seconds: float) -> None:
        """Let what begins now take so long, and never longer than the budget."""
        self.probe.deadline = min(self._end, time.monotonic() + seconds)

    @property
    def seconds_left(self) -> float:
        """How much of the budget is left."""
        return self._end - time.monotonic()

    @property
    def end(self) -> str:
        """Why nothing more is sent, where the run is out of time."""
        budget = self.settings.budget
        is_given_up = self.probe.is_given_up or budget is None
        return "the target was given up" if is_given_up else f"the budget of {budget:g} s is used up"

    @property
    def is_out_of_time(self) -> bool:
        """Whether the budget is used up, or the target's pauses never end."""
        return self.seconds_left < 0 or self.probe.is_given_up

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

    def guards(self, scenario: Scenario) -> str | None:
        """Why a scenario must not be sent to this target, or None; a reason is written into the report."""
        is_ours = Capability.EXCLUSIVE in self.target.capabilities
        if scenario.guard is None or is_ours or scenario.guard in self.settings.allowed:
            return None
        reason = f"is sent to a server of others with --flowgauge-allow {scenario.guard} only"
        self.recorder.skip(scenario.name, reason, scenario.operations)
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
        """The report as it stands now, before any waiver; what was found is shown once more."""
        seen = self._seen(complete=complete)
        ends_at = self._end + self._kept
        again = replayed(seen.findings, self.target, self.probe.edition, ends_at=ends_at)
        return replace(seen, findings=again)

    def _seen(self, *, complete: bool) -> ContractReport:
        """What was seen up to now, by other processes too."""
        checks = applicable(self.probe.part.findings, self.probe.edition)
        first = self.recorder.seconds_to_first_finding
        own = ContractReport(
            target=self.target.identity,
            seed=self.settings.seed,
            started_at=self._started_at,
            duration=time.monotonic() - self._started,
            complete=complete and not self.probe.is_given_up,
            operations=self.recorder.operation_reports(),
            findings=self.recorder.findings(),
            notes=self._notes(),
            skipped=self.recorder.skipped_checks(),
            seconds_to_first_finding=None if first is None else first + self._late,
            schema_coverage=self.recorder.coverage.shares(),
            versions={name: version(name) for name in _VERSIONS_OF},
            applicable=len(checks),
            blind=self.recorder.looks.blind(checks, self._out_of_sight),
            left_out=self._left_out(),
        )
        if not self._shares:
            return own
        whole = merged([own, *(replace(share.report, notes=()) for share in self._shares)])
        # All of one target, and one count of what was not sent.
        return replace(
            whole, target=own.target, complete=complete, duration=own.duration, started_at=own.started_at
        )

    def _left_out(self) -> tuple[str, ...]:
        """The operations of which no request may be sent."""
        if not self.settings.read_only:
            return ()
        return tuple(op.id for op in self.probe.edition.operations if op.method not in SAFE_METHODS)

    def _out_of_sight(self, finding_id: str) -> str | None:
        """What may have kept a class of defects out of sight on all answers."""
        if finding_id == MESSAGES and not self.probe.can(Capability.FRAMING):
            return f"it needs a target that {Capability.FRAMING.value}"
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
        unsent = f"at least {self.probe.held_back} requests were not sent"
        if self.probe.is_cut_off:
            notes.append(f"there was no way to the target any more: {unsent}, and nothing is settled")
        elif self.probe.is_given_up:
            notes.append(
                f"the target gave no answers but pauses for too long: {unsent}, and nothing is settled"
            )
        elif self.probe.held_back:
            notes.append(f"the budget of {self.settings.budget:g} s was used up: {unsent}")
        if self.probe.held_back_repeats:
            unsent = f"{self.probe.held_back_repeats} requests were not sent once more"
            notes.append(f"some answers are large: {unsent}")
        if not self.settings.needs_auth:
            notes.append("no token was sent, and nothing that has to do with credentials was looked at")
        elif self.settings.connection is not None and not self.settings.has_credential:
            notes.append(
                "no token was given and none was asked for: give --flowgauge-no-auth if that is right,"
                " and a token if it is not"
            )
        to = self.settings.connection
        if to is not None and (proxy := proxy_of(to.proxy)) is not None:
            notes.append(f"asked through the proxy {proxy}: what it changes or adds counts as the server's")
        if self.settings.read_only:
            unsent = f"{self.probe.held_back_writes} requests that could change something were not sent"
            notes.append(f"read-only: {unsent}")
        elif self.settings.connection is not None:
            notes.append(f"what the suites created, as {USER_AGENT[1]}, is still on the server")
        return tuple(notes)
