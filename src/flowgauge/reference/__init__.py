"""The reference: worlds that answer as a document says, or break it by name, and what leads to them.

A world answers `(request, now) -> reply`. The HTTP server (`flowgauge.reference.server`) and the fakes
(`flowgauge.reference.fake`) are thin adapters over it, so they cannot drift apart. What a world is about
comes from an edition.
"""

from flowgauge.reference.edition_part import WorldPart
from flowgauge.reference.faults import Fault, FaultTable
from flowgauge.reference.world.auth import Access, Credential
from flowgauge.reference.world.message import Reply, ServedWorld, WorldRequest
from flowgauge.reference.world.world import World

__all__ = [
    "Access",
    "Credential",
    "Fault",
    "FaultTable",
    "Reply",
    "ServedWorld",
    "World",
    "WorldPart",
    "WorldRequest",
]
