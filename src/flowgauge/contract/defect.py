"""What a check says: nothing, or a defect with the exchanges that show it."""

from dataclasses import dataclass

from flowgauge.results import Exchange

__all__ = ["Defect"]


@dataclass(frozen=True, slots=True)
class Defect:
    """One sighting of a class of defect.

    `evidence` is the sequence of exchanges that shows it, the telling one last.
    """

    id: str
    operation: str
    detail: str
    evidence: tuple[Exchange, ...]

    @property
    def weight(self) -> tuple[int, int]:
        """Smaller is easier to read: fewer exchanges first, then fewer bytes sent."""
        size = sum(len(e.request.target) + len(e.request.body or b"") for e in self.evidence)
        return len(self.evidence), size
