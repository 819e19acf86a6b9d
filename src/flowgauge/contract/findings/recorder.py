"""Counts what was tried, and groups what was found: one fault is one finding, however often it was met."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from flowgauge.contract.findings.causes import Causes, Key
from flowgauge.contract.findings.defect import Defect, Symptom
from flowgauge.contract.findings.history import History
from flowgauge.contract.findings.looks import Looks
from flowgauge.contract.findings.schema_coverage import SchemaCoverage
from flowgauge.contract.findings.sightings import NO_OPERATION, Sightings
from flowgauge.contract.reproductions.script import script
from flowgauge.edition import Edition
from flowgauge.results import (
    GENERIC,
    SEVERITIES,
    CheckTally,
    Consequence,
    Finding,
    FindingCatalogue,
    OperationReport,
    Showing,
    SkippedCheck,
)

__all__ = ["Recorder"]

# Of what one operation shows of a finding, so many details are told.
_MOST_DETAILS = 8


class Recorder:
    """Keeps the tallies of one run of the suites. Safe from many threads."""

    def __init__(self, url: str, edition: Edition, catalogue: FindingCatalogue = GENERIC) -> None:
        self._url = url
        self._edition = edition
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._cases: Counter[str] = Counter()
        self._ran: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._failed: defaultdict[str, Counter[str]] = defaultdict(Counter)
        # Of each symptom the defect that shows it best.
        self._defects: dict[Symptom, Defect] = {}
        self._counts: Counter[Symptom] = Counter()
        self._first_met: dict[Symptom, float] = {}
        self._told: set[Symptom] = set()
        self._causes = Causes()
        self._history = History(edition)
        self._skipped: dict[str, SkippedCheck] = {}
        self.looks = Looks()
        self.coverage = SchemaCoverage(edition.document)
        self._began = time.monotonic()
        self.seconds_to_first_finding: float | None = None

    def case(self, sightings: Sightings) -> None:
        """Count an exchange and everything that was seen on it."""
        with self._lock:
            self._cases[sightings.operation] += 1
            self.coverage.count(sightings.exchange)
            self._history.note(sightings.exchange)
            self._note(sightings)

    def note(self, sightings: Sightings) -> None:
        """Count checks on exchanges that were counted before."""
        with self._lock:
            self._note(sightings)

    def skip(self, check: str, reason: str, operations: tuple[str, ...] = ()) -> None:
        """Write down that a check could not run against this target, on these operations or on all."""
        with self._lock:
            self._skipped[check] = SkippedCheck(check, reason, operations)

    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of the operations, then of their ids."""
        with self._lock:
            return self._found(self._grouped())

    def news(self) -> tuple[Finding, ...]:
        """The findings of which nothing was met before this was asked for the last time."""
        with self._lock:
            groups = self._grouped()
            fresh = {key: members for key, members in groups.items() if not self._told.intersection(members)}
            self._told.update(self._defects)
            return self._found(groups, fresh)

    def seconds_to(self, key: Key) -> float:
        """How many seconds after the beginning a finding was first met, at whatever operation."""
        with self._lock:
            return min(self._first_met[member] for member in self._grouped()[key])

    def operation_reports(self) -> tuple[OperationReport, ...]:
        """A line for each operation of the document, and one for requests outside it if there were any."""
        with self._lock:
            rows = [(op.id, op.method, op.path) for op in self._edition.operations]
            if self._cases[NO_OPERATION]:
                rows.append((NO_OPERATION, "", ""))
            return tuple(self._operation_report(*row) for row in rows)

    def skipped_checks(self) -> tuple[SkippedCheck, ...]:
        """What could not run, by name, and why."""
        return tuple(self._skipped[check] for check in sorted(self._skipped))

    def _note(self, sightings: Sightings) -> None:
        self.looks.note(sightings)
        for finding_id, count in sightings.ran.items():
            self._ran[sightings.operation][self._catalogue[finding_id].check] += count
        if sightings.defects and self.seconds_to_first_finding is None:
            self.seconds_to_first_finding = time.monotonic() - self._began
        self._causes.note(sightings)
        for defect in sightings.defects:
            key = defect.symptom
            self._counts[key] += 1
            self._first_met.setdefault(key, time.monotonic() - self._began)
            self._failed[defect.operation][self._catalogue[defect.id].check] += 1
            known = self._defects.get(key)
            # What made its state adds to its weight, and takes time to find.
            if known is None or self._history.least_weight(defect) < known.weight:
                whole = replace(defect, evidence=self._history.completed(defect))
                if known is None or whole.weight < known.weight:
                    self._defects[key] = whole

    def _grouped(self) -> dict[Key, list[Symptom]]:
        """The symptoms of each finding, the most telling first."""
        groups: defaultdict[Key, list[Symptom]] = defaultdict(list)
        for symptom, key in self._causes.keys(self._defects).items():
            groups[key].append(symptom)
        return {
            key: sorted(group, key=lambda s: (s.id != key[0], self._defects[s].weight, s))
            for key, group in groups.items()
        }

    def _found(
        self, groups: Mapping[Key, list[Symptom]], wanted: Collection[Key] | None = None
    ) -> tuple[Finding, ...]:
        followed = self._causes.consequences({s: key for key, group in groups.items() for s in group})
        causing: defaultdict[Key, list[Symptom]] = defaultdict(list)
        for key, root in followed.items():
            causing[root] += groups[key]
        order = {operation.id: place for place, operation in enumerate(self._edition.operations)}
        findings = [
            self._finding(key, group, causing[key])
            for key, group in groups.items()
            if key not in followed and (wanted is None or key in wanted)
        ]
        return tuple(sorted(findings, key=lambda f: (order.get(f.operation, len(order)), *f.key)))

    def _finding(self, key: Key, group: list[Symptom], following: list[Symptom]) -> Finding:
        """The finding of that key: what the most telling symptom shows, and what the others add."""
        kind, defect = self._catalogue[key[0]], self._defects[group[0]]
        is_own = not group[0].cause
        places = dict.fromkeys(([key[1]] if is_own else []) + [symptom.operation for symptom in group])
        severities = {self._defects[symptom].severity or kind.severity for symptom in group}
        after: Counter[tuple[str, str]] = Counter()
        for symptom in following:
            after[symptom.id, symptom.operation] += self._counts[symptom]
        finding = Finding(
            id=key[0],
            title=kind.title,
            operation=next(iter(places)),
            severity=min(severities, key=SEVERITIES.index),
            detail=defect.detail,
            exchanges=defect.evidence,
            reproduction="",
            count=sum(self._counts[symptom] for symptom in group),
            cause="" if is_own else key[1],
            rule=f"{kind.rule}: {defect.rule}" if defect.rule else kind.rule,
            oddity=defect.oddity,
            expected=defect.expected,
            showings=tuple(self._showing(place, group) for place in places),
            consequences=tuple(Consequence(*about, count) for about, count in sorted(after.items())),
        )
        return replace(finding, reproduction=script(finding, self._url, self._edition))

    def _showing(self, operation: str, group: list[Symptom]) -> Showing:
        here = [symptom for symptom in group if symptom.operation == operation]
        details = dict.fromkeys(self._defects[symptom].detail for symptom in here or group)
        shown = "\n".join(list(details)[:_MOST_DETAILS])
        return Showing(operation, shown, sum(self._counts[symptom] for symptom in here))

    def _operation_report(self, operation_id: str, method: str, path: str) -> OperationReport:
        ran, failed = self._ran[operation_id], self._failed[operation_id]
        checks = {name: CheckTally(ran[name], failed[name]) for name in sorted(ran)}
        return OperationReport(operation_id, method, path, self._cases[operation_id], checks)
