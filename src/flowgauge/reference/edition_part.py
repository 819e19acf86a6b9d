"""What an edition with a world of its own gives to the reference."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from flowgauge.edition import Edition
from flowgauge.errors import UsageError
from flowgauge.reference.faults import FaultTable, Mask
from flowgauge.reference.world.auth import Access
from flowgauge.reference.world.message import ServedWorld

if TYPE_CHECKING:
    from flowgauge.reference.fake.server import FakeServer

__all__ = ["WorldPart"]

W = TypeVar("W", bound=ServedWorld)


@dataclass(frozen=True, slots=True)
class WorldPart(Generic[W]):
    """An edition's world, its named faults, and its fake, if it has one.

    `new_world` may make anything that can be served. `new_fake` takes the arguments of `FakeServer`.
    `together` are names of faults, or of groups, that the suites must tell apart when they are on at once,
    but for those that the `masks` explain.
    """

    edition: Edition
    new_world: Callable[[Access, Random], W]
    faults: FaultTable[W]
    new_fake: "Callable[..., FakeServer[Any]] | None" = None
    together: tuple[tuple[str, ...], ...] = ()
    masks: tuple[Mask, ...] = ()

    def fake(self, **settings: Any) -> "FakeServer[Any]":
        """A fake with these arguments of `FakeServer`. Raises UsageError where the edition has none."""
        if self.new_fake is None:
            raise UsageError(f"the edition {self.edition.name} has no fake")
        return self.new_fake(**settings)
