"""The load's part of this edition."""

from functools import cache

from flowgauge.editions.v1.edition import edition
from flowgauge.editions.v2.load.part import part_for
from flowgauge.load.edition_part import LoadPart

__all__ = ["load_part"]


@cache
def load_part() -> LoadPart:
    """The part; made once."""
    return part_for(edition())
