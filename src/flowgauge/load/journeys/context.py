"""What the journeys of one engine share: their requests, their settings, what the server acknowledged."""

import random
from array import array
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowgauge.errors import UsageError
from flowgauge.load.engine.iteration import CallResult, Journey
from flowgauge.load.engine.steps import Step
from flowgauge.load.engine.tally import Tally
from flowgauge.load.transport.wire import Template, Wire, WireCall

__all__ = ["Acknowledgements", "JourneyContext", "JourneyMaker", "Making"]

Making = Generator[Step, CallResult | None, Any]
"""A piece of a journey that ends with the thing that it made, or with None where that failed."""


class _Identities:
    """Hashes of identities, in one block of memory from the first on: a run of hours takes no more of it."""

    def __init__(self, most: int) -> None:
        self.count = 0
        size = 1 << (2 * most).bit_length()
        self._mask = size - 1
        self._slots = array("Q", [0]) * size

    def add(self, identity: object) -> bool:
        """Add one; False where it was there already."""
        key = hash(identity) & 0xFFFF_FFFF_FFFF_FFFF or 1
        place, slots = key & self._mask, self._slots
        while held := slots[place]:
            if held == key:
                return False
            place = (place + 1) & self._mask
        slots[place] = key
        self.count += 1
        return True


@dataclass(slots=True)
class Acknowledgements:
    """All that the server acknowledged to have made: a uniform `sample`, and `identities` up to a limit.

    Bounded: a long run keeps a sample of what it saw, and says how much of the whole that is. `sampled` and
    `doubled` hold what the edition's journeys noted; `uncertain` names parents below which more may exist
    than anybody acknowledged.
    """

    sample: int = 2_000
    identities: int = 1_000_000
    acknowledged: int = 0
    sampled: list[Any] = field(default_factory=list)
    doubled: list[Any] = field(default_factory=list)
    uncertain: set[str] = field(default_factory=set)
    _seen: _Identities | None = None
    _rng: random.Random = field(default_factory=lambda: random.Random(1))

    @property
    def identified(self) -> int:
        """How many were compared with all before them."""
        return min(self.acknowledged, self.identities)

    def note(self, thing: Any) -> None:
        """Note a thing. No two have the same `identity`, or the server has doubled one."""
        self.acknowledged += 1
        if self._seen is None:
            self._seen = _Identities(self.identities)
        if self._seen.count < self.identities and not self._seen.add(thing.identity):
            self.doubled.append(thing)
        # Reservoir sampling (Vitter, algorithm R): each of n things is kept with probability sample/n.
        if len(self.sampled) < self.sample:
            self.sampled.append(thing)
            return
        place = self._rng.randrange(self.acknowledged)
        if place < self.sample:
            self.sampled[place] = thing

    def unanswered(self, parent: str) -> None:
        """Note that something may exist below this parent that nobody acknowledged."""
        if len(self.uncertain) < self.identities:
            self.uncertain.add(parent)


@dataclass(slots=True)
class JourneyContext:
    """One engine's, which is the one at `index` of so many. `templates` are requests by their short names.

    `body` is what the `--stages` text became; `reusable` holds things made beforehand, to be used again and
    again. `poll_interval` is seconds, `wait_ratio` (0..1) the part that asks the server to wait.
    """

    wire: Wire
    templates: Mapping[str, Template]
    body: bytes = b"{}"
    poll_interval: float = 0.025
    wait_ratio: float = 0.0
    reusable: list[Any] = field(default_factory=list)
    acknowledged: Acknowledgements = field(default_factory=Acknowledgements)
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    index: int = 0
    of: int = 1

    def call(self, name: str, *ids: str, body: bytes | None = None, query: str = "") -> WireCall:
        """A request by its short name, for the resource that `ids` name. Raises UsageError for no such."""
        template = self.templates.get(name)
        if template is None:
            raise UsageError(f"there is no call {name!r}", hint=f"there are {', '.join(self.templates)}")
        return template.call(*ids, body=body, query=query)

    def tally(self) -> Tally:
        """An empty tally of every operation that a journey may call."""
        return Tally((t.name, t.success) for t in self.templates.values())


JourneyMaker = Callable[[JourneyContext, Tally], Journey]
