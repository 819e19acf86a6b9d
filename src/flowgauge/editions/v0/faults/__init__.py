"""The edition's named faults, one module for each class of defect."""

from flowgauge.editions.v0.faults import auth, inputs, pages, runs, schema, state, status, timing
from flowgauge.editions.v0.faults.as_shipped_2023 import errors as shipped_errors
from flowgauge.editions.v0.faults.as_shipped_2023 import inputs as shipped_inputs
from flowgauge.editions.v0.faults.as_shipped_2023 import replies as shipped_replies
from flowgauge.editions.v0.faults.as_shipped_2023 import runs as shipped_runs
from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.reference.faults import FaultTable

__all__ = ["FAULTS"]

FAULTS: FaultTable[FlowWorld] = FaultTable(
    auth.SEEDED,
    inputs.SEEDED,
    pages.SEEDED,
    runs.SEEDED,
    schema.SEEDED,
    shipped_errors.SHIPPED,
    shipped_inputs.SHIPPED,
    shipped_replies.SHIPPED,
    shipped_runs.SHIPPED,
    state.SEEDED,
    status.SEEDED,
    timing.SEEDED,
)
