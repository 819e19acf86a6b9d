"""The edition's part in the reference: its world and its named faults."""

from functools import cache

from flowgauge.editions.v1.edition import edition
from flowgauge.editions.v1.faults import FAULTS
from flowgauge.editions.v1.world.world import UnpagedWorld
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.edition_part import WorldPart

__all__ = ["world_part"]


@cache
def world_part() -> WorldPart[InstanceWorld]:
    """The part, made once."""
    return WorldPart(
        edition=edition(), new_world=UnpagedWorld, faults=FAULTS, together=(("as-shipped-2026",),)
    )
