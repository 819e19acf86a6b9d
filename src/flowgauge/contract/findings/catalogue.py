"""The catalogue of findings: a stable id, a title and a severity for each class of defect.

FG-1xx  one exchange, judged by itself     FG-5xx  pages and lists
FG-2xx  what is read against what was written   FG-6xx  security
FG-3xx  times                              FG-7xx  concurrency
FG-4xx  runs and their stages              FG-8xx  speed
                                              FG-9xx  waivers
"""

from dataclasses import dataclass

from flowgauge.errors import HarnessError
from flowgauge.results import Severity

__all__ = ["CATALOGUE", "Class", "finding_class"]


@dataclass(frozen=True, slots=True)
class Class:
    """One class of defect. `check` is the name of the check that finds it."""

    id: str
    check: str
    title: str
    severity: Severity


_ROWS: tuple[tuple[str, str, str, Severity], ...] = (
    ("FG-100", "answers", "no answer", "critical"),
    ("FG-101", "no-server-error", "server error", "critical"),
    ("FG-102", "status", "status outside the contract", "major"),
    ("FG-103", "media-type", "wrong media type", "major"),
    ("FG-104", "strict-json", "body is not strict JSON", "major"),
    ("FG-105", "schema", "body breaks its schema", "major"),
    ("FG-106", "undeclared", "body has members the document does not declare", "minor"),
    ("FG-107", "allow", "405 without a correct Allow", "minor"),
    ("FG-108", "challenge", "401 without WWW-Authenticate: Bearer", "minor"),
    ("FG-109", "leak", "error message leaks internals", "major"),
    ("FG-110", "head", "HEAD differs from GET", "minor"),
    ("FG-111", "empty-body", "body where there must be none", "minor"),
    ("FG-190", "schemathesis", "a Schemathesis check failed", "major"),
    ("FG-201", "read-your-writes", "read differs from write", "critical"),
    ("FG-202", "membership", "list misses what was created", "critical"),
    ("FG-203", "membership", "list holds an item twice", "major"),
    ("FG-204", "unknown-id", "an id that was never given out is found", "major"),
    ("FG-205", "parenthood", "a run is found under another workflow", "major"),
    ("FG-206", "parenthood", "a run names another workflow as its own", "major"),
    ("FG-207", "unique-id", "an id is given out twice", "critical"),
    ("FG-208", "membership", "list holds what nobody created", "major"),
    ("FG-209", "persistence", "what was acknowledged is not there", "critical"),
    ("FG-210", "acceptance", "a valid request is refused", "critical"),
    ("FG-211", "rejection", "an invalid request is accepted", "major"),
    ("FG-301", "time-order", "times are out of order", "major"),
    ("FG-302", "time-stable", "a time changed without cause", "major"),
    ("FG-303", "time-sane", "a time is far from the time of the request", "major"),
    ("FG-401", "wait", "wait=true answered before the run was over", "critical"),
    ("FG-402", "no-wait", "a run without wait is answered late", "major"),
    ("FG-403", "progress", "a stage status went backwards", "critical"),
    ("FG-404", "stage-count", "a status of a stage that cannot have begun", "major"),
    ("FG-405", "stage-order", "stage statuses are not 0, 1, 2, ...", "major"),
    ("FG-406", "stage-error", "a stage that must fail does not, or fails with another error", "major"),
    ("FG-407", "stage-error", "a stage that must succeed fails", "major"),
    ("FG-408", "terminal", "a run is not over when it must be", "critical"),
    ("FG-409", "occurrence-id", "an occurrence id is not the stage's own", "major"),
    ("FG-410", "stage-duration", "a stage took another time than it was told to", "major"),
    ("FG-411", "stage-order", "a stage began before the one before it ended", "major"),
    ("FG-412", "wait", "wait=true is answered long after the run is over", "major"),
    ("FG-501", "page-links", "hasMore and next disagree", "major"),
    ("FG-502", "page-size", "page holds more than its size, or names another size", "major"),
    ("FG-503", "page-order", "runs are not newest first", "major"),
    ("FG-504", "page-walk", "a walk over the pages breaks off or does not end", "critical"),
    ("FG-505", "page-walk", "a walk over the pages misses or repeats a run", "critical"),
    ("FG-601", "authentication", "works without a valid token", "critical"),
    ("FG-602", "authentication", "a valid token is refused", "major"),
    ("FG-701", "linearizable", "concurrent calls have no legal order", "critical"),
    ("FG-702", "concurrent-writes", "concurrent writes are lost, doubled or swapped", "critical"),
    ("FG-801", "latency", "an operation has a slow tail", "minor"),
    ("FG-802", "growth", "an operation slows down as the store fills", "minor"),
    ("FG-901", "waivers", "a waiver has expired", "minor"),
    ("FG-902", "waivers", "a waiver matches no finding", "minor"),
)

CATALOGUE: dict[str, Class] = {row[0]: Class(*row) for row in _ROWS}


def finding_class(finding_id: str) -> Class:
    """The class of that id. Raises HarnessError where there is none."""
    try:
        return CATALOGUE[finding_id]
    except KeyError:
        raise HarnessError(f"the catalogue has no {finding_id}") from None
