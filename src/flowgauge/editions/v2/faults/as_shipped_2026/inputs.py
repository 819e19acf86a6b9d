"""What a real server of June 2026 made of bodies and times that the document does not foresee."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.editions.drifts import create_in_other_precision, in_small_letters, nul_shown, read_yaml
from flowgauge.editions.v2.world.store import StoredWorkflow
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import ANY, FaultGroup, wrap

__all__ = ["SHIPPED"]

SHIPPED = FaultGroup[InstanceWorld]("as-shipped-2026")
shipped = SHIPPED.fault


@shipped(
    "2026-201-in-other-precision",
    ANY,
    "state",
    "A 201 has nanoseconds and the process' zone, a read has microseconds.",
    "FG-302",
)
def _(world: InstanceWorld) -> None:
    create_in_other_precision(world)


@shipped(
    "2026-yaml-accepted",
    ANY,
    "input",
    "A body of the type text/vnd.yaml is read as YAML.",
    "FG-211 says text/vnd.yaml",
)
def _(world: InstanceWorld) -> None:
    read_yaml(world)


@shipped(
    "2026-names-in-any-case",
    "v2CreateWorkflow",
    "input",
    "STAGES will do for stages.",
    'FG-211 says "(Stages|STAGES)"',
)
def _(world: InstanceWorld) -> None:
    def lenient(config_of: Callable[[Any], dict[str, Any]], body: Any) -> dict[str, Any]:
        return config_of(in_small_letters(body, "stages"))

    wrap(world.inputs.config_of, lenient)


@shipped(
    "2026-nul-mangled",
    "v2CreateWorkflow",
    "state",
    "NUL in the texts of a workflow does not survive.",
    r"FG-201 any says \x00|u0000",
)
def _(world: InstanceWorld) -> None:
    def keep_shown(keep: Callable[[StoredWorkflow], None], workflow: StoredWorkflow) -> None:
        keep(replace(workflow, config=nul_shown(workflow.config)))

    wrap(world.keep_workflow, keep_shown)
