"""What a server keeps, of all editions that it speaks: workflows, their instances, triggers.

Each is numbered in the order of its making.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flowgauge.editions.v2.world.stages import InstanceStep, StageKind, steps_of

__all__ = ["InstanceStore", "StoredInstance", "StoredTrigger", "StoredWorkflow"]


@dataclass(slots=True)
class StoredWorkflow:
    """A registered workflow; one that `is_deleted` is kept for its instances."""

    number: int
    id: str
    config: Mapping[str, Any]
    created: float
    is_deleted: bool = False

    @property
    def stages(self) -> Sequence[Mapping[str, Any]]:
        """What it does."""
        stages: Sequence[Mapping[str, Any]] = self.config["stages"]
        return stages

    def with_stages(self, stages: Sequence[Mapping[str, Any]]) -> "StoredWorkflow":
        """The same workflow with other stages."""
        return replace(self, config={**self.config, "stages": stages})


@dataclass(slots=True)
class StoredInstance:
    """A started instance, which knows these `kinds` of stages.

    `came` is when events came, by the stage that waited; `aborted` when it was.
    """

    number: int
    id: str
    workflow: StoredWorkflow
    variables: Mapping[str, str]
    started: float
    kinds: Mapping[str, StageKind]
    came: dict[int, float] = field(default_factory=dict)
    aborted: float | None = None
    steps: tuple[InstanceStep, ...] = ()

    def __post_init__(self) -> None:
        # A copy goes on as it has begun.
        if not self.steps:
            self.go_on()

    def go_on(self) -> None:
        """Make its steps anew, after something was sent to it."""
        self.steps = steps_of(
            self.workflow.stages, self.variables, self.started, self.came, self.aborted, self.kinds
        )

    @property
    def ends(self) -> float:
        """When it is over: never, while it waits."""
        return self.steps[-1].ends if self.steps else self.started

    @property
    def stands_still(self) -> float:
        """When nothing more happens by itself."""
        return self.ends if self.ends < math.inf else self.steps[-1].begins

    def waiting(self, now: float) -> InstanceStep | None:
        """The step that waits for an event."""
        last = self.steps[-1] if self.steps else None
        is_waiting = last is not None and last.event is not None and last.begins <= now < last.ends
        return last if is_waiting else None


@dataclass(slots=True)
class StoredTrigger:
    """A registered trigger, as it was sent."""

    number: int
    id: str
    data: Mapping[str, Any]
    created: float


@dataclass(slots=True)
class InstanceStore:
    """Everything, by id, oldest first; instances by the id of their workflow as well."""

    kinds: Mapping[str, StageKind]
    workflows: dict[str, StoredWorkflow] = field(default_factory=dict)
    instances: dict[str, StoredInstance] = field(default_factory=dict)
    instances_of: dict[str, list[StoredInstance]] = field(default_factory=dict)
    triggers: dict[str, StoredTrigger] = field(default_factory=dict)
    made: int = 0

    def next_number(self) -> int:
        """The number of what is made next."""
        self.made += 1
        return self.made

    def keep_instance(self, instance: StoredInstance) -> None:
        """Keep it among all, and among those of its workflow."""
        self.instances[instance.id] = instance
        self.instances_of.setdefault(instance.workflow.id, []).append(instance)

    def copy(self) -> "InstanceStore":
        """The same things; neither side sees what happens to those of the other."""
        # Of all, only an instance changes after it was made; its steps are made anew.
        copied = InstanceStore(self.kinds, dict(self.workflows), triggers=dict(self.triggers), made=self.made)
        for instances in self.instances_of.values():
            for instance in instances:
                copied.keep_instance(replace(instance, came=dict(instance.came)))
        # In the order in which they were made.
        copied.instances = {name: copied.instances[name] for name in self.instances}
        return copied

    def take(self, other: "InstanceStore") -> None:
        """Keep what the other keeps, and nothing else."""
        self.workflows, self.triggers = other.workflows, other.triggers
        self.instances, self.instances_of, self.made = other.instances, other.instances_of, other.made
