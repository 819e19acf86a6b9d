"""The edition's fake: v2's, asked under other names."""

from random import Random

from flowgauge.edition import Edition
from flowgauge.editions.v1.edition import edition
from flowgauge.editions.v1.faults import FAULTS
from flowgauge.editions.v1.world.world import UnpagedWorld
from flowgauge.editions.v2.fake import InstanceFake
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import FaultTable
from flowgauge.reference.world.auth import Access

__all__ = ["UnpagedFake"]


class UnpagedFake(InstanceFake):
    """A server of the API's first version that stands nowhere."""

    @property
    def edition(self) -> Edition:
        """What the fake is a server of."""
        return edition()

    @property
    def fault_table(self) -> FaultTable[InstanceWorld]:
        """The named faults that it can have."""
        return FAULTS

    def new_world(self, access: Access, random: Random) -> InstanceWorld:
        """A world without workflows."""
        return UnpagedWorld(access, random)
