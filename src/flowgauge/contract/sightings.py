"""Where checks write down what they looked at and what they saw."""

from collections import Counter

from flowgauge.contract.catalogue import finding_class
from flowgauge.contract.defect import Defect
from flowgauge.results import Exchange

__all__ = ["NO_OPERATION", "Sightings"]

NO_OPERATION = "(no operation)"


class Sightings:
    """The checks that ran on one exchange, and the defects they found.

    `creators` are the exchanges that gave out the ids in its path: without them it cannot be sent again.
    """

    __slots__ = ("creators", "defects", "exchange", "operation", "ran")

    def __init__(self, operation: str, exchange: Exchange, creators: tuple[Exchange, ...] = ()) -> None:
        self.operation = operation
        self.exchange = exchange
        self.creators = creators
        self.ran: Counter[str] = Counter()
        self.defects: list[Defect] = []

    def check(self, finding_id: str, wrong: str | None, *before: Exchange, of: str | None = None) -> bool:
        """Count one check; `wrong` says what is broken, or None.

        `before` are earlier exchanges that show it; those that gave out the ids of this one always do.
        `of` is the operation at fault, where it is another than this exchange's. Returns whether all is well.
        """
        self.ran[finding_class(finding_id).check] += 1
        if wrong is None:
            return True
        evidence = tuple(dict.fromkeys((*self.creators, *before, self.exchange)))
        self.defects.append(Defect(finding_id, of or self.operation, wrong, evidence))
        return False
