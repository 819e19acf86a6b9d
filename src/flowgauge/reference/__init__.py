"""The reference server: one pure world, and the doors to it.

The world answers `(request, now) -> reply`. The HTTP server (`flowgauge.reference.server.server`) and the
fakes are thin adapters over it, so they cannot drift apart.
"""

from flowgauge.reference.faults import FAULTS, Fault, install_faults
from flowgauge.reference.world.auth import Credential
from flowgauge.reference.world.inputs import MAX_BODY_BYTES, MAX_DEPTH
from flowgauge.reference.world.message import Reply, Request
from flowgauge.reference.world.world import World

__all__ = [
    "FAULTS",
    "MAX_BODY_BYTES",
    "MAX_DEPTH",
    "Credential",
    "Fault",
    "Reply",
    "Request",
    "World",
    "install_faults",
]
