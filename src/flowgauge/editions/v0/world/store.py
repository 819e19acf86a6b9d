"""What the world keeps: workflows and their runs."""

from dataclasses import dataclass, field
from typing import Any

from flowgauge.editions.v0.world.stages import Span

__all__ = ["StoredFlow", "StoredRun"]


@dataclass(slots=True)
class StoredRun:
    """A started run. What it looks like at any instant follows from its spans."""

    id: str
    flow_id: str
    started: float
    spans: tuple[Span, ...]
    occurrence_ids: tuple[str, ...]

    @property
    def ends(self) -> float:
        """When the run is over."""
        return self.spans[-1].ends if self.spans else self.started


@dataclass(slots=True)
class StoredFlow:
    """A registered workflow and its runs, oldest first."""

    id: str
    stages: list[dict[str, Any]]
    created: float
    runs: list[StoredRun] = field(default_factory=list)
    runs_by_id: dict[str, StoredRun] = field(default_factory=dict)

    def keep(self, run: StoredRun) -> None:
        """Add a run."""
        self.runs.append(run)
        self.runs_by_id[run.id] = run

    def copy(self) -> "StoredFlow":
        """The same workflow; neither side sees the runs that are added to the other."""
        return StoredFlow(self.id, self.stages, self.created, list(self.runs), dict(self.runs_by_id))
