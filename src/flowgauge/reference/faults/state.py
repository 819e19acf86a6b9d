"""Faults of state: what was written is not what is read."""

from flowgauge.reference.faults.table import fault, wrap
from flowgauge.reference.world import World


@fault("create-not-persisted", "createWorkflow", "state", "A create is acknowledged and then forgotten.")
def _(world: World) -> None:
    wrap(world, "keep_flow", lambda keep_flow, flow: None)
