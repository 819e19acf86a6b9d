"""Faults of pages: walks that end too soon, never end, or meet too much at once."""

from collections.abc import Callable
from typing import Any

from flowgauge.editions.v2.faults.changing import change_answer
from flowgauge.editions.v2.world.listing import Filters
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import FaultGroup, wrap
from flowgauge.reference.world.inputs import Query
from flowgauge.reference.world.pages import MAX_PAGE_SIZE, Place

__all__ = ["SEEDED"]

SEEDED = FaultGroup[InstanceWorld]("seeded")
fault = SEEDED.fault
View = dict[str, Any]
PlaceOf = Callable[[Query, str, Filters], tuple[Place, Filters]]


def _changed(world: InstanceWorld, operation: str, change: Callable[[View], View]) -> None:
    change_answer(world, operation, lambda body: {"cursor": change(body["cursor"])})


@fault("has-more-without-next", "v2ListTriggers", "state", "There is more, and no way to it.", "FG-501")
def _(world: InstanceWorld) -> None:
    _changed(world, "v2ListTriggers", lambda page: {k: v for k, v in page.items() if k != "next"})


@fault("no-previous", "v2ListInstances", "state", "There is no way back from a page.", "FG-501")
def _(world: InstanceWorld) -> None:
    _changed(world, "v2ListInstances", lambda page: {k: v for k, v in page.items() if k != "previous"})


@fault("page-overfull", "v2ListWorkflows", "state", "A page holds one more than its size.", "FG-502")
def _(world: InstanceWorld) -> None:
    def one_more(place_of: PlaceOf, query: Query, of: str, filters: Filters) -> tuple[Place, Filters]:
        place, kept = place_of(query, of, filters)
        is_other = of != "workflows" or query.get("cursor", [""])[0] != ""
        size = place.size if is_other else min(place.size + 1, MAX_PAGE_SIZE)
        return Place(place.owner, place.direction, place.index, size), kept

    wrap(world.place, one_more)
    _changed(world, "v2ListWorkflows", lambda page: {**page, "pageSize": max(1, page["pageSize"] - 1)})


@fault("next-loops", "v2ListInstances", "state", "The next page of a page is that page again.", "FG-504")
def _(world: InstanceWorld) -> None:
    here = ""

    def remembered(place_of: PlaceOf, query: Query, of: str, filters: Filters) -> tuple[Place, Filters]:
        nonlocal here
        place, kept = place_of(query, of, filters)
        here = place.cursor()
        return place, kept

    wrap(world.place, remembered)
    _changed(world, "v2ListInstances", lambda page: {**page, **({"next": here} if "next" in page else {})})


@fault("walk-loses-one", "v2ListWorkflows", "state", "Between two pages one workflow is lost.", "FG-505")
def _(world: InstanceWorld) -> None:
    def further(place_of: PlaceOf, query: Query, of: str, filters: Filters) -> tuple[Place, Filters]:
        place, kept = place_of(query, of, filters)
        if of != "workflows" or place.direction != "older" or not query.get("cursor", [""])[0]:
            return place, kept
        older = [each.number for each in world.listed_workflows() if each.number < place.index]
        index = older[-1] if len(older) > 1 else place.index
        return Place(place.owner, place.direction, index, place.size), kept

    wrap(world.place, further)


@fault(
    "cursor-of-any-list",
    "v2ListTriggers",
    "state",
    "The second page of triggers is that of their beginning.",
    ("FG-504", "FG-505"),
)
def _(world: InstanceWorld) -> None:
    def first_again(place_of: PlaceOf, query: Query, of: str, filters: Filters) -> tuple[Place, Filters]:
        place, kept = place_of(query, of, filters)
        if of == "triggers" and place.direction == "older":
            place = replace_index(place, world.store.made + 1)
        return place, kept

    def replace_index(place: Place, index: int) -> Place:
        return Place(place.owner, place.direction, index, place.size)

    wrap(world.place, first_again)
