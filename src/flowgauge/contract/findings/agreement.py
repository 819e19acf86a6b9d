"""Which operations give the same wrong answers, so that one fault which many operations show is one finding.

Two operations that show a thing alike, and alike wrong, have it from the same place. So their findings of one
class are one, unless they were ever seen to differ about a thing: then each has a fault of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Collection

from flowgauge.contract.findings.defect import Subject
from flowgauge.contract.findings.sightings import Sightings

__all__ = ["Agreement", "Key"]

# A finding's id and operation.
Key = tuple[str, str]


class Agreement:
    """What operations were seen to agree and to differ about."""

    def __init__(self) -> None:
        self._answers: defaultdict[tuple[str, Subject], dict[str, set[str]]] = defaultdict(dict)
        self._alike: set[tuple[Key, Key]] = set()
        self._unlike: set[tuple[Key, Key]] = set()
        self._makers: defaultdict[Key, Counter[str]] = defaultdict(Counter)

    def note(self, sightings: Sightings) -> None:
        """Compare what an exchange showed with what other operations showed of the same things."""
        # As sets: a list that holds a thing twice shows it no otherwise for that.
        wrong: defaultdict[tuple[str, Subject], set[str]] = defaultdict(set)
        for defect in sightings.defects:
            if defect.about is not None and not defect.symptom.cause:
                wrong[defect.id, defect.about].add(defect.shown)
                self._makers[defect.id, defect.operation][defect.about.maker] += 1
        for (finding_id, subject), shown in wrong.items():
            answers = self._answers[finding_id, subject]
            for other, theirs in answers.items():
                self._note_pair(finding_id, sightings.operation, other, is_alike=shown == theirs)
            answers[sightings.operation] = shown
        for finding_id, subject in sightings.sound:
            # Whoever gave a wrong answer about a thing of which this one is right has a fault of its own.
            if (finding_id, subject) not in wrong:
                for other in self._answers.get((finding_id, subject), ()):
                    self._note_pair(finding_id, sightings.operation, other, is_alike=False)

    def merged(self, keys: Collection[Key]) -> dict[Key, Key]:
        """For each finding the one that it belongs to, which is itself for most.

        Findings that belong together stand under the operation that made what they are about.
        """
        groups = {key: {key} for key in keys}
        for one, other in sorted(self._alike - self._unlike):
            if one in groups and other in groups and not self._differ(groups[one], groups[other]):
                union = groups[one] | groups[other]
                groups |= dict.fromkeys(union, union)
        return {key: self._place(group, keys) for key, group in groups.items()}

    def _differ(self, one: set[Key], other: set[Key]) -> bool:
        return any((a, b) in self._unlike for a in one for b in other)

    def _place(self, group: set[Key], keys: Collection[Key]) -> Key:
        first = min(group)
        if len(group) == 1:
            return first
        makers = sum((self._makers[key] for key in sorted(group)), Counter[str]())
        made = first[0], min(makers, key=lambda maker: (-makers[maker], maker))
        # The maker may have a fault of the same class, and of its own.
        return made if made in group or made not in keys else first

    def _note_pair(self, finding_id: str, operation: str, other: str, *, is_alike: bool) -> None:
        if operation != other:
            pairs = self._alike if is_alike else self._unlike
            pairs.add(((finding_id, operation), (finding_id, other)))
            pairs.add(((finding_id, other), (finding_id, operation)))
