"""Faults of pages: walks that end too soon, never end, or meet too much at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.reference.faults.table import fault, wrap
from flowgauge.reference.world.pages import MAX_PAGE_SIZE, Page, Place
from flowgauge.reference.world.store import Flow, Run
from flowgauge.reference.world.world import Call, World

__all__: list[str] = []

View = dict[str, Any]
PageView = Callable[[Page[Run], float], View]


@fault("has-more-without-next", "listRuns", "state", "There is more, and no cursor to get at it.")
def _(world: World) -> None:
    def without_next(view: PageView, page: Page[Run], now: float) -> View:
        return {name: value for name, value in view(page, now).items() if name != "next"}

    wrap(world.views, "page", without_next)


@fault("page-overfull", "listRuns", "state", "A page holds one run more than its size.")
def _(world: World) -> None:
    def one_more(place: Callable[[Call, Flow], Place], call: Call, flow: Flow) -> Place:
        found = place(call, flow)
        query = world.inputs.query(call.request)
        # A cursor without a size beside it brings the size of its first page, which has the one more already.
        has_it = "cursor" in query and "pageSize" not in query
        # No cursor may name more than the longest page.
        size = found.size if has_it else min(found.size + 1, MAX_PAGE_SIZE)
        return Place(found.owner, found.direction, found.index, size)

    def page_view(view: PageView, page: Page[Run], now: float) -> View:
        return view(page, now) | {"pageSize": page.size - 1}

    wrap(world, "place", one_more)
    wrap(world.views, "page", page_view)


@fault("next-loops", "listRuns", "state", "The next page of a page is that page again.")
def _(world: World) -> None:
    here = ""

    def remembered(place: Callable[[Call, Flow], Place], call: Call, flow: Flow) -> Place:
        nonlocal here
        found = place(call, flow)
        here = found.cursor()
        return found

    def looping(view: PageView, page: Page[Run], now: float) -> View:
        return view(page if page.next is None else replace(page, next=here), now)

    wrap(world, "place", remembered)
    wrap(world.views, "page", looping)
