"""The library's edition: its document, the two things it is about, and its server for the suites."""

from functools import cache
from pathlib import Path

from flowgauge.edition import Edition, Pages, Resource
from flowgauge.openapi import Document
from flowgauge.reference import WorldPart

from .world import FAULT_TABLE, LibraryWorld

__all__ = ["DOCUMENT_PATH", "edition", "world_part"]

DOCUMENT_PATH = Path(__file__).with_name("openapi.yaml")

SHELF = Resource(
    kind="shelf",
    ids={
        "showShelf": "code",
        "takeDownShelf": "code",
        "browseBooks": "shelf",
        "addBook": "shelf",
        "openBook": "shelf",
        "weedBook": "shelf",
    },
    create="putUpShelf",
    read="showShelf",
    list="listShelves",
    delete="takeDownShelf",
    view=("shelf",),
    items=("shelves",),
    id="code",
    created_at="registeredAt",
    updated_at="changedAt",
    kept={f"/{name}": f"/{name}" for name in ("label", "capacity", "genre", "tags", "place", "note")},
    is_constant=True,
    is_newest_first=True,
)
BOOK = Resource(
    kind="book",
    parent="shelf",
    ids={"openBook": "isbn", "weedBook": "isbn"},
    create="addBook",
    read="openBook",
    list="browseBooks",
    delete="weedBook",
    view=("result", "book"),
    items=("page", "items"),
    id="isbn",
    parent_id="standsOn",
    created_at="shelvedAt",
    kept={"/entry": ""},
    is_constant=True,
    is_newest_first=True,
    pages=Pages(
        size="limit",
        cursor="after",
        frame=("page",),
        next="nextToken",
        previous=None,
        has_more="more",
        page_size="limit",
        default_size=10,
    ),
)


@cache
def edition() -> Edition:
    """The edition; its document is read once."""
    return Edition(
        "library",
        Document.read(DOCUMENT_PATH),
        (SHELF, BOOK),
        greeting="about",
        version=("service", "release"),
        error_message=("detail",),
    )


def world_part() -> WorldPart[LibraryWorld]:
    """The library's server, and its faults."""
    return WorldPart(edition=edition(), new_world=LibraryWorld, faults=FAULT_TABLE)
