"""The edition's named faults, one module for each class of defect."""

from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import FaultTable

__all__ = ["FAULTS"]

FAULTS: FaultTable[InstanceWorld] = FaultTable()
