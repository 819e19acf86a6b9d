"""Counts what was tried, and groups what was found: one fault is one finding, however often it was met."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

from flowgauge.contract.findings.agreement import Agreement, Key
from flowgauge.contract.findings.defect import Defect
from flowgauge.contract.findings.history import History
from flowgauge.contract.findings.reproduction import script
from flowgauge.contract.findings.schema_coverage import SchemaCoverage
from flowgauge.contract.findings.sightings import NO_OPERATION, Sightings
from flowgauge.edition import Edition
from flowgauge.results import GENERIC, CheckTally, Finding, FindingCatalogue, OperationReport, SkippedCheck

__all__ = ["Recorder"]


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
        self._defects: dict[Key, Defect] = {}
        self._counts: Counter[Key] = Counter()
        self._first_met: dict[Key, float] = {}
        self._agreement = Agreement()
        self._history = History(edition)
        self._skipped: dict[str, SkippedCheck] = {}
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

    def met(self) -> Counter[Key]:
        """How often each finding, as (id, operation), was met so far, before any are merged."""
        with self._lock:
            return self._counts.copy()

    def findings(self, keys: Iterable[Key] | None = None) -> tuple[Finding, ...]:
        """The findings with these keys, or all; in the order of the operations, then of their ids.

        What several operations show alike is one finding.
        """
        order = {operation.id: place for place, operation in enumerate(self._edition.operations)}
        with self._lock:
            wanted = set(self._defects) if keys is None else set(keys) & set(self._defects)
            merged = self._agreement.merged(self._defects.keys())
            rows = sorted(
                {merged[key] for key in wanted}, key=lambda key: (order.get(key[1], len(order)), key[0])
            )
            return tuple(self._finding(row, [key for key in merged if merged[key] == row]) for row in rows)

    def seconds_to(self, key: Key) -> float:
        """How many seconds after the beginning a finding was first met, whatever it was merged from."""
        with self._lock:
            merged = self._agreement.merged(self._defects.keys())
            return min(self._first_met[member] for member, place in merged.items() if place == key)

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
        for finding_id, count in sightings.ran.items():
            self._ran[sightings.operation][self._catalogue[finding_id].check] += count
        if sightings.defects and self.seconds_to_first_finding is None:
            self.seconds_to_first_finding = time.monotonic() - self._began
        self._agreement.note(sightings)
        for defect in sightings.defects:
            key = (defect.id, defect.operation)
            self._counts[key] += 1
            self._first_met.setdefault(key, time.monotonic() - self._began)
            self._failed[defect.operation][self._catalogue[defect.id].check] += 1
            known = self._defects.get(key)
            # What made its state adds to its weight, and takes time to find.
            if known is None or self._history.least_weight(defect) < known.weight:
                whole = replace(defect, evidence=self._history.completed(defect))
                if known is None or whole.weight < known.weight:
                    self._defects[key] = whole

    def _finding(self, key: Key, members: list[Key]) -> Finding:
        """The finding of that key, made up of those of its members."""
        kind = self._catalogue[key[0]]
        defect = min((self._defects[member] for member in members), key=lambda defect: defect.weight)
        places = sorted(operation for _, operation in members)
        alike = f" (alike at {', '.join(places)})" if len(places) > 1 else ""
        finding = Finding(
            id=defect.id,
            title=kind.title,
            operation=key[1],
            severity=kind.severity,
            detail=defect.detail + alike,
            exchanges=defect.evidence,
            reproduction="",
            count=sum(self._counts[member] for member in members),
        )
        return replace(finding, reproduction=script(finding, self._url, self._edition))

    def _operation_report(self, operation_id: str, method: str, path: str) -> OperationReport:
        ran, failed = self._ran[operation_id], self._failed[operation_id]
        checks = {name: CheckTally(ran[name], failed[name]) for name in sorted(ran)}
        return OperationReport(operation_id, method, path, self._cases[operation_id], checks)
