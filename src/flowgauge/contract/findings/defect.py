"""What a check says: nothing, or a defect with the exchanges that show it."""

from dataclasses import dataclass
from typing import NamedTuple

from flowgauge.results import Exchange, Severity

__all__ = ["Case", "Defect", "Subject", "Symptom"]


class Subject(NamedTuple):
    """A workflow or a run, by its id, and the operation that made it."""

    id: str
    maker: str


class Case(NamedTuple):
    """What was asked for, as far as it tells causes apart: a kind of request, and `which` of that kind.

    Where every case of a kind is answered wrongly, that is one cause; where some are answered well, each of
    the others has its own.
    """

    kind: str
    which: str = ""


class Symptom(NamedTuple):
    """What was wrong at one operation, in which cases: what is the same in all of it is met again."""

    id: str
    operation: str
    cause: str = ""
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Defect:
    """One sighting of a symptom.

    `evidence` is the sequence of exchanges that shows it, the telling one last; `oddity` says how far its
    request is from an ordinary one. `about` is the thing whose answer is wrong for good, where it is one,
    with the operation that made it; `shown` is the wrong answer. `follows` is what was wrong before with the
    thing that the exchange is about, if anything was. `rule` and `severity` may refine those of the class.
    `expected` is what should have come back, in words, where another status did.
    """

    symptom: Symptom
    detail: str
    evidence: tuple[Exchange, ...]
    oddity: int = 0
    about: Subject | None = None
    shown: str = ""
    follows: Symptom | None = None
    rule: str = ""
    severity: Severity | None = None
    expected: str = ""

    @property
    def id(self) -> str:
        """The class of defect."""
        return self.symptom.id

    @property
    def operation(self) -> str:
        """The operation at fault."""
        return self.symptom.operation

    @property
    def weight(self) -> tuple[int, int, int]:
        """Smaller is easier to read: ordinary requests first, then few exchanges, then few bytes sent."""
        size = sum(len(e.request.target) + len(e.request.body or b"") for e in self.evidence)
        return self.oddity, len(self.evidence), size
