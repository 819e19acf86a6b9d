"""The edition's part in the reference: its world, its named faults, and its fake."""

from functools import cache
from typing import TYPE_CHECKING, Any

from flowgauge.editions.v2.edition import edition
from flowgauge.editions.v2.faults import FAULTS
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.edition_part import WorldPart

if TYPE_CHECKING:
    from flowgauge.editions.v2.fake import InstanceFake

__all__ = ["world_part"]


@cache
def world_part() -> WorldPart[InstanceWorld]:
    """The part, made once."""
    return WorldPart(
        edition=edition(),
        new_world=InstanceWorld,
        faults=FAULTS,
        new_fake=_fake,
        together=(("as-shipped-2026",),),
    )


def _fake(**settings: Any) -> "InstanceFake":
    # Late: whoever only runs the server pays nothing for the fake, which knows HTTP clients.
    from flowgauge.editions.v2.fake import InstanceFake  # noqa: PLC0415

    return InstanceFake(**settings)
