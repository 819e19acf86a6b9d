"""The edition's named faults, one module for each class of defect."""

from flowgauge.editions.v2.faults import answers, history, inputs, instances, pages, sending, state, triggers
from flowgauge.editions.v2.faults.as_shipped_2026 import behaviour as shipped_behaviour
from flowgauge.editions.v2.faults.as_shipped_2026 import inputs as shipped_inputs
from flowgauge.editions.v2.faults.as_shipped_2026 import replies as shipped_replies
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import FaultTable

__all__ = ["FAULTS"]

FAULTS: FaultTable[InstanceWorld] = FaultTable(
    answers.SEEDED,
    history.SEEDED,
    inputs.SEEDED,
    instances.SEEDED,
    pages.SEEDED,
    sending.SEEDED,
    shipped_behaviour.SHIPPED,
    shipped_inputs.SHIPPED,
    shipped_replies.SHIPPED,
    state.SEEDED,
    triggers.SEEDED,
)
