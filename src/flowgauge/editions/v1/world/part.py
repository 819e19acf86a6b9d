"""The edition's part in the reference: its world, its named faults, and its fake."""

from functools import cache
from typing import TYPE_CHECKING, Any

from flowgauge.editions.v1.edition import edition
from flowgauge.editions.v1.faults import FAULTS
from flowgauge.editions.v1.world.world import UnpagedWorld
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.edition_part import WorldPart

if TYPE_CHECKING:
    from flowgauge.editions.v1.fake import UnpagedFake

__all__ = ["world_part"]


@cache
def world_part() -> WorldPart[InstanceWorld]:
    """The part, made once."""
    return WorldPart(
        edition=edition(),
        new_world=UnpagedWorld,
        faults=FAULTS,
        new_fake=_fake,
        together=(("as-shipped-2026",),),
    )


def _fake(**settings: Any) -> "UnpagedFake":
    # Late: whoever only runs the server pays nothing for the fake, which knows HTTP clients.
    from flowgauge.editions.v1.fake import UnpagedFake  # noqa: PLC0415

    return UnpagedFake(**settings)
