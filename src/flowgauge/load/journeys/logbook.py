"""Every run that the server acknowledged, for the questions asked at the end.

Bounded: a long run keeps a uniform sample of what it saw, and says how much of the whole that is.
"""

import random
from dataclasses import dataclass

__all__ = ["Acknowledged", "Logbook"]

SAMPLE = 2_000
IDENTITIES = 1_000_000


@dataclass(slots=True)
class Acknowledged:
    """A run that the server acknowledged. `is_alone`: its workflow was made for it and has no other run."""

    flow_id: str
    run_id: str
    stage_count: int
    is_alone: bool
    is_over: bool = False


class Logbook:
    """A uniform sample of the acknowledged runs, and the identities of all up to a limit."""

    def __init__(self, *, sample: int = SAMPLE, identities: int = IDENTITIES, seed: int = 1) -> None:
        self.sampled: list[Acknowledged] = []
        self.acknowledged = 0
        self.doubled: list[Acknowledged] = []
        self.crowded: set[str] = set()
        self._sample = sample
        self._identities = identities
        self._seen: set[int] = set()
        self._dice = random.Random(seed)

    @property
    def identified(self) -> int:
        """How many runs were compared with all before them."""
        return min(self.acknowledged, self._identities)

    def enter(self, run: Acknowledged) -> None:
        """Note a run; one whose id was seen before is doubled."""
        self.acknowledged += 1
        if len(self._seen) < self._identities:
            identity = hash((run.flow_id, run.run_id))
            if identity in self._seen:
                self.doubled.append(run)
            self._seen.add(identity)
        # Reservoir sampling (Vitter, algorithm R): each of n runs is kept with probability sample/n.
        if len(self.sampled) < self._sample:
            self.sampled.append(run)
            return
        place = self._dice.randrange(self.acknowledged)
        if place < self._sample:
            self.sampled[place] = run

    def unanswered(self, flow_id: str) -> None:
        """Note that a run of this workflow may exist that nobody acknowledged."""
        if len(self.crowded) < self._identities:
            self.crowded.add(flow_id)
