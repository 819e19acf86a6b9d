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

__all__ = ["Acknowledgements", "Doubled", "JourneyContext", "JourneyMaker", "Making"]

# Of a server that leaves more runs than this unanswered, it matters little which they were.
_MOST_UNCERTAIN = 65_536

Making = Generator[Step, CallResult | None, Any]
"""A piece of a journey that ends with the thing that it made, or with None where that failed."""


class _Identities:
    """Hashes of identities, in one block of memory from the first on: a run of hours takes no more of it."""

    def __init__(self, most: int) -> None:
        self.count, self._most = 0, most
        size = 1 << (2 * most).bit_length()
        self._mask = size - 1
        self._slots = array("Q", [0]) * size

    @property
    def is_full(self) -> bool:
        """Whether no more are added."""
        return self.count >= self._most

    def __contains__(self, identity: object) -> bool:
        key = _key(identity)
        return self._slots[self._place(key)] == key

    def add(self, identity: object) -> bool:
        """Add one; False where it was there already."""
        key = _key(identity)
        place = self._place(key)
        if self._slots[place] == key:
            return False
        if not self.is_full:
            self._slots[place] = key
            self.count += 1
        return True

    def _place(self, key: int) -> int:
        """Where the key is, or would be."""
        place, slots = key & self._mask, self._slots
        while (held := slots[place]) and held != key:
            place = (place + 1) & self._mask
        return place


def _key(identity: object) -> int:
    return hash(identity) & 0xFFFF_FFFF_FFFF_FFFF or 1


@dataclass(slots=True)
class Doubled:
    """The first thing of a kind with an identity given out before, and how many such things there were."""

    first: Any
    count: int = 0


@dataclass(slots=True)
class Acknowledgements:
    """All that the server acknowledged to have made: a uniform `sample`, and `identities` up to a limit.

    Bounded: a long run keeps a sample of what it saw, and says how much of the whole that is. `sampled` holds
    what the edition's journeys noted, `doubled` those whose identity was given out before, by kind.
    """

    sample: int = 2_000
    identities: int = 1_000_000
    acknowledged: int = 0
    sampled: list[Any] = field(default_factory=list)
    doubled: dict[str, Doubled] = field(default_factory=dict)
    _uncertain: _Identities | None = None
    _seen: _Identities | None = None
    _rng: random.Random = field(default_factory=lambda: random.Random(1))

    @property
    def identified(self) -> int:
        """How many were compared with all before them."""
        return min(self.acknowledged, self.identities)

    def note(self, thing: Any) -> None:
        """Note a thing of some `kind`. No two have the same `identity`, or the server has doubled one."""
        self.acknowledged += 1
        if self._seen is None:
            self._seen = _Identities(self.identities)
        if not self._seen.is_full and not self._seen.add(thing.identity):
            self.doubled.setdefault(thing.kind, Doubled(thing)).count += 1
        # Reservoir sampling (Vitter, algorithm R): each of n things is kept with probability sample/n.
        if len(self.sampled) < self.sample:
            self.sampled.append(thing)
            return
        place = self._rng.randrange(self.acknowledged)
        if place < self.sample:
            self.sampled[place] = thing

    def unanswered(self, parent: str) -> None:
        """Note that something may exist below this parent that nobody acknowledged."""
        if self._uncertain is None:
            self._uncertain = _Identities(_MOST_UNCERTAIN)
        self._uncertain.add(parent)

    def is_uncertain(self, parent: str) -> bool:
        """Whether more may exist below this parent than anybody acknowledged."""
        noted = self._uncertain
        return noted is not None and (noted.is_full or parent in noted)


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
        return Tally((t.name, t.successes) for t in self.templates.values())


JourneyMaker = Callable[[JourneyContext, Tally], Journey]
