"""Lists as a whole, and walks over the pages of those that come in pages."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal
from urllib.parse import quote

from flowgauge.contract.date_times import is_same_moment
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import NO_IDS, payload
from flowgauge.contract.strict_json import legible
from flowgauge.edition import Edition, Pages, Resource, member
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = [
    "browse",
    "due_on",
    "listed",
    "page_link",
    "read_all_again",
    "read_first_lists",
    "walk_pages",
    "whole_list",
]


# Of what is there already so many things are looked at, and so many pages.
_SOME = 8


def listed(probe: Probe, kind: str) -> str:
    """The query that asks for as much of a list as there may be on one page, if the target knows one."""
    edition, resource = probe.edition, probe.edition.resource(kind)
    if resource.list is None or resource.pages is None or not probe.knowledge.knows_additions:
        return ""
    size = next(
        (p for p in edition.operation(resource.list).parameters if p.name == resource.pages.size), None
    )
    most = size.schema.get("maximum") if size is not None else None
    return f"{resource.pages.size}={most}" if most is not None else ""


def whole_list(probe: Probe, kind: str, ids: Mapping[str, str] = NO_IDS) -> None:
    """Ask for the list of a kind, if it has one and the ids for it are known."""
    resource = probe.edition.resource(kind)
    if (
        resource.list is not None
        and probe.edition.takes(probe.edition.operation(resource.list)) <= ids.keys()
    ):
        probe.call(resource.list, ids, query=listed(probe, kind))


def read_all_again(probe: Probe, ids: Mapping[str, str]) -> None:
    """Read the things in `ids` and every list beside and below them: nothing was changed meanwhile."""
    for resource in probe.edition.resources:
        whole_list(probe, resource.kind, ids)
        read = resource.read
        if read is not None and probe.edition.takes(probe.edition.operation(read)) <= ids.keys():
            probe.call(read, ids)


def read_first_lists(probe: Probe) -> None:
    """List each kind while nothing of it is there, then make one and go on below it."""
    ids: dict[str, str] = {}
    for resource in probe.edition.resources:
        listing = resource.list
        if listing is not None and probe.edition.takes(probe.edition.operation(listing)) <= ids.keys():
            probe.call(listing, ids)
            if resource.pages is not None:
                probe.call(listing, ids, query=f"{resource.pages.size}=1")
        creating = resource.create
        if creating is not None and probe.edition.takes(probe.edition.operation(creating)) <= ids.keys():
            made = probe.made(resource.kind, ids, body=probe.part.numbered(creating, 0))
            ids |= made.ids if made is not None else {}


def walk_pages(
    probe: Probe,
    kind: str,
    ids: Mapping[str, str] = NO_IDS,
    *,
    size: int,
    between: Callable[[], object] = lambda: None,
) -> None:
    """Walk over a list from its first page to its last, then one page back.

    `between` is called after each page: what is made meanwhile must not disturb the walk. Everything that
    was acknowledged before it began must be met exactly once. `ids` are those of what the list is below.
    """
    walk = _Walk(probe, probe.edition.resource(kind), ids)
    due = due_on(probe, walk.resource, ids)
    if due is None or not probe.knowledge.knows_additions:
        return
    seen: list[str] = []
    visited: list[Exchange] = []
    query = f"{walk.pages.size}={size}"
    cursors: set[str] = set()
    # One page more than is due. There may be more where an answer left things that nobody could read.
    for _ in range(len(due) // size + 3 + len(due)):
        exchange = walk.page(query)
        items = payload(probe.edition, exchange)
        if items is None:
            refused = cursors and exchange.response is not None and exchange.response.status < 500
            if refused:
                # The oracle leaves every cursor open; this one the server has given out itself.
                probe.found("FG-504", "the server refuses its own cursor", exchange, *visited[-1:])
            return
        if probe.is_misled or not isinstance(items, list):
            return
        visited.append(exchange)
        seen += walk.ids_on(exchange)
        following = page_link(probe.edition, exchange, "next")
        if following is None:
            break
        if following in cursors:
            probe.found(
                "FG-504", f"page {len(visited)} leads back to an earlier page", exchange, *visited[:-1]
            )
            return
        cursors.add(following)
        query = f"{walk.pages.cursor}={quote(following, safe='')}"
        between()
    else:
        # A page with one after it has something on it: fewer things than pages is a walk in circles.
        if len(set(seen)) < len(visited):
            probe.found(
                "FG-504", f"{len(visited)} pages and no end for {len(due)} items", visited[-1], visited[0]
            )
        return
    probe.found("FG-504", None, visited[-1])
    walk.check_met_once(due, seen, visited)
    walk.check_way_back(due, visited)
    # From a page in the middle, whose other neighbour is not to be taken for this one.
    walk.check_way_back(due, visited[: len(visited) // 2 + 1])


def due_on(probe: Probe, resource: Resource, ids: Mapping[str, str]) -> set[str] | None:
    """The ids of what must be on the list of a kind, or None where it cannot be asked for."""
    takes = probe.edition.takes(probe.edition.operation(str(resource.list)))
    things, parent = probe.knowledge.things(resource.kind), resource.parent
    if not takes <= ids.keys():
        return None
    if parent is not None and parent in takes:
        record = probe.knowledge.thing(parent, ids[parent])
        if record is None:
            return None
        things = record.below(resource.kind)
    return {record.id for record in things.values() if record.is_there}


def page_link(edition: Edition, exchange: Exchange, way: Literal["next", "previous"]) -> str | None:
    """The cursor that a page gives to the one after it or before it, if it is sound and gives one."""
    found = edition.role_of(exchange.operation) if exchange.operation is not None else None
    pages = found[0].pages if found is not None else None
    if pages is None or exchange.response is None or payload(edition, exchange) is None:
        return None
    name = pages.next if way == "next" else pages.previous
    link = member(legible(exchange.response.body), (*pages.frame, name)) if name is not None else None
    return link if isinstance(link, str) and link else None


def browse(probe: Probe) -> Counter[str]:
    """Read what is there, whoever made it: each kind's list and its pages, and some things by themselves.

    What a thing is, when it was made and what it is below are the same in a list as by itself. Returns how
    many things of each kind were looked at.
    """
    looked_at: Counter[str] = Counter()
    _browse(probe, {}, None, looked_at)
    return looked_at


def _browse(probe: Probe, ids: Mapping[str, str], parent: str | None, looked_at: Counter[str]) -> None:
    """Look at the kinds below a thing, or at those below none."""
    for resource in probe.edition.resources:
        listing = resource.list
        if listing is None:
            continue
        taken = probe.edition.takes(probe.edition.operation(listing))
        # A list that no parent is named to holds the things of all.
        is_of_all = resource.parent not in taken
        if (None if is_of_all else resource.parent) != parent or not taken <= ids.keys():
            continue
        page = probe.call(listing, ids)
        items = payload(probe.edition, page)
        for item in items[:_SOME] if isinstance(items, list) else ():
            some_id = resource.id_in(item)
            if some_id:
                looked_at[resource.kind] += 1
                below = {**_named_parent(resource, item), **ids, resource.kind: some_id}
                _look(probe, resource, below, item, page)
                _browse(probe, below, resource.kind, looked_at)
        _browse_pages(probe, resource, ids)


def _named_parent(resource: Resource, item: Json) -> dict[str, str]:
    """What a thing in a list says that it is below."""
    named = item.get(resource.parent_id) if isinstance(item, dict) and resource.parent_id else None
    return {resource.parent: named} if resource.parent is not None and isinstance(named, str) else {}


def _look(probe: Probe, resource: Resource, ids: Mapping[str, str], item: Json, page: Exchange) -> None:
    """Read one thing, also by HEAD, and compare it with what the list says of it."""
    if resource.read is None or not probe.edition.takes(probe.edition.operation(resource.read)) <= ids.keys():
        return
    exchange = probe.call(resource.read, ids)
    view = payload(probe.edition, exchange)
    probe.send(replace(exchange.request, method="HEAD"))
    if not isinstance(view, dict):
        return
    shown, some_id = resource.id_in(view), ids[resource.kind]
    probe.found("FG-201", None if shown == some_id else f"asked for {some_id}, got {shown}", exchange, page)
    if resource.parent is not None and resource.parent in ids and resource.parent_id in view:
        named, above = view[resource.parent_id], ids[resource.parent]
        wrong = None if str(named) == above else f"is below {above} and names {named}"
        probe.found("FG-206", wrong, exchange, page)
    made, listed = (each.get(resource.created_at) if resource.created_at else None for each in (view, item))
    if isinstance(made, str) and isinstance(listed, str):
        wrong = f"{resource.created_at} is {listed} in the list and {made} by itself"
        probe.found("FG-302", None if is_same_moment(made, listed) else wrong, exchange, page)


def _browse_pages(probe: Probe, resource: Resource, ids: Mapping[str, str]) -> None:
    """Follow the links of a list: none leads to where it came from, or round in a circle."""
    assert resource.list is not None
    if resource.pages is None:
        return
    query, cursors, visited = f"{resource.pages.size}=2", set[str](), list[Exchange]()
    while len(visited) < _SOME:
        visited.append(probe.call(resource.list, ids, query=query))
        following = page_link(probe.edition, visited[-1], "next")
        if following is None:
            break
        wrong = f"page {len(visited)} leads back to an earlier page" if following in cursors else None
        probe.found("FG-504", wrong, visited[-1], *visited[:-1])
        if wrong:
            break
        cursors.add(following)
        query = f"{resource.pages.cursor}={quote(following, safe='')}"


class _Walk:
    """A walk over one list; the resource has pages."""

    def __init__(self, probe: Probe, resource: Resource, ids: Mapping[str, str]) -> None:
        assert resource.list is not None
        assert resource.pages is not None
        self._probe = probe
        self.resource = resource
        self._operation_id = resource.list
        self._ids = ids
        self.pages: Pages = resource.pages

    def page(self, query: str) -> Exchange:
        return self._probe.call(self._operation_id, self._ids, query=query)

    def ids_on(self, exchange: Exchange) -> list[str]:
        found = map(self.resource.id_in, payload(self._probe.edition, exchange))
        return [some_id for some_id in found if some_id is not None]

    def check_met_once(self, due: set[str], seen: list[str], visited: list[Exchange]) -> None:
        """What was there all the while was met once; what came or went meanwhile may have been."""
        things = self._probe.knowledge.things(self.resource.kind)
        due = {some_id for some_id in due if some_id in things and things[some_id].is_there}
        missing = due - set(seen)
        repeated = next((i for i, count in Counter(seen).items() if count > 1 and i in due), None)
        wrong = None
        if missing:
            wrong = f"{len(missing)} of {len(due)} items were not met on {len(visited)} pages"
        elif repeated:
            wrong = f"{self.resource.kind} {repeated} was met more than once"
        self._probe.found("FG-505", wrong, visited[-1], *visited[:-1])

    def check_way_back(self, due: set[str], visited: list[Exchange]) -> None:
        if len(visited) < 2 or self.pages.previous is None:
            return
        back = page_link(self._probe.edition, visited[-1], "previous")
        self._probe.found("FG-501", None if back else "a later page has no previous", visited[-1])
        if back is None:
            return
        exchange = self.page(f"{self.pages.cursor}={quote(back, safe='')}")
        if isinstance(payload(self._probe.edition, exchange), list) and not self._probe.is_misled:
            there, again = self.ids_on(visited[-2]), self.ids_on(exchange)
            is_same = due & set(there) == due & set(again)
            wrong = None if is_same else f"{again} where the page before held {there}"
            detail = wrong and f"previous leads elsewhere: {wrong}"
            self._probe.found("FG-505", detail, exchange, *visited[-2:])
