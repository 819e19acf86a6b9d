"""Looking at what can be read of an answer that breaks its schema.

What breaks the schema is taken out before anything but the schema's own check sees the answer. So whatever a
check finds there has the form that the document gives it, and what it does not find makes the check blind:
neither a finding, nor a look.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from flowgauge.contract.findings.sighting import Sighting, blind, sighting
from flowgauge.openapi import Json, Violation

__all__ = ["Partial", "Unseen", "in_full", "look", "looks", "readable", "seen_member"]

# They are broken by what is around or beside a value that has the right form itself.
_OF_THE_REST = frozenset(
    {
        *("required", "dependentRequired", "minProperties", "maxProperties", "additionalProperties"),
        *("unevaluatedProperties", "propertyNames", "minItems", "maxItems", "uniqueItems", "contains"),
    }
)


# What the validator says of a missing member, which its pointer does not name.
_REQUIRED = re.compile(r'(".*") is a required property')


class Unseen(Exception):
    """What a check looks at is not in the answer, or not in a form that can be read."""


class Partial(dict[str, Any]):
    """An object of an answer that breaks its schema, or holds something that does, without what breaks it.

    `lost` are the members that are missing or have another form than declared; None where all are.
    """

    lost: Collection[str] | None = None

    def __missing__(self, name: str) -> Json:
        """Raises Unseen."""
        raise Unseen(f"{name} is missing or has another form than declared")

    def has_lost(self, name: str) -> bool:
        """Whether a member should be here, or was here in a form that cannot be read."""
        return self.lost is None or name in self.lost


def seen_member(view: Json, name: str) -> Json:
    """A member, or None where it is rightly absent. Raises Unseen where that cannot be told."""
    return view[name] if isinstance(view, Partial) and view.has_lost(name) else view.get(name)


def readable(value: Json, violations: Collection[Violation], illegible: Collection[str] = ()) -> Json:
    """What of an answer has the form that its schema asks for; the rest of it is left out.

    `illegible` are pointers to what has no value at all. Where an item of a list is left out, an empty object
    stands for it. None where nothing can be read.
    """
    if not violations and not illegible:
        return value
    wrong = set(illegible)
    touched = {"/".join(p.split("/")[:end]) for p in illegible for end in range(1, p.count("/") + 2)}
    for violation in violations:
        pointer, keyword = violation.pointer, violation.schema_pointer.rpartition("/")[2]
        if (missing := _REQUIRED.fullmatch(violation.message)) and keyword == "required":
            pointer += "/" + _escaped(json.loads(missing[1]))
        if missing or keyword not in _OF_THE_REST:
            wrong.add(pointer)
        parts = pointer.split("/")
        touched.update("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    return None if "" in wrong else _readable(value, wrong, touched, "")


def _readable(value: Json, wrong: Collection[str], touched: Collection[str], pointer: str) -> Json:
    if pointer in wrong:
        return Partial()
    if pointer not in touched:
        return value
    if isinstance(value, dict):
        places = {name: f"{pointer}/{_escaped(name)}" for name in value}
        part = Partial(
            (name, _readable(inner, wrong, touched, places[name]))
            for name, inner in value.items()
            if places[name] not in wrong
        )
        names = (place.rpartition("/") for place in wrong)
        part.lost = {
            name.replace("~1", "/").replace("~0", "~") for above, _, name in names if above == pointer
        }
        return part
    if isinstance(value, list):
        return [_readable(inner, wrong, touched, f"{pointer}/{index}") for index, inner in enumerate(value)]
    return value


def in_full(value: Json) -> Json:
    """A value of which nothing was left out. Raises Unseen where something was."""
    if isinstance(value, Partial):
        raise Unseen("it breaks its schema")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        in_full(inner)
    return value


def look(finding_id: str, wrong: Callable[[], str | None], *before: Any, **more: Any) -> Sighting:
    """A check of what may be out of sight: then it is blind."""
    try:
        return sighting(finding_id, wrong(), *before, **more)
    except Unseen as reason:
        return blind(finding_id, str(reason))


def looks(finding_ids: Iterable[str], checks: Iterator[Sighting]) -> Iterator[Sighting]:
    """Checks of those classes, which are blind from where one of them finds nothing to look at."""
    made = set()
    try:
        for seen in checks:
            made.add(seen.id)
            yield seen
    except Unseen as reason:
        yield from (blind(each, str(reason)) for each in finding_ids if each not in made)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
