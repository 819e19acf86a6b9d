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
    """A finding that a fault names: its class, an operation that shows it, and what that must say.

    `words` are a regular expression, looked for in the cause and in what the operation showed; at the most
    telling operation in the reproduction too.
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

    def fits(self, finding: Finding, operation: str) -> bool:
        """Whether this finding, as that operation shows it, is the one."""
        is_there = operation == self.operation or (self.operation == ANY and operation != NO_OPERATION)
        shown = [finding.cause, *(s.detail for s in finding.showings if s.operation == operation)]
        if operation == finding.operation:
            shown += [finding.detail, finding.reproduction]
        return self.id == finding.id and is_there and re.search(self.words, "\n".join(shown)) is not None


def catches(faults: Mapping[str, Sequence[str]], findings: Sequence[Finding]) -> dict[str, Finding]:
    """For each fault a finding that it names.

    What one operation shows of a finding is no catch of two faults: it shows one of them. As many faults as
    can be get a catch of their own. `faults` holds the names of the findings by fault.
    """
    shown = [(finding, operation) for finding in findings for operation in finding.operations]
    fitting: dict[str, list[int]] = {}
    for fault, texts in faults.items():
        wanted = [WantedFinding.read(text) for text in texts]
        fitting[fault] = [n for n, each in enumerate(shown) if any(w.fits(*each) for w in wanted)]
    owners: dict[int, str] = {}
    for fault in faults:
        _give(fault, fitting, owners, set())
    return {fault: shown[number][0] for number, fault in owners.items()}


def _give(fault: str, fitting: Mapping[str, list[int]], owners: dict[int, str], tried: set[int]) -> bool:
    """Give the fault a catch, where need be one whose owner can take another (Kuhn, 1955)."""
    for number in fitting[fault]:
        if number not in tried:
            tried.add(number)
            if number not in owners or _give(owners[number], fitting, owners, tried):
                owners[number] = fault
                return True
    return False
