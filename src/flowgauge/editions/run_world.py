"""A world of workflows and runs, whichever edition it speaks: what it keeps, and what its pages look like.

Worlds that are given one store are one server that speaks several editions.
"""

import re
from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from flowgauge.editions.v2.world.stages import StageKind
from flowgauge.editions.v2.world.store import InstanceStore
from flowgauge.openapi import Document, Json
from flowgauge.reference.world.auth import Access
from flowgauge.reference.world.inputs import Inputs, Query, Refused
from flowgauge.reference.world.pages import Page
from flowgauge.reference.world.world import World

__all__ = ["DEFAULT_PAGE_SIZE", "RunInputs", "RunWorld", "page_view"]

DEFAULT_PAGE_SIZE = 15
_PAGE_SIZE = re.compile(r"[1-9][0-9]{0,2}|1000")
T = TypeVar("T")


class RunInputs(Inputs):
    """The steps of reading a request for a page."""

    def page_size_of(self, query: Query) -> int | None:
        """The page size asked for, or None."""
        text = self.single(query, "pageSize")
        if text is None:
            return None
        if not _PAGE_SIZE.fullmatch(text):
            raise Refused(400, "pageSize: must be an integer from 1 to 1000")
        return int(text)


class RunWorld(World):
    """A server with a store of workflows, and of runs that know these kinds of stages."""

    def __init__(
        self, document: Document, access: Access, random: Random, kinds: dict[str, StageKind]
    ) -> None:
        super().__init__(document, access, random)
        self.store = InstanceStore(kinds)

    def reset(self) -> None:
        """Forget everything."""
        self.store.take(InstanceStore(self.store.kinds))

    def kept(self) -> object:
        """A copy of the store."""
        return self.store.copy()

    def restore(self, kept: object) -> None:
        """Keep just what was kept then."""
        if not isinstance(kept, InstanceStore):
            raise TypeError(f"{kept!r} did not come from `kept`")
        self.store.take(kept.copy())

    def error_body(self, message: str) -> Json:
        """The document's Error."""
        return {"errorCode": "VALIDATION", "errorMessage": message}


def page_view(page: Page[T], show: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """What a page looks like."""
    view: dict[str, Any] = {"pageSize": page.size, "hasMore": page.next is not None}
    if page.previous is not None:
        view["previous"] = page.previous
    if page.next is not None:
        view["next"] = page.next
    view["data"] = [show(item) for item in page.items]
    return view
