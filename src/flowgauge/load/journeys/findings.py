"""What a server can get wrong under load, as findings of the contract kind.

FG-1001  an acknowledged run is lost: it cannot be read, or its workflow does not list it
FG-1002  a run is doubled: an id given out twice, listed twice, or a run that nobody asked for
FG-1003  a run does not end, or ended and goes on
FG-1004  an ended run's statuses are not one for each stage, in order
FG-1005  an answer breaks its schema
"""

from collections.abc import Iterable
from dataclasses import replace

from flowgauge.load.journeys.evidence import curl_of
from flowgauge.results import Exchange, Finding, Severity

__all__ = ["DOUBLED", "ENDLESS", "INCOMPLETE", "INVALID", "LOST", "FindingBook", "merged_findings"]

LOST, DOUBLED, ENDLESS, INCOMPLETE, INVALID = "FG-1001", "FG-1002", "FG-1003", "FG-1004", "FG-1005"
_CLASSES: dict[str, tuple[str, Severity]] = {
    LOST: ("an acknowledged run is lost under load", "critical"),
    DOUBLED: ("a run is doubled under load", "critical"),
    ENDLESS: ("a run does not end under load", "critical"),
    INCOMPLETE: ("an ended run's statuses are incomplete", "major"),
    INVALID: ("an answer under load breaks its schema", "major"),
}


class FindingBook:
    """Findings by class and operation, with a count and the first exchange that shows each."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._found: dict[tuple[str, str], Finding] = {}

    def add(self, finding_id: str, exchange: Exchange, detail: str) -> None:
        """Note one sighting."""
        operation = exchange.operation or ""
        known = self._found.get((finding_id, operation))
        if known is not None:
            self._found[known.key] = replace(known, count=known.count + 1)
            return
        title, severity = _CLASSES[finding_id]
        self._found[finding_id, operation] = Finding(
            id=finding_id,
            title=title,
            operation=operation,
            severity=severity,
            detail=detail,
            exchanges=(exchange,),
            reproduction=curl_of(exchange, self._url),
        )

    def findings(self) -> tuple[Finding, ...]:
        """All of them, by id and operation."""
        return tuple(self._found[key] for key in sorted(self._found))


def merged_findings(books: Iterable[tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """The findings of several engines, each class on each operation once."""
    merged: dict[tuple[str, str], Finding] = {}
    for findings in books:
        for finding in findings:
            known = merged.get(finding.key)
            merged[finding.key] = replace(known, count=known.count + finding.count) if known else finding
    return tuple(merged[key] for key in sorted(merged))
