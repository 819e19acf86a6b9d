"""What the scenarios of a locustfile ask for: one edition's part, and a journey of it for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from flowgauge.errors import UsageError
from flowgauge.load.edition_part import LoadPart
from flowgauge.load.journeys.context import JourneyMaker

__all__ = ["NamedJourney", "makers_of", "part_of"]


@dataclass(frozen=True, slots=True)
class NamedJourney:
    """A scenario, as far as it matters here."""

    name: str
    part: LoadPart
    journey: str


def part_of(scenarios: Sequence[NamedJourney]) -> LoadPart:
    """The part that all of them share. Raises UsageError where there is none, or more than one."""
    if not scenarios:
        raise UsageError("there is no scenario to run", hint="name a file that has one: locust -f loadtests/")
    part = scenarios[0].part
    if any(each.part.edition is not part.edition for each in scenarios):
        raise UsageError("the scenarios are of several editions", hint="name one file: locust -f FILE")
    return part


def makers_of(scenarios: Sequence[NamedJourney]) -> dict[str, JourneyMaker]:
    """What makes each scenario's journeys, by its name. Raises UsageError where there is no such journey."""
    for each in scenarios:
        if each.journey not in each.part.journeys:
            raise UsageError(
                f"{each.name}: there is no journey {each.journey!r}",
                hint=f"there are {', '.join(each.part.journeys)}",
            )
    return {each.name: each.part.journeys[each.journey] for each in scenarios}
