"""Where checks write down what they looked at and what they saw."""

import json
from collections import Counter
from typing import Any, Self

from flowgauge.contract.findings.catalogue import finding_class
from flowgauge.contract.findings.defect import Defect, Subject
from flowgauge.results import Exchange

__all__ = ["NO_OPERATION", "Sightings"]

NO_OPERATION = "(no operation)"


class Sightings:
    """The checks that ran on one exchange, and the defects they found.

    `creators` are the exchanges that gave out the ids in its path: without them it cannot be sent again.
    """

    __slots__ = ("creators", "defects", "exchange", "operation", "ran", "sound")

    def __init__(self, operation: str, exchange: Exchange, creators: tuple[Exchange, ...] = ()) -> None:
        self.operation = operation
        self.exchange = exchange
        self.creators = creators
        self.ran: Counter[str] = Counter()
        self.defects: list[Defect] = []
        # What was looked at and found well, as (id, subject).
        self.sound: list[tuple[str, Subject]] = []

    def made(self, some_id: str) -> Subject:
        """The thing of that id, which this exchange made."""
        return Subject(some_id, self.operation)

    def trial(self) -> Self:
        """Empty sightings of the same exchange, to be taken in or not."""
        return type(self)(self.operation, self.exchange, self.creators)

    def take(self, trial: "Sightings") -> None:
        """Take in what was seen on trial."""
        self.ran.update(trial.ran)
        self.defects += trial.defects
        self.sound += trial.sound

    def check(
        self,
        finding_id: str,
        wrong: str | None,
        *before: Exchange,
        of: str | None = None,
        about: Subject | None = None,
        shown: Any = None,
    ) -> bool:
        """Count one check; `wrong` says what is broken, or None.

        `before` are earlier exchanges that show it; those that gave out the ids of this one always do.
        `of` is the operation at fault, where it is another than this exchange's. `about` is the thing that
        is judged, where whatever is wrong with it stays wrong and shows wherever it is looked at; `shown`,
        or `wrong`, is then what tells one wrong answer from another. Returns whether all is well.
        """
        self.ran[finding_class(finding_id).check] += 1
        if wrong is None:
            if about is not None:
                self.sound.append((finding_id, about))
            return True
        evidence = tuple(dict.fromkeys((*self.creators, *before, self.exchange)))
        answer = wrong if shown is None else json.dumps(shown, sort_keys=True)
        self.defects.append(Defect(finding_id, of or self.operation, wrong, evidence, about, answer))
        return False
