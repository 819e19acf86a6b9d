"""Lists in pages, newest first, of things that may be deleted and of which a filter leaves some out.

A cursor names the thing that a page ended with by its number, and holds the list's filters: so a walk meets
what was there all the while once, whatever comes and goes.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar
from urllib.parse import parse_qsl, urlencode

from flowgauge.reference.world.pages import Page, Place, read_place

__all__ = ["Filters", "Numbered", "filters_of", "first_place", "page_of"]

Filters = dict[str, str]


class Numbered(Protocol):
    """What can stand on a list."""

    number: int


N = TypeVar("N", bound=Numbered)


def first_place(of: str, filters: Filters, size: int, made: int) -> Place:
    """Where the first page of a list begins, when so many things were made."""
    return Place(f"{of}?{urlencode(filters, errors='surrogateescape')}", "older", made + 1, size)


def filters_of(cursor: str, of: str) -> tuple[Place, Filters]:
    """The place that a cursor names, and the list's filters. Raises InvalidCursor."""
    place = read_place(cursor, lambda owner: owner.partition("?")[0] == of)
    return place, dict(
        parse_qsl(place.owner.partition("?")[2], keep_blank_values=True, errors="surrogateescape")
    )


def page_of(things: Iterable[N], place: Place) -> Page[N]:
    """The page of `things`, oldest first, at a place."""
    listed = list(things)
    if place.direction == "older":
        shown = [each for each in listed if each.number < place.index][-place.size :]
    else:
        shown = [each for each in listed if each.number > place.index][: place.size]
    if not shown:
        return Page([], place.size, None, None)
    older = Place(place.owner, "older", shown[0].number, place.size)
    newer = Place(place.owner, "newer", shown[-1].number, place.size)
    return Page(
        shown[::-1],
        place.size,
        older.cursor() if listed[0].number < shown[0].number else None,
        newer.cursor() if shown[-1].number < listed[-1].number else None,
    )
