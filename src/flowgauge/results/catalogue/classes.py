"""The catalogue of findings: a stable id, a title, a severity and a rule for each class of defect.

FG-1xx  one exchange, judged by itself            FG-6xx  security
FG-2xx  what is read against what was written     FG-7xx  concurrency
FG-3xx  times                                     FG-8xx  speed
FG-4xx  an edition's own classes                  FG-9xx  waivers
FG-5xx  pages and lists                           FG-10xx under load
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowgauge.errors import HarnessError
from flowgauge.results.catalogue.examples import EXCHANGES
from flowgauge.results.catalogue.guides import GUIDES, Guide
from flowgauge.results.finding import Severity

__all__ = ["GENERIC", "LOAD_CHECK", "FindingCatalogue", "FindingClass"]

_OF_WAIVERS = "waivers"
LOAD_CHECK = "load"
"""The check of all classes that are found under load."""


@dataclass(frozen=True, slots=True)
class FindingClass:
    """One class of defect.

    `check` is the check that finds it; `rule` is what promises otherwise; `guide` helps with it, where
    somebody has written one.
    """

    id: str
    check: str
    title: str
    severity: Severity
    rule: str
    guide: Guide | None = None

    @property
    def waive(self) -> str:
        """The command that accepts its findings until a date; "" where nothing does."""
        return "" if self.check == _OF_WAIVERS else f'flowgauge waive {self.id} --reason "..."'


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
    ("FG-112", "messages", "a message is not taken as HTTP rules", "major"),
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
    ("FG-506", "filters", "a filtered list holds what was not asked for", "major"),
    ("FG-601", "authentication", "works without a valid token", "critical"),
    ("FG-602", "authentication", "a valid token is refused", "major"),
    ("FG-701", "linearizable", "concurrent calls have no legal order", "critical"),
    ("FG-702", "concurrent-writes", "concurrent writes are lost, doubled or swapped", "critical"),
    ("FG-801", "latency", "an operation has a slow tail", "minor"),
    ("FG-802", "growth", "an operation slows down as the store fills", "minor"),
    ("FG-901", _OF_WAIVERS, "a waiver has expired", "minor"),
    ("FG-902", _OF_WAIVERS, "a waiver matches no finding", "minor"),
    ("FG-1001", LOAD_CHECK, "an acknowledged run is lost under load", "critical"),
    ("FG-1002", LOAD_CHECK, "a run is doubled under load", "critical"),
    ("FG-1003", LOAD_CHECK, "a run does not end under load", "critical"),
    ("FG-1004", LOAD_CHECK, "an ended run's statuses are incomplete", "major"),
    ("FG-1005", LOAD_CHECK, "an answer under load breaks its schema", "major"),
)

_RULES = {
    "FG-100": "an HTTP server answers each request (RFC 9110, section 3.4)",
    "FG-101": "a 5xx is for a fault of the server (RFC 9110, section 15.6), not for this request",
    "FG-102": "the statuses that the document declares, with their meaning in RFC 9110, section 15",
    "FG-103": "the media types that the document declares for this answer",
    "FG-104": "RFC 8259: what calls itself JSON is a JSON text in UTF-8",
    "FG-105": "the schema that the document declares for this answer",
    "FG-106": "the schema that the document declares for this answer names every member it has",
    "FG-107": "RFC 9110, sections 10.2.1 and 15.5.6: a 405 lists the methods that are supported",
    "FG-108": "RFC 9110, section 15.5.2, and RFC 6750, section 3: a 401 says how to authenticate",
    "FG-109": "an error is for its reader: the inside of the server is no part of it (CWE-209)",
    "FG-110": "RFC 9110, section 9.3.2: HEAD is answered as GET is, without the body",
    "FG-111": "RFC 9110, section 6.4.1: HEAD, 204 and 304 have no body",
    "FG-112": "RFC 9112 says which messages a server must refuse, which it must take, and how it answers",
    "FG-190": "what Schemathesis holds any server of the document to",
    "FG-201": "what was acknowledged is what is read: the document calls both one thing",
    "FG-202": "a list is of all things that were acknowledged",
    "FG-203": "a list holds each thing once",
    "FG-204": "the document declares that what does not exist is not found (RFC 9110, section 15.5.5)",
    "FG-205": "a path names a thing below its parent, so below another it is not found",
    "FG-206": "a thing names as its parent the one that it was made below",
    "FG-207": "an id names one thing",
    "FG-208": "a list holds what was made, and nothing else",
    "FG-209": "a 2xx says that the request has been carried out (RFC 9110, section 15.3)",
    "FG-210": "the document allows this request and declares a success for it",
    "FG-211": "the document does not allow this request",
    "FG-212": "what was acknowledged as deleted is not found (RFC 9110, section 9.3.5)",
    "FG-301": "what ends or changes has begun before, by the meaning that the document gives these times",
    "FG-302": "a moment that has passed stays when it was, by the meaning that the document gives this time",
    "FG-303": "a date-time says when it happened, by the meaning that the document gives this time",
    "FG-501": "the members of a page say the same of what comes next",
    "FG-502": "a page holds no more than the size that it names and was asked for",
    "FG-503": "the document promises the newest first",
    "FG-504": "the next page of each leads to the last",
    "FG-505": "the pages of a list hold together what the list holds, once",
    "FG-506": "the document says what this parameter of a list leaves out",
    "FG-601": "the document's security requirement of this operation",
    "FG-602": "the document's security requirement of this operation is met (RFC 6750, section 2.1)",
    "FG-701": "each call takes effect at one moment between its request and its answer",
    "FG-702": "what was acknowledged is there once, whatever was asked for beside it",
    "FG-801": "a few answers of an operation are not many times slower than the others",
    "FG-802": "an operation on one thing does not slow down with the number of others",
    "FG-901": "a waiver ends on its date",
    "FG-902": "a waiver is of a finding",
    "FG-1001": "a 2xx says that the request has been carried out (RFC 9110, section 15.3)",
    "FG-1002": "each request that is acknowledged makes one run",
    "FG-1003": "a run whose stages end is over",
    "FG-1004": "a run that is over shows a status for each stage that has begun",
    "FG-1005": "the schema that the document declares for this answer",
}

GENERIC = FindingCatalogue(
    FindingClass(*row, _RULES[row[0]], GUIDES[row[0]].showing(EXCHANGES.get(row[0], ""))) for row in _ROWS
)
"""What can be found on any API, by the suites or under load."""
