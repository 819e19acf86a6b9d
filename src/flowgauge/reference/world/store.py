"""What the world keeps: workflows and their runs."""

from dataclasses import dataclass, field
from typing import Any

from flowgauge.reference.world.stages import Span

__all__ = ["Flow", "Run"]


@dataclass(slots=True)
class Run:
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
class Flow:
    """A registered workflow and its runs, oldest first."""

    id: str
    stages: list[dict[str, Any]]
    created: float
    runs: list[Run] = field(default_factory=list)
    runs_by_id: dict[str, Run] = field(default_factory=dict)
