"""Which scenarios run, and which edition's part each of them takes.

A scenario is anything with the class variables of a `LoadScenario`, whose module only Locust may import.
"""

from collections.abc import Sequence
from typing import Any

from flowgauge.errors import UsageError
from flowgauge.load.edition_part import LoadPart, part_of

__all__ = ["chosen_of", "parts_of"]


def parts_of(scenarios: Sequence[type[Any]], edition: str | None) -> dict[type[Any], LoadPart]:
    """The part of the edition of that name, or of the usual one, by the scenarios that have one."""
    known = {cls: (cls.part, *cls.also) for cls in scenarios}
    named = edition or _usual_edition(scenarios)
    return {cls: part for cls in known if (part := part_of(known[cls], named)) is not None}


def chosen_of(scenarios: Sequence[type[Any]], *, are_named: bool) -> list[type[Any]]:
    """Of the scenarios that Locust was given, those that run, by name. Raises UsageError where none does."""
    chosen = [cls for cls in scenarios if are_named or cls.is_default]
    if not chosen:
        hint = "name one: locust -f loadtests/ RunPath; one of another edition needs --flowgauge-edition"
        raise UsageError("there is no scenario to run", hint=hint)
    return sorted(chosen, key=lambda cls: cls.__name__)


def _usual_edition(scenarios: Sequence[type[Any]]) -> str | None:
    """The edition of the scenarios that run where none is named, or of all; None where those have several."""
    names = {cls.part.edition.name for cls in scenarios if cls.is_default}
    names = names or {cls.part.edition.name for cls in scenarios}
    return names.pop() if len(names) == 1 else None
