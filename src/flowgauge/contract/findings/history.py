"""The writes that made the state in which a finding shows: without them its requests show nothing."""

import re
from collections import defaultdict
from collections.abc import Mapping

from flowgauge.contract.findings.defect import Defect
from flowgauge.contract.strict_json import legible
from flowgauge.edition import Edition, Resource, member
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["History"]

# A script of more writes is no evidence that anybody reads.
_MOST = 1_000
_POINTER = re.compile(r"(/\S*): ")
_WORD = re.compile(r"[^\s,;:'\"]+")
_Place = tuple[str, tuple[tuple[str, str], ...]]


class History:
    """Every successful create, by what it made and by what that is below."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._by_id: dict[tuple[str, str], Exchange] = {}
        self._below: defaultdict[_Place, list[Exchange]] = defaultdict(list)

    def note(self, exchange: Exchange) -> None:
        """Remember a create."""
        found = self._edition.role_of(exchange.operation) if exchange.operation else None
        response = exchange.response
        if found is None or found[1] != "create" or response is None or not 200 <= response.status < 300:
            return
        resource = found[0]
        self._below[resource.kind, tuple(self._ids(exchange).items())].append(exchange)
        new_id = member(_body(exchange), (*resource.view, resource.id))
        if isinstance(new_id, str | int):
            self._by_id.setdefault((resource.kind, str(new_id)), exchange)

    def least_weight(self, defect: Defect) -> tuple[int, int, int]:
        """No more than the weight of a defect whose evidence is completed: found without reading a body."""
        last = defect.evidence[-1]
        found = self._edition.role_of(last.operation) if last.operation else None
        if found is None or found[1] != "list":
            return defect.weight
        made = len(self._below[found[0].kind, tuple(self._ids(last).items())]) if self._ids(last) else 0
        return defect.oddity, max(defect.weight[1], made if made <= _MOST else 0), defect.weight[2]

    def completed(self, defect: Defect) -> tuple[Exchange, ...]:
        """A defect's evidence, with the writes before it that made what its last exchange shows."""
        evidence, last = dict.fromkeys(defect.evidence), defect.evidence[-1]
        found = self._edition.role_of(last.operation) if last.operation else None
        ids = self._ids(last)
        needed = [self._by_id[each] for each in ids.items() if each in self._by_id]
        if found is not None and found[1] == "list":
            needed += self._listed(found[0], ids, last, defect)
        before = sorted(dict.fromkeys([*needed, *list(evidence)[:-1]]), key=lambda each: each.sent_at)
        return (*(each for each in before if each.sent_at <= last.sent_at and each != last), last)

    def _listed(
        self, resource: Resource, ids: Mapping[str, str], last: Exchange, defect: Defect
    ) -> list[Exchange]:
        """What made the items of a list: all, of one below a thing of ours; else those that are named."""
        if ids:
            made = self._below[resource.kind, tuple(ids.items())]
            before = [each for each in made if each.sent_at <= last.sent_at]
            return before if len(before) <= _MOST else []
        items = member(_body(last), resource.items)
        named = [defect.about.id] if defect.about is not None else _WORD.findall(defect.detail)
        for pointer in _POINTER.findall(defect.detail) if isinstance(items, list) else ():
            place = next((int(part) for part in pointer.split("/") if part.isdigit()), None)
            if place is not None and place < len(items):
                named.append(str(member(items[place], (resource.id,))))
        found = [self._by_id.get((resource.kind, name)) for name in named]
        return [each for each in found if each is not None][:1]

    def _ids(self, exchange: Exchange) -> dict[str, str]:
        """The ids in the path of a request, by kind."""
        match = self._edition.document.matched(exchange.request.path)
        operation = next(iter(match.operations.values())) if match else None
        return self._edition.ids_by_kind(operation, match.values) if match and operation else {}


def _body(exchange: Exchange) -> Json:
    return legible(exchange.response.body) if exchange.response else None
