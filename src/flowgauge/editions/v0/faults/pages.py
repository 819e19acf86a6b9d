"""Faults of pages: walks that end too soon, never end, or meet too much at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.store import StoredInstance, StoredWorkflow
from flowgauge.reference.faults import FaultGroup, wrap
from flowgauge.reference.world.pages import MAX_PAGE_SIZE, Page, Place
from flowgauge.reference.world.world import RoutedRequest

__all__ = ["SEEDED"]

SEEDED = FaultGroup[FlowWorld]("seeded")
fault = SEEDED.fault
View = dict[str, Any]
PageView = Callable[[Page[StoredInstance], float], View]


@fault("has-more-without-next", "listRuns", "state", "There is more, and no cursor to get at it.", "FG-501")
def _(world: FlowWorld) -> None:
    def without_next(view: PageView, page: Page[StoredInstance], now: float) -> View:
        return {name: value for name, value in view(page, now).items() if name != "next"}

    wrap(world.views.page, without_next)


@fault("page-overfull", "listRuns", "state", "A page holds one run more than its size.", "FG-502")
def _(world: FlowWorld) -> None:
    def one_more(
        place: Callable[[RoutedRequest, StoredWorkflow], Place], call: RoutedRequest, flow: StoredWorkflow
    ) -> Place:
        found = place(call, flow)
        query = world.inputs.query(call.request)
        # A cursor without a size beside it brings the size of its first page, which has the one more already.
        has_it = "cursor" in query and "pageSize" not in query
        # No cursor may name more than the longest page.
        size = found.size if has_it else min(found.size + 1, MAX_PAGE_SIZE)
        return Place(found.owner, found.direction, found.index, size)

    def page_view(view: PageView, page: Page[StoredInstance], now: float) -> View:
        return view(page, now) | {"pageSize": page.size - 1}

    wrap(world.place, one_more)
    wrap(world.views.page, page_view)


@fault("next-loops", "listRuns", "state", "The next page of a page is that page again.", "FG-504")
def _(world: FlowWorld) -> None:
    here = ""

    def remembered(
        place: Callable[[RoutedRequest, StoredWorkflow], Place], call: RoutedRequest, flow: StoredWorkflow
    ) -> Place:
        nonlocal here
        found = place(call, flow)
        here = found.cursor()
        return found

    def looping(view: PageView, page: Page[StoredInstance], now: float) -> View:
        return view(page if page.next is None else replace(page, next=here), now)

    wrap(world.place, remembered)
    wrap(world.views.page, looping)
