"""What a load knows of an edition: its requests, its journeys, and what is asked at the end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowgauge.edition import Edition
from flowgauge.errors import UsageError
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.context import JourneyContext, JourneyMaker, Making
from flowgauge.load.journeys.verification import Questions
from flowgauge.load.transport.wire import Template, Wire

__all__ = ["LoadPart", "ThingsMade", "part_of", "shared_part"]


@dataclass(frozen=True, slots=True)
class ThingsMade:
    """What the journeys make of the `--stages` text.

    `body` is that of the request that makes one; it raises UsageError for a text that means nothing.
    `own_time` is how many seconds it takes until what was made so is over, None where that cannot be told.
    `reusable` makes one beforehand.
    """

    body: Callable[[str], bytes]
    own_time: Callable[[str], float | None]
    reusable: Callable[[JourneyContext, Tally], Making]


@dataclass(frozen=True, slots=True)
class LoadPart:
    """One edition's part of the load room.

    `operations` are operation ids by the short names that stand in the results; `queries` the query that goes
    with each request of such a name. `counters` turns what the journeys counted into the counters of a run.
    `defaults` are options that the edition sets where the command line and the configuration do not.
    """

    edition: Edition
    operations: Mapping[str, str]
    journeys: Mapping[str, JourneyMaker]
    things: ThingsMade
    questions: Questions
    counters: Callable[[Mapping[str, int]], dict[str, int]] = dict
    queries: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def methods(self) -> dict[str, str]:
        """The HTTP method of each short name."""
        return {name: self.edition.operation(op).method for name, op in self.operations.items()}

    def maker(self, scenario: str, journey: str) -> JourneyMaker:
        """What makes a scenario's journeys. Raises UsageError where there is no such journey."""
        if journey not in self.journeys:
            there_are = f"there are {', '.join(self.journeys)}"
            raise UsageError(f"{scenario}: there is no journey {journey!r}", hint=there_are)
        return self.journeys[journey]

    def context(self, wire: Wire, **settings: Any) -> JourneyContext:
        """A context for journeys against that target; `settings` as `JourneyContext` has them."""
        templates = {
            name: Template(wire, name, self.edition.operation(op), self.queries.get(name, ""))
            for name, op in self.operations.items()
        }
        return JourneyContext(wire, templates, **settings)


def part_of(parts: Sequence[LoadPart], edition: str | None) -> LoadPart | None:
    """The part of the edition of that name, or the first where none is named; None where there is none."""
    return next((part for part in parts if edition in {None, part.edition.name}), None)


def shared_part(parts: Sequence[LoadPart]) -> LoadPart:
    """The part that all scenarios share. Raises UsageError where there is none, or more than one."""
    if not parts:
        raise UsageError("there is no scenario to run", hint="name a file that has one: locust -f loadtests/")
    if any(part.edition is not parts[0].edition for part in parts):
        raise UsageError("the scenarios are of several editions", hint="name one file: locust -f FILE")
    return parts[0]
