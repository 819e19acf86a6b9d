"""The catalogue of findings: a stable id, a title and a severity for each class of defect.

FG-1xx  one exchange, judged by itself            FG-6xx  security
FG-2xx  what is read against what was written     FG-7xx  concurrency
FG-3xx  times                                     FG-8xx  speed
FG-4xx  an edition's own classes                  FG-9xx  waivers
FG-5xx  pages and lists                           FG-10xx under load
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowgauge.errors import HarnessError
from flowgauge.results.finding import Severity

__all__ = ["GENERIC", "LOAD_CHECK", "FindingCatalogue", "FindingClass"]

LOAD_CHECK = "load"
"""The check of all classes that are found under load."""


@dataclass(frozen=True, slots=True)
class FindingClass:
    """One class of defect. `check` is the name of the check that finds it."""

    id: str
    check: str
    title: str
    severity: Severity


class FindingCatalogue:
    """Classes of defects by id. Raises HarnessError where an id stands for two."""

    def __init__(self, classes: Iterable[FindingClass]) -> None:
        self._by_id: dict[str, FindingClass] = {}
        for each in classes:
            if self._by_id.setdefault(each.id, each) != each:
                raise HarnessError(f"{each.id} stands for two classes of findings")

    def __iter__(self) -> Iterator[FindingClass]:
        return iter(self._by_id.values())

    def __contains__(self, finding_id: object) -> bool:
        return finding_id in self._by_id

    def __getitem__(self, finding_id: str) -> FindingClass:
        """The class of that id. Raises HarnessError where there is none."""
        try:
            return self._by_id[finding_id]
        except KeyError:
            raise HarnessError(f"the catalogue of findings has no {finding_id}") from None

    def __add__(self, more: Iterable[FindingClass]) -> "FindingCatalogue":
        """The classes of this catalogue and an edition's own classes."""
        return FindingCatalogue((*self, *more))


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
    ("FG-212", "deletion", "what was deleted is still there", "critical"),
    ("FG-301", "time-order", "times are out of order", "major"),
    ("FG-302", "time-stable", "a time changed without cause", "major"),
    ("FG-303", "time-sane", "a time is far from the time of the request", "major"),
    ("FG-501", "page-links", "the links of a page disagree", "major"),
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
    ("FG-1001", LOAD_CHECK, "an acknowledged run is lost under load", "critical"),
    ("FG-1002", LOAD_CHECK, "a run is doubled under load", "critical"),
    ("FG-1003", LOAD_CHECK, "a run does not end under load", "critical"),
    ("FG-1004", LOAD_CHECK, "an ended run's statuses are incomplete", "major"),
    ("FG-1005", LOAD_CHECK, "an answer under load breaks its schema", "major"),
)

GENERIC = FindingCatalogue(FindingClass(*row) for row in _ROWS)
"""What can be found on any API, by the suites or under load."""
