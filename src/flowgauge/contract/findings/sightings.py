"""Where checks write down what they looked at and what they saw."""

import json
from collections import Counter

from flowgauge.contract.findings.defect import Defect, Subject
from flowgauge.contract.findings.sighting import Sighting
from flowgauge.results import NO_OPERATION, Exchange

__all__ = ["NO_OPERATION", "Sightings"]


class Sightings:
    """The checks that ran on one exchange, and the defects they found.

    `creators` are the exchanges that gave out the ids in its path: without them it cannot be sent again.
    """

    __slots__ = ("blind", "creators", "defects", "exchange", "operation", "ran", "sound")

    def __init__(self, operation: str, exchange: Exchange, creators: tuple[Exchange, ...] = ()) -> None:
        self.operation = operation
        self.exchange = exchange
        self.creators = creators
        # How often each class of defect was looked for, by its id.
        self.ran: Counter[str] = Counter()
        # Why a class of defect could not be looked for, by its id.
        self.blind: dict[str, str] = {}
        self.defects: list[Defect] = []
        # What was looked at and found well, as (id, subject).
        self.sound: list[tuple[str, Subject]] = []

    def note(self, seen: Sighting) -> None:
        """Count one check, and what it found."""
        if seen.blind:
            self.blind[seen.id] = seen.blind
            return
        self.ran[seen.id] += 1
        if seen.wrong is None:
            if seen.about is not None:
                self.sound.append((seen.id, seen.about))
            return
        evidence = tuple(dict.fromkeys((*self.creators, *seen.before, self.exchange)))
        answer = seen.wrong if seen.shown is None else json.dumps(seen.shown, sort_keys=True)
        self.defects.append(
            Defect(seen.id, seen.of or self.operation, seen.wrong, evidence, seen.about, answer)
        )
