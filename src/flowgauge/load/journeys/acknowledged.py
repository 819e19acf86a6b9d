"""Everything that the server acknowledged to have made, for the questions asked at the end.

Bounded: a long run keeps a uniform sample of what it saw, and says how much of the whole that is.
"""

import random
from collections.abc import Hashable
from typing import Any, Protocol

__all__ = ["Acknowledged", "Acknowledgements"]

SAMPLE = 2_000
IDENTITIES = 1_000_000


class Acknowledged(Protocol):
    """One acknowledged thing. No two have the same identity, or the server has doubled one."""

    @property
    def identity(self) -> Hashable:
        """What tells it from all others."""


class Acknowledgements:
    """A uniform sample of the acknowledged things, and the identities of all up to a limit.

    `sampled` and `doubled` hold what the edition's journeys noted; `uncertain` names parents below which more
    may exist than anybody acknowledged.
    """

    def __init__(self, *, sample: int = SAMPLE, identities: int = IDENTITIES, seed: int = 1) -> None:
        self.sampled: list[Any] = []
        self.acknowledged = 0
        self.doubled: list[Any] = []
        self.uncertain: set[str] = set()
        self._sample = sample
        self._identities = identities
        self._seen: set[int] = set()
        self._rng = random.Random(seed)

    @property
    def identified(self) -> int:
        """How many were compared with all before them."""
        return min(self.acknowledged, self._identities)

    def note(self, thing: Acknowledged) -> None:
        """Note a thing; one whose identity was seen before is doubled."""
        self.acknowledged += 1
        if len(self._seen) < self._identities:
            identity = hash(thing.identity)
            if identity in self._seen:
                self.doubled.append(thing)
            self._seen.add(identity)
        # Reservoir sampling (Vitter, algorithm R): each of n things is kept with probability sample/n.
        if len(self.sampled) < self._sample:
            self.sampled.append(thing)
            return
        place = self._rng.randrange(self.acknowledged)
        if place < self._sample:
            self.sampled[place] = thing

    def unanswered(self, parent: str) -> None:
        """Note that something may exist below this parent that nobody acknowledged."""
        if len(self.uncertain) < self._identities:
            self.uncertain.add(parent)
