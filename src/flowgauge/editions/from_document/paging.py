"""How lists come in pages, by the names that such parameters and members have."""

from collections.abc import Mapping
from typing import Any

from flowgauge.contract.schema_values import plain_schema, type_of
from flowgauge.edition import Pages, Steps
from flowgauge.editions.from_document.schemas import answer_schema, folded, member_called, objects_in
from flowgauge.openapi import Document, Operation

__all__ = ["is_paged", "pages_of", "steps_of"]


def _ranked(*names: str) -> dict[str, int]:
    return {name: rank for rank, name in enumerate(names)}


_SIZES = _ranked("pagesize", "limit", "perpage", "maxresults", "size", "first", "take", "top", "count")
_CURSORS = _ranked(
    "cursor", "pagetoken", "nexttoken", "after", "startingafter", "continuationtoken", "continue", "marker"
)
_ITEMS = _ranked("offset", "skip", "startindex", "start", "from")
_NUMBERS = _ranked("page", "pagenumber", "pageindex", "pageno")
_OFFSETS = _ITEMS.keys() | _NUMBERS.keys()
_NEXT = _ranked(
    "nextcursor", "nextpagetoken", "nexttoken", "next", "endcursor", "continuationtoken", "continue", "cursor"
)
_PREVIOUS = _ranked("previouscursor", "prevcursor", "previous", "prev")
_MORE = _ranked("hasmore", "hasnext", "hasnextpage", "more")


def is_paged(document: Document, listing: Operation) -> bool:
    """Whether an answer need not hold everything: it can be asked for in parts, or names a next one."""
    names = {folded(name) for name in listing.query_parameters}
    found = objects_in(document, answer_schema(listing))
    return bool(names & (_SIZES.keys() | _CURSORS.keys() | _OFFSETS)) or any(
        member_called(document, plain, _NEXT, "string") or member_called(document, plain, _MORE, "boolean")
        for _, plain in found
    )


def pages_of(document: Document, listing: Operation) -> Pages | None:
    """The pages, where the document names a parameter that takes what an answer gives; None otherwise."""
    size, cursor = (_parameter(listing, names) for names in (_SIZES, _CURSORS))
    if size is None or cursor is None:
        return None
    for frame, plain in objects_in(document, answer_schema(listing)):
        following = member_called(document, plain, _NEXT, "string")
        if following is not None:
            return Pages(
                size=size,
                cursor=cursor,
                frame=frame,
                next=following,
                previous=member_called(document, plain, _PREVIOUS, "string"),
                has_more=member_called(document, plain, _MORE, "boolean"),
                page_size=member_called(document, plain, _SIZES, "integer"),
                default_size=_default_of(document, listing, size),
            )
    return None


def steps_of(document: Document, listing: Operation) -> Steps | None:
    """The steps, where the document names integers that say how many items, and from which on."""
    size = _integer(document, listing, _SIZES)
    items, number = (_integer(document, listing, names) for names in (_ITEMS, _NUMBERS))
    if size is None or (items is None and number is None):
        return None
    if items is not None:
        return Steps(size, items)
    assert number is not None
    schema = _schema_of(document, listing, number)
    is_zero = 0 in (schema.get("minimum"), schema.get("default"))
    return Steps(size, number, counts_pages=True, first=0 if is_zero else 1)


def _integer(document: Document, listing: Operation, names: dict[str, int]) -> str | None:
    name = _parameter(listing, names)
    return name if name and type_of(_schema_of(document, listing, name)) in {"integer", "number"} else None


def _parameter(listing: Operation, names: dict[str, int]) -> str | None:
    found = [(names[folded(n)], n) for n in listing.query_parameters if folded(n) in names]
    return min(found)[1] if found else None


def _default_of(document: Document, listing: Operation, name: str) -> int | None:
    default = _schema_of(document, listing, name).get("default")
    return default if isinstance(default, int) and not isinstance(default, bool) else None


def _schema_of(document: Document, listing: Operation, name: str) -> Mapping[str, Any]:
    schema = next(p.schema for p in listing.parameters if p.name == name and p.location == "query")
    return plain_schema(document, schema)
