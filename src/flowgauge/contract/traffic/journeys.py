"""Journeys: a Hypothesis machine that uses the API as clients do, in any order, from two things of each kind.

The rules only choose what to do next; what is right is the observer's business. Two things from the start
make mixing them up possible at once.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.judging.knowledge import Record
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import ABSENT, NO_IDS
from flowgauge.contract.target import Capability
from flowgauge.contract.traffic.alone.steps_walk import walk_steps
from flowgauge.contract.traffic.page_walk import listed, walk_pages
from flowgauge.edition import Resource
from flowgauge.openapi import Json

__all__ = ["Journeys", "journeys_of", "places"]

LONGEST_PAUSE_MS = 60
# So many bodies differ.
_NUMBERS = 40

# Which of the things so far: taken modulo their number.
places = st.integers(0, 40)


class Journeys(RuleBasedStateMachine):
    """One journey; `probe` is set by `journeys_of`, which adds the rules that need the edition."""

    probe: Probe

    @initialize()
    def begin(self) -> None:
        """Two things of each kind, the second kind's below the first of its parent's."""
        self.restart()
        for resource in self._created:
            for number in range(2):
                body = self.probe.part.numbered(str(resource.create), number)
                self.create(resource.kind, 0, body)

    def restart(self) -> None:
        """From an empty store, where the target can give one. Raises OutOfTime where no time is left."""
        self.probe.go_on()
        self.probe.reset()
        # A place for each attempt, None where it failed: what is drawn next must not depend on what the
        # server answers, or an unsteady server would look to Hypothesis like an unsteady test.
        self.things: dict[str, list[Record | None]] = {r.kind: [] for r in self.probe.edition.resources}

    @property
    def _created(self) -> list[Resource]:
        return [resource for resource in self.probe.edition.resources if resource.create is not None]

    def create(self, kind: str, place: int, body: Json, *, query: str = "") -> Record | None:
        """Create below one of the things so far, and remember it."""
        resource = self.probe.edition.resource(kind)
        made = None
        above = self.thing(resource.parent, place) if resource.parent is not None else None
        if resource.parent is None or above is not None:
            made = self.probe.made(kind, above.ids if above else NO_IDS, body=body, query=query)
        self.things[kind].append(made)
        return made

    def thing(self, kind: str, place: int) -> Record | None:
        """One of the things so far, if it was made and is still there."""
        so_far = self.things[kind]
        record = so_far[place % len(so_far)] if so_far else None
        return record if record is not None and record.is_there else None

    @rule(milliseconds=st.integers(1, LONGEST_PAUSE_MS))
    def let_time_pass(self, milliseconds: int) -> None:
        """What goes on by itself goes on meanwhile."""
        # On a virtual clock far more than anything takes: it must be over by then.
        is_virtual = self.probe.can(Capability.VIRTUAL_CLOCK)
        self.probe.target.sleep(milliseconds / (10 if is_virtual else 1000))


def journeys_of(probe: Probe) -> type[Journeys]:
    """The machine on this target, with the rules that its edition allows."""
    part = probe.part
    own = part.machine(Journeys) if part.machine is not None else Journeys
    rules = _rules(part)
    # What the edition says itself stands.
    return type(
        "Journeys", (own,), {"probe": probe, **{n: r for n, r in rules.items() if n not in vars(own)}}
    )


def _rules(part: ContractPart) -> dict[str, Any]:
    resources = part.edition.resources
    rules: dict[str, Any] = {}
    for resource in resources:
        if resource.create is not None:
            rules[f"create_{resource.kind}"] = _create_rule(part, resource)

    def add(name: str, make: Any, among: list[Resource]) -> None:
        if among:
            rules[name] = make(st.sampled_from([resource.kind for resource in among]))

    add("read_one", _read_rule, [r for r in resources if r.read is not None])
    below = [r for r in resources if r.read is not None and r.parent is not None]
    nested = [r for r in below if r.parent in part.edition.takes(part.edition.operation(str(r.read)))]
    add("read_below_another", _read_below_another_rule, nested)
    add("list_all", _list_rule, [r for r in resources if r.list is not None])
    add("walk", _walk_rule, [r for r in resources if r.list is not None and (r.pages or r.steps)])
    add("delete_one", _delete_rule, [r for r in resources if r.create is not None and r.delete is not None])
    return rules


def _create_rule(part: ContractPart, resource: Resource) -> Any:
    operation_id = str(resource.create)
    own = part.cases.bodies.get(operation_id)
    numbered = st.integers(0, _NUMBERS).map(lambda number: part.numbered(operation_id, number))
    legal = own.strategy() if own is not None and own.strategy is not None else numbered
    # The contract may call the body optional.
    is_required = part.edition.operation(operation_id).request_required
    bodies = legal if is_required else legal | st.just(ABSENT)

    @rule(place=places, body=bodies)
    def create(self: Journeys, place: int, body: Json) -> None:
        made = self.create(resource.kind, place, body)
        if made is not None and resource.read is not None and resource.parent is None:
            self.probe.call(resource.read, made.ids)

    return create


def _read_rule(kinds: st.SearchStrategy[str]) -> Any:
    @rule(kind=kinds, place=places)
    def read_one(self: Journeys, kind: str, place: int) -> None:
        if record := self.thing(kind, place):
            self.probe.call(str(self.probe.edition.resource(kind).read), record.ids)

    return read_one


def _read_below_another_rule(kinds: st.SearchStrategy[str]) -> Any:
    @rule(kind=kinds, place=places, other=places)
    def read_below_another(self: Journeys, kind: str, place: int, other: int) -> None:
        resource = self.probe.edition.resource(kind)
        record, above = self.thing(kind, place), self.thing(str(resource.parent), other)
        if record and above and record.parent is not above:
            self.probe.call(str(resource.read), {**above.ids, kind: record.id})

    return read_below_another


def _list_rule(kinds: st.SearchStrategy[str]) -> Any:
    @rule(kind=kinds, place=places, size=st.sampled_from([None, 1, 2, 0]))
    def list_all(self: Journeys, kind: str, place: int, size: int | None) -> None:
        resource = self.probe.edition.resource(kind)
        above = self.thing(resource.parent, place) if resource.parent is not None else None
        query = ""
        if resource.pages is not None and size is not None:
            query = f"{resource.pages.size}={size}" if size else listed(self.probe, kind)
        if resource.parent is None or above is not None:
            self.probe.call(str(resource.list), above.ids if above else NO_IDS, query=query)

    return list_all


def _walk_rule(kinds: st.SearchStrategy[str]) -> Any:
    @rule(kind=kinds, place=places, size=st.integers(1, 3))
    def walk(self: Journeys, kind: str, place: int, size: int) -> None:
        if record := self.thing(kind, place):
            above = record.parent
            is_counted = self.probe.edition.resource(kind).steps is not None
            walk = walk_steps if is_counted else walk_pages
            walk(self.probe, kind, above.ids if above else NO_IDS, size=size)

    return walk


def _delete_rule(kinds: st.SearchStrategy[str]) -> Any:
    @rule(kind=kinds, place=places)
    def delete_one(self: Journeys, kind: str, place: int) -> None:
        if record := self.thing(kind, place):
            self.probe.call(str(self.probe.edition.resource(kind).delete), record.ids)

    return delete_one
