"""The edition's world: v2's, asked under other names, with lists that hold everything."""

from collections.abc import Callable, Iterable
from random import Random
from typing import Any, TypeVar

from flowgauge.editions.v1.edition import edition
from flowgauge.editions.v2.world.listing import Filters, Numbered
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.world.auth import Access
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.world import RoutedRequest

__all__ = ["UnpagedWorld"]

N = TypeVar("N", bound=Numbered)


class UnpagedWorld(InstanceWorld):
    """A server of the API's first version without a socket. Its steps are those of the second."""

    def __init__(self, access: Access, random: Random) -> None:
        super().__init__(access, random, edition().document)
        self._names = {here: name for name, here in edition().aliases.items()}

    def name_of(self, operation_id: str) -> str:
        return self._names[operation_id]

    def listed(
        self,
        call: RoutedRequest,  # noqa: ARG002 - a page would need it
        of: str,  # noqa: ARG002 - the same
        filters: Filters,
        things: Callable[[Filters], Iterable[N]],
        show: Callable[[N], dict[str, Any]],
    ) -> Reply:
        return self.ok({"data": [show(thing) for thing in list(things(filters))[::-1]]})
