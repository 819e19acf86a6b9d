"""Which symptoms have one cause, and so are one finding; and which only follow from another.

A check says what kind of wrong it met and of what case the request was. The same cause at several operations
is one finding. Where an operation answers case after case of a kind wrongly and alike, that is one cause, not
one for each case; and where it breaks at every valid request, it breaks at the others for the same reason. A
request of which several things are wrong shows what one of them shows alone. Symptoms without a cause are
their operation's own, unless operations agree on wrong ones.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from flowgauge.contract.findings.agreement import Agreement
from flowgauge.contract.findings.defect import Case, Symptom
from flowgauge.contract.findings.sightings import Sightings

__all__ = ["ACCEPTED", "Causes", "Key"]

# A finding's id, and its cause or operation.
Key = tuple[str, str]
ACCEPTED = "accepted"
"""The cause of what is met where a request that must be refused is not."""

_BROKEN, _STATUS, _REFUSED = "FG-101", "FG-102", "FG-210"
# What is met with an id that nobody gave out is met with one that cannot be written, too.
_UNKNOWN, _UNWRITABLE = "unknown id", "syntax"
# So many cases of one kind, alike at one operation, have one cause.
_MANY = 3


class Causes:
    """What was seen to go well and ill together."""

    def __init__(self) -> None:
        self._agreement = Agreement()
        self._sound: set[tuple[str, str, Case]] = set()
        self._sound_ids: set[tuple[str, str]] = set()
        self._sound_plain: set[tuple[str, str]] = set()
        self._follows: defaultdict[Symptom, Counter[Symptom | None]] = defaultdict(Counter)

    def note(self, sightings: Sightings) -> None:
        """Learn from the checks of an exchange."""
        self._agreement.note(sightings)
        self._sound.update((i, sightings.operation, case) for i, case in sightings.sound_cases)
        self._sound_ids.update((i, sightings.operation) for i in sightings.sound_ids)
        self._sound_plain.update((i, sightings.operation) for i in sightings.sound_plain)
        for defect in sightings.defects:
            self._follows[defect.symptom][defect.follows] += 1

    def keys(self, symptoms: Collection[Symptom]) -> dict[Symptom, Key]:
        """For each symptom the finding that it belongs to."""
        own = {(s.id, s.operation) for s in symptoms if not s.cause}
        agreed = self._agreement.merged(own)
        grouping = _Grouping(symptoms, self._sound, self._sound_plain)
        return {s: grouping.key(s) if s.cause else agreed[s.id, s.operation] for s in symptoms}

    def consequences(self, keys: Mapping[Symptom, Key]) -> dict[Key, Key]:
        """The findings that only follow from another, each with that one.

        Such a one was met on nothing but what was wrong already, and the same check found all well on
        something else: so a fault of its own that shows anywhere else is never hidden.
        """
        sources: defaultdict[Key, Counter[Key | None]] = defaultdict(Counter)
        for symptom, key in keys.items():
            for source, count in self._follows[symptom].items():
                is_sure = (symptom.id, symptom.operation) in self._sound_ids
                sources[key][keys.get(source) if source and is_sure else None] += count
        first = {
            key: max(met, key=lambda source: met[source])
            for key, met in sources.items()
            if not met.keys() & {None, key}
        }
        roots = {key: _root(key, first) for key in first}
        return {key: root for key, root in roots.items() if root is not None}


def _root(key: Key, first: Mapping[Key, Key | None]) -> Key | None:
    """What a finding follows from in the end; None where that is itself."""
    here, passed = first[key], {key}
    while here is not None and here in first:
        if here in passed:
            return None
        passed.add(here)
        here = first[here]
    return here


class _Grouping:
    """The causes of symptoms that say what they are of."""

    def __init__(
        self,
        symptoms: Collection[Symptom],
        sound: Collection[tuple[str, str, Case]],
        sound_plain: Collection[tuple[str, str]],
    ) -> None:
        self._symptoms = symptoms
        self._sound = sound
        self._sound_plain = sound_plain
        self._sound_kinds = {(i, operation, case.kind) for i, operation, case in sound}
        self._accepted = {
            (s.operation, s.cases[0]): s
            for s in symptoms
            if s.cause == ACCEPTED and s.id != _STATUS and len(s.cases) == 1
        }
        self._refused = {s.cause for s in symptoms if s.id == _REFUSED and not s.cases}
        shown: Counter[tuple[str, str, str, str]] = Counter()
        for s in symptoms:
            if len(s.cases) == 1 and not (s.cause == ACCEPTED and self._is_sound(s)):
                shown[s.id, s.operation, s.cause, s.cases[0].kind] += 1
        self._wholes = {key for key, count in shown.items() if count >= _MANY}
        self._kinds = {(i, cause, kind) for i, _, cause, kind in self._wholes}

    def _is_sound(self, symptom: Symptom) -> bool:
        """Whether something of the kind was answered well."""
        return (symptom.id, symptom.operation, symptom.cases[0].kind) in self._sound_kinds

    def key(self, symptom: Symptom) -> Key:
        """The finding of a symptom."""
        if symptom.id == _STATUS:
            # What gets past one check is answered by the next; and a method that is refused is refused.
            past = next((s for c in symptom.cases if (s := self._accepted.get((symptom.operation, c)))), None)
            if past is not None:
                return self.key(past)
            if not symptom.cases and symptom.cause in self._refused:
                return _REFUSED, symptom.cause
        if not symptom.cases:
            return symptom.id, symptom.cause
        valid = symptom._replace(cause=f"{symptom.cause} to a valid {symptom.operation}", cases=())
        is_whole = symptom.id == _BROKEN and (symptom.id, symptom.operation) not in self._sound_plain
        if (symptom.id == _REFUSED or is_whole) and valid in self._symptoms:
            return self.key(valid)
        if len(symptom.cases) == 1:
            plainer = self._plainer(symptom)
            return symptom.id, f"{symptom.cause}: {self._named(plainer, plainer.cases[0])}"
        alone = self._alone(symptom)
        if alone is not None:
            return self.key(alone)
        kinds = " and ".join(sorted({case.kind for case in symptom.cases}))
        return symptom.id, f"{symptom.cause}: {kinds}"

    def _plainer(self, symptom: Symptom) -> Symptom:
        """The same symptom of the case that this one is only an odd way to write of, where it is one."""
        if symptom.cases[0].kind != _UNWRITABLE:
            return symptom
        about = (symptom.id, symptom.operation, symptom.cause, _UNKNOWN)
        return next(
            (s for s in sorted(self._symptoms) if len(s.cases) == 1 and (*s[:3], s.cases[0].kind) == about),
            symptom,
        )

    def _named(self, symptom: Symptom, case: Case) -> str:
        about = (symptom.id, symptom.operation, symptom.cause, case.kind)
        is_whole = about in self._wholes or (
            (symptom.id, symptom.cause, case.kind) in self._kinds and not self._is_sound(symptom)
        )
        # What is answered so without anything odd about it is answered so with it.
        is_plain = symptom._replace(cases=(Case(case.kind),)) in self._symptoms
        return case.kind if is_whole or is_plain or not case.which else f"{case.kind}, {case.which}"

    def _alone(self, symptom: Symptom) -> Symptom | None:
        """The symptom of one of several cases that explains this one: it is met without the others too."""
        singles = [symptom._replace(cases=(case,)) for case in symptom.cases]
        found = next((single for single in singles if single in self._symptoms), None)
        if symptom.cause == ACCEPTED and any(
            single not in self._symptoms and (finding_id, symptom.operation, single.cases[0]) in self._sound
            for single in singles
            for finding_id in (symptom.id, _STATUS)
        ):
            # One of them is refused when it is alone: so that the other is not refused does not explain it.
            return None
        return found
