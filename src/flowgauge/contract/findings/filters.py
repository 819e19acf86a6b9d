"""Lists that were asked for a part: they hold what fits, and of what surely fits all.

What exactly fits a text is for the server to say: a part of it, in any case, may be enough to be found by.
"""

from collections.abc import Iterator, Mapping, Sequence

from flowgauge.contract.findings.looking import look, seen_member
from flowgauge.contract.findings.sighting import Sighting
from flowgauge.edition import Resource
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["filters_of", "fits", "seen_filters"]


def filters_of(resource: Resource, query: Mapping[str, str]) -> dict[str, str]:
    """What a list was asked for: values by the member that must hold them.

    A cursor knows its own filters, and whatever stands beside it may mean nothing.
    """
    if resource.pages is not None and resource.pages.cursor in query:
        return {}
    return {member: query[name] for name, member in resource.filters.items() if name in query}


def fits(view: Json, filters: Mapping[str, str]) -> bool:
    """Whether a thing is surely among those that were asked for."""
    return all(view.get(name) == value for name, value in filters.items())


def seen_filters(views: Sequence[Json], filters: Mapping[str, str], *before: Exchange) -> Iterator[Sighting]:
    """Nothing on the list is surely not among those that were asked for."""
    if filters:
        yield look("FG-506", lambda: _misfit(views, filters), *before)


def _misfit(views: Sequence[Json], filters: Mapping[str, str]) -> str | None:
    for view in views:
        for name, value in filters.items():
            shown = seen_member(view, name)
            if value.casefold() not in str("" if shown is None else shown).casefold():
                return f"the list of those with {name} {value!r} holds one with {shown!r}"
    return None
