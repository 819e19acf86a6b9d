"""Where checks write down what they looked at and what they saw."""

import json
from collections import Counter

from flowgauge.contract.findings.defect import Case, Defect, Subject, Symptom
from flowgauge.contract.findings.sighting import Sighting
from flowgauge.results import NO_OPERATION, Exchange

__all__ = ["NO_OPERATION", "Sightings"]


class Sightings:
    """The checks that ran on one exchange, and the defects they found.

    `creators` are the exchanges that gave out the ids in its path: without them it cannot be sent again.
    `oddity` says how far its request is from an ordinary one.
    """

    __slots__ = (
        "blind",
        "creators",
        "defects",
        "exchange",
        "expected",
        "oddity",
        "operation",
        "ran",
        "sound",
        "sound_cases",
        "sound_ids",
        "sound_plain",
    )

    def __init__(
        self, operation: str, exchange: Exchange, creators: tuple[Exchange, ...] = (), oddity: int = 0
    ) -> None:
        self.operation = operation
        self.exchange = exchange
        self.creators = creators
        self.oddity = oddity
        # What should have come back, in words, where something else did.
        self.expected = ""
        # How often each class of defect was looked for, by its id.
        self.ran: Counter[str] = Counter()
        # Why a class of defect could not be looked for, by its id.
        self.blind: dict[str, str] = {}
        self.defects: list[Defect] = []
        # What was looked at and found well, as (id, subject).
        self.sound: list[tuple[str, Subject]] = []
        # The same by its id alone, where nothing was wrong before with what the exchange is about.
        self.sound_ids: set[str] = set()
        # Requests that have one thing wrong with them, and were answered well.
        self.sound_cases: list[tuple[str, Case]] = []
        # The same of those that have none.
        self.sound_plain: set[str] = set()

    def note(self, seen: Sighting, follows: Symptom | None = None) -> None:
        """Count one check, and what it found.

        `follows` is what was wrong before with the thing that was looked at.
        """
        if seen.blind:
            self.blind[seen.id] = seen.blind
            return
        self.ran[seen.id] += 1
        if seen.wrong is None:
            if seen.about is not None:
                self.sound.append((seen.id, seen.about))
            if follows is None:
                self.sound_ids.add(seen.id)
            if not seen.cases:
                self.sound_plain.add(seen.id)
            if len(seen.cases) == 1:
                self.sound_cases.append((seen.id, seen.cases[0]))
            return
        evidence = tuple(dict.fromkeys((*self.creators, *seen.before, self.exchange)))
        answer = seen.wrong if seen.shown is None else json.dumps(seen.shown, sort_keys=True)
        self.defects.append(
            Defect(
                Symptom(seen.id, seen.of or self.operation, seen.cause, seen.cases),
                seen.wrong,
                evidence,
                # What was spoilt before is no ordinary thing: another shows the same better.
                self.oddity + (follows is not None),
                seen.about,
                answer,
                follows,
                seen.rule,
                seen.severity,
                self.expected,
            )
        )
