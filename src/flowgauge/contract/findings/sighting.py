"""One check that was made on an answer, and what came of it."""

from dataclasses import dataclass

from flowgauge.contract.findings.defect import Case, Subject
from flowgauge.openapi import Json
from flowgauge.results import Exchange, Severity

__all__ = ["Sighting", "blind", "sighting"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One check: `wrong` says what is broken, or is None.

    `before` are earlier exchanges that show it; those that gave out the ids of this one always do. `of` is
    the operation at fault, where it is another than this exchange's. `about` is the thing that is judged,
    where whatever is wrong with it stays wrong and shows wherever it is looked at; `shown`, or `wrong`, is
    then what tells one wrong answer from another. `cause` is what kind of wrong it is, in words that are the
    same at every operation that has it from the same place (a schema's pointer, a status); where it is empty,
    the operation's own. `cases` are those that the request is of. `rule` is what is broken, where it is more
    than the class of the finding says: a JSON pointer into the document or a section of an RFC. `severity` is
    given where the harm is less than that of the class. `places` are JSON pointers to what is wrong in the
    answer. `is_stale` if the answer must not be taken for the state of the thing from now on. A check that is
    `blind` had nothing to look at, for that reason: it is no check.
    """

    id: str
    wrong: str | None
    before: tuple[Exchange, ...] = ()
    of: str | None = None
    about: Subject | None = None
    shown: Json = None
    cause: str = ""
    cases: tuple[Case, ...] = ()
    rule: str = ""
    severity: Severity | None = None
    places: tuple[str, ...] = ()
    is_stale: bool = False
    blind: str = ""


def blind(finding_id: str, reason: str) -> Sighting:
    """A check that could not be made on an answer."""
    return Sighting(finding_id, None, blind=reason)


def sighting(  # noqa: PLR0913 (the members of a Sighting, so that a check stands on one line)
    finding_id: str,
    wrong: str | None,
    *before: Exchange,
    of: str | None = None,
    about: Subject | None = None,
    shown: Json = None,
    cause: str = "",
    cases: tuple[Case, ...] = (),
    rule: str = "",
    severity: Severity | None = None,
    places: tuple[str, ...] = (),
    is_stale: bool = False,
) -> Sighting:
    """A check on one line."""
    return Sighting(
        finding_id, wrong, before, of, about, shown, cause, cases, rule, severity, places, is_stale
    )
