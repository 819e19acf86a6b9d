"""Pages of a list that only grows at its new end, newest first.

A cursor names a place between two items, not a count from the top, so a walk by `next` meets every
item that was there at its start exactly once, however many are added meanwhile.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import msgspec

from flowgauge.reference.world.wire import encoded

__all__ = ["MAX_PAGE_SIZE", "InvalidCursor", "Page", "Place", "page_at", "place_of", "read_place"]

MAX_PAGE_SIZE = 1000
T = TypeVar("T")


class InvalidCursor(ValueError):
    """A cursor that this server did not give out for this list."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins: `older` than the item at `index` (counted from the oldest), or `newer`."""

    owner: str
    direction: Literal["older", "newer"]
    index: int
    size: int

    def cursor(self) -> str:
        """The opaque form."""
        return base64.urlsafe_b64encode(encoded(self)).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, newest first, and the cursors of the pages around them."""

    items: list[T]
    size: int
    next: str | None
    previous: str | None


def place_of(cursor: str, owner: str, count: int) -> Place:
    """The place a cursor names in a list of `count` items.

    Raises InvalidCursor where the cursor is damaged or of another list.
    """
    place = read_place(cursor, lambda of: of == owner)
    if place.index > count:
        raise InvalidCursor("the cursor is not valid for this list")
    return place


def read_place(cursor: str, is_owner: Callable[[str], bool]) -> Place:
    """The place a cursor names in a list of such an owner.

    Raises InvalidCursor where the cursor is damaged or of another list.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = msgspec.json.decode(raw, type=Place)
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError):
        raise InvalidCursor("the cursor is not valid") from None
    if not is_owner(place.owner) or place.index < 0 or not 1 <= place.size <= MAX_PAGE_SIZE:
        raise InvalidCursor("the cursor is not valid for this list")
    # One place has one cursor: whatever else reads as the same was not made here.
    if place.cursor() != cursor:
        raise InvalidCursor("the cursor is not valid")
    return place


def page_at(items: Sequence[T], place: Place) -> Page[T]:
    """The page of `items` (oldest first) at a place. The first page is older than `len(items)`."""
    if place.direction == "older":
        end = min(place.index, len(items))
        start = max(0, end - place.size)
    else:
        start = min(place.index + 1, len(items))
        end = min(start + place.size, len(items))
    older = Place(place.owner, "older", start, place.size).cursor() if start > 0 else None
    newer = Place(place.owner, "newer", end - 1, place.size).cursor() if 0 < end < len(items) else None
    return Page(list(reversed(items[start:end])), place.size, older, newer)
