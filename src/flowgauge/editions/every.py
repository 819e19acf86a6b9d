"""A server that speaks several editions over one state, as servers in the field do.

What is made over one edition is read, run and deleted over the others. Each request is answered by the world
of the edition that has its path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from random import Random
from typing import Any

from flowgauge.editions.run_world import RunWorld
from flowgauge.limits import PeerLimits
from flowgauge.reference.edition_part import WorldPart
from flowgauge.reference.faults import Fault, FaultGroup, FaultTable
from flowgauge.reference.world.auth import Access
from flowgauge.reference.world.message import Reply, WorldRequest

__all__ = ["EveryWorld", "every_part"]


class EveryWorld(RunWorld):
    """The worlds of several editions, newest first, by their names. They share a store and the credentials.

    A path that two editions have, and one that none has, is of the first world; those in which a fault was
    switched on go before the others.
    """

    def __init__(self, access: Access, random: Random, worlds: Mapping[str, RunWorld]) -> None:
        self.worlds = dict(worlds)
        newest, *_ = worlds.values()
        kinds = {name: kind for world in worlds.values() for name, kind in world.store.kinds.items()}
        super().__init__(newest.document, access, random, kinds)
        for world in worlds.values():
            world.store, world.authenticator = self.store, self.authenticator

    def handle(self, request: WorldRequest, now: float) -> Reply:
        """The answer of the edition that has the path."""
        return self._asked(request.path).handle(request, now)

    def limit(self, limits: PeerLimits) -> None:
        """Take no more than that of a client, over any edition."""
        super().limit(limits)
        for world in self.worlds.values():
            world.limit(limits)

    def prefer(self, edition: str) -> None:
        """Ask the world of this edition before others."""
        self.worlds = {edition: self.worlds[edition], **self.worlds}

    def _asked(self, path: str) -> RunWorld:
        for world in self.worlds.values():
            if world.document.matched(path) is not None:
                return world
        return max(self.worlds.values(), key=lambda world: _likeness(world, path))


def _likeness(world: RunWorld, path: str) -> int:
    """How far a path leads into the paths of an edition."""
    asked = path.split("/")
    paths = (zip(asked, op.path.split("/"), strict=False) for op in world.document.operations)
    return max(sum(1 for _ in takewhile(lambda parts: parts[0] == parts[1], pairs)) for pairs in paths)


def every_part(parts: Sequence[WorldPart[Any]]) -> WorldPart[EveryWorld]:
    """The part of a server that speaks all of these editions, newest first.

    A fault is switched on in each edition that has one of its name.
    """

    def new_world(access: Access, random: Random) -> EveryWorld:
        worlds = {part.edition.name: part.new_world(access, random) for part in parts}
        return EveryWorld(access, random, worlds)

    newest = parts[0]
    return WorldPart(edition=newest.edition, new_world=new_world, faults=FaultTable(_faults(parts)))


def _faults(parts: Sequence[WorldPart[Any]]) -> FaultGroup[EveryWorld]:
    group = FaultGroup[EveryWorld]("every edition's")
    for name in {name: None for part in parts for name in part.faults}:
        having = {part.edition.name: part.faults[name] for part in parts if name in part.faults}

        def install(world: EveryWorld, having: Mapping[str, Fault[Any]] = having) -> None:
            for edition, fault in having.items():
                fault.install(world.worlds[edition])
                world.prefer(edition)

        group.faults.append(replace(next(iter(having.values())), install=install))
    return group
