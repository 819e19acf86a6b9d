"""What a server can get wrong under load, as findings of the contract kind.

FG-1001  an acknowledged run is lost: it cannot be read, or its workflow does not list it
FG-1002  a run is doubled: an id given out twice, listed twice, or a run that nobody asked for
FG-1003  a run does not end, or ended and goes on
FG-1004  an ended run's statuses are not one for each stage, in order
FG-1005  an answer breaks its schema
"""

from collections.abc import Iterable
from dataclasses import replace

from flowgauge.results import GENERIC, NO_OPERATION, Exchange, Finding, Request, curl

__all__ = ["DOUBLED", "ENDLESS", "INCOMPLETE", "INVALID", "LOST", "CountedFindings", "merged_findings"]

LOST, DOUBLED, ENDLESS, INCOMPLETE, INVALID = "FG-1001", "FG-1002", "FG-1003", "FG-1004", "FG-1005"
# Curl writes its own.
_FRAMING = frozenset({"host", "content-length"})


class CountedFindings:
    """Findings by class and operation, with a count and the first exchange that shows each."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._found: dict[tuple[str, str], Finding] = {}

    def add(self, finding_id: str, exchange: Exchange, detail: str) -> None:
        """Note one sighting."""
        operation = exchange.operation or NO_OPERATION
        known = self._found.get((finding_id, operation))
        if known is not None:
            self._found[known.key] = replace(known, count=known.count + 1)
            return
        kind = GENERIC[finding_id]
        self._found[finding_id, operation] = Finding(
            id=finding_id,
            title=kind.title,
            operation=operation,
            severity=kind.severity,
            detail=detail,
            exchanges=(exchange,),
            reproduction=curl(_pasted(exchange.request), url=self._url),
            rule=kind.rule,
        )

    def findings(self) -> tuple[Finding, ...]:
        """All of them, by id and operation."""
        return tuple(self._found[key] for key in sorted(self._found))


def merged_findings(reports: Iterable[tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """The findings of several engines, each class on each operation once."""
    merged: dict[tuple[str, str], Finding] = {}
    for findings in reports:
        for finding in findings:
            known = merged.get(finding.key)
            merged[finding.key] = replace(known, count=known.count + finding.count) if known else finding
    return tuple(merged[key] for key in sorted(merged))


def _pasted(request: Request) -> Request:
    headers = tuple(each for each in request.headers if each[0].lower() not in _FRAMING)
    return replace(request, headers=headers)
