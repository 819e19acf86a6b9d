"""Which finding is a catch of which fault."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flowgauge.errors import HarnessError
from flowgauge.reference.faults import ANY
from flowgauge.results import NO_OPERATION, Finding

__all__ = ["WantedFinding", "catches"]


@dataclass(frozen=True, slots=True)
class WantedFinding:
    """A finding that a fault names: its class, its operation, and what its detail or reproduction must say.

    `words` are a regular expression.
    """

    id: str
    operation: str
    words: str = ""

    @classmethod
    def read(cls, text: str) -> "WantedFinding":
        """Read "FG-105 readPet", or with words, "FG-105 readPet says null"; "any" is any operation.

        Raises HarnessError where the text is not such a one.
        """
        key, said, words = text.partition(" says ")
        finding_id, _, operation = key.partition(" ")
        if not finding_id.startswith("FG-") or not operation or (said and not words):
            raise HarnessError(f"{text!r} names no finding; one is written as 'FG-105 readPet says null'")
        return cls(finding_id, operation, words)

    def fits(self, finding: Finding) -> bool:
        """Whether this finding is the one."""
        is_there = self.operation == finding.operation or (
            self.operation == ANY and finding.operation != NO_OPERATION
        )
        shown = f"{finding.detail}\n{finding.reproduction}"
        return self.id == finding.id and is_there and re.search(self.words, shown) is not None


def catches(faults: Mapping[str, Sequence[str]], findings: Sequence[Finding]) -> dict[str, Finding]:
    """For each fault a finding that it names. No finding is a catch of two faults: it shows one of them.

    As many faults as can be get a finding of their own. `faults` holds the names of the findings by fault.
    """
    fitting: dict[str, list[int]] = {}
    for fault, texts in faults.items():
        wanted = [WantedFinding.read(text) for text in texts]
        fitting[fault] = [n for n, finding in enumerate(findings) if any(w.fits(finding) for w in wanted)]
    owners: dict[int, str] = {}
    for fault in faults:
        _give(fault, fitting, owners, set())
    return {fault: findings[number] for number, fault in owners.items()}


def _give(fault: str, fitting: Mapping[str, list[int]], owners: dict[int, str], tried: set[int]) -> bool:
    """Give the fault a finding, where need be one whose owner can take another (Kuhn, 1955)."""
    for number in fitting[fault]:
        if number not in tried:
            tried.add(number)
            if number not in owners or _give(owners[number], fitting, owners, tried):
                owners[number] = fault
                return True
    return False
