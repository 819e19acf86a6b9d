"""The edition's part in the reference: its world, its named faults, and its fake."""

from functools import cache
from typing import TYPE_CHECKING, Any

from flowgauge.editions.v0.edition import edition
from flowgauge.editions.v0.faults import FAULTS
from flowgauge.editions.v0.faults.together import MASKS, TOGETHER
from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.reference.edition_part import WorldPart

if TYPE_CHECKING:
    from flowgauge.editions.v0.fake import Fake

__all__ = ["world_part"]


@cache
def world_part() -> WorldPart[FlowWorld]:
    """The part, made once."""
    return WorldPart(
        edition=edition(), new_world=FlowWorld, faults=FAULTS, new_fake=_fake, together=TOGETHER, masks=MASKS
    )


def _fake(**settings: Any) -> "Fake":
    # Late: whoever only runs the server pays nothing for the fake, which knows HTTP clients.
    from flowgauge.editions.v0.fake import Fake  # noqa: PLC0415

    return Fake(**settings)
