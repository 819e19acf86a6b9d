"""What a check says: nothing, or a defect with the exchanges that show it."""

from dataclasses import dataclass
from typing import NamedTuple

from flowgauge.results import Exchange

__all__ = ["Defect", "Subject"]


class Subject(NamedTuple):
    """A workflow or a run, by its id, and the operation that made it."""

    id: str
    maker: str


@dataclass(frozen=True, slots=True)
class Defect:
    """One sighting of a class of defect.

    `evidence` is the sequence of exchanges that shows it, the telling one last. `about` is the thing whose
    answer is wrong for good, where it is one, with the operation that made it; `shown` is the wrong answer.
    """

    id: str
    operation: str
    detail: str
    evidence: tuple[Exchange, ...]
    about: Subject | None = None
    shown: str = ""

    @property
    def weight(self) -> tuple[int, int]:
        """Smaller is easier to read: fewer exchanges first, then fewer bytes sent."""
        size = sum(len(e.request.target) + len(e.request.body or b"") for e in self.evidence)
        return len(self.evidence), size
