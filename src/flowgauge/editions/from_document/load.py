"""The load of an API of which nothing but its document is known: things are made, read, listed and deleted.

A journey makes one of each kind, the outer kinds first, and does with it what the weights say: on the average
so many reads, lists and deletes for each that is made. What it does not delete must be there at the end.
"""

import json
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

import msgspec

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.strict_json import ABSENT
from flowgauge.edition import Resource, member
from flowgauge.errors import UsageError
from flowgauge.load.edition_part import LoadPart, ThingsMade
from flowgauge.load.engine.iteration import CallResult, Journey
from flowgauge.load.engine.steps import Step
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.context import JourneyContext, Making
from flowgauge.load.journeys.findings import LOST
from flowgauge.load.journeys.verification import Verification, is_not_there
from flowgauge.load.transport.failures import UNREADABLE
from flowgauge.load.transport.wire import WireCall

__all__ = ["JOURNEY", "load_of_things"]

JOURNEY = "things"
_WEIGHTS: Mapping[str, float] = {"read": 6.0, "list": 3.0, "delete": 1.0}
_ROLES = ("create", "read", "list", "delete")
# Where each body has a number of its own.
_MARK = 987654321
# So many digits of the clock tell the numbers of one run from those of another.
_CLOCK = 1_000_000


@dataclass(slots=True)
class _Made:
    """A thing that the server acknowledged, with its own id and those in the paths to it."""

    resource: Resource
    ids: Mapping[str, str]

    @property
    def kind(self) -> str:
        """What it is one of."""
        return self.resource.kind

    @property
    def id(self) -> str:
        """Its own id."""
        return self.ids[self.kind]

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it from all other things."""
        return (self.resource.kind, *self.ids.values())


@dataclass(slots=True)
class _Kind:
    """One kind of thing: its short names, and the body that makes one, with a number in it or without."""

    resource: Resource
    body: bytes | None
    takes: Mapping[str, Sequence[str]]
    name: str = field(default="")

    def made(self, ids: Mapping[str, str]) -> _Made:
        """One of them, of which these ids are known, others too."""
        named = {self.resource.kind, *chain.from_iterable(self.takes.values())}
        return _Made(self.resource, {kind: each for kind, each in ids.items() if kind in named})

    def ids(self, role: str, ids: Mapping[str, str]) -> tuple[str, ...]:
        """The ids in the path of an operation, in its order."""
        return tuple(ids[kind] for kind in self.takes[role])


def load_of_things(part: ContractPart, weights: Mapping[str, float], kinds: Sequence[str] | None) -> LoadPart:
    """The part. Raises UsageError where there is nothing that a load could make."""
    made = _Things(part, {**_WEIGHTS, **weights}, kinds)
    return LoadPart(
        edition=part.edition,
        operations=made.operations,
        journeys={JOURNEY: made.journey},
        things=ThingsMade(body=_no_stages, own_time=lambda _: None, reusable=made.reusable),
        questions=made.questions,
        # Journeys make things of their own.
        defaults={},
    )


def _no_stages(text: str) -> bytes:
    if text:
        raise UsageError("--stages says nothing to an API of your own", hint="bodies stand in flowgauge.toml")
    return b"{}"


class _Things:
    def __init__(self, part: ContractPart, weights: Mapping[str, float], kinds: Sequence[str] | None) -> None:
        self._part, self._weights = part, weights
        self._numbers = count(int(time.time()) % _CLOCK * 1000)
        self._kinds = [_kind(part, resource) for resource in _makeable(part, kinds)]
        if not self._kinds:
            hint = "name bodies in flowgauge.toml that the server accepts, or leave the load out"
            raise UsageError(f"{part.edition.name} tells of nothing that a load could make", hint=hint)
        self.operations = {
            f"{kind.name}_{role}": getattr(kind.resource, role) for kind in self._kinds for role in kind.takes
        }

    def journey(self, context: JourneyContext, tally: Tally) -> Journey:
        """Make one of each kind, and use it."""
        ids: dict[str, str] = {}
        made: list[tuple[_Kind, dict[str, str]]] = []
        for kind in self._kinds:
            if kind.resource.parent is not None and kind.resource.parent not in ids:
                continue
            new_id = yield from self._create(context, kind, ids)
            if new_id is None:
                continue
            ids = {**ids, kind.resource.kind: new_id}
            made.append((kind, ids))
            tally.counters["things.made"] += 1
        for kind, own in made:
            for role in ("read", "list"):
                yield from self._repeated(context, kind, role, own)
        kept: list[_Made] = []
        for kind, own in reversed(made):
            is_deleted = "delete" in kind.takes and context.rng.random() < self._weights["delete"]
            if is_deleted:
                answer = yield context.templates[f"{kind.name}_delete"].call(*kind.ids("delete", own))
                assert answer is not None
                # What stands below it may go with it.
                kept = [thing for thing in kept if kind.resource.kind not in thing.ids]
            else:
                kept.append(kind.made(own))
        for thing in kept:
            context.acknowledged.note(thing)

    def _create(
        self, context: JourneyContext, kind: _Kind, ids: Mapping[str, str]
    ) -> Generator[Step, CallResult | None, str | None]:
        number = f"{next(self._numbers) * context.of + context.index}".encode()
        body = kind.body.replace(str(_MARK).encode(), number) if kind.body is not None else None
        answer = yield context.templates[f"{kind.name}_create"].call(*kind.ids("create", ids), body=body)
        assert answer is not None
        if answer.failure:
            return None
        # What a client calls its thing stands in the body that it has sent.
        is_ours = kind.resource.told_by == "body"
        told = _json(body or b"") if is_ours else member(_json(answer.body), kind.resource.view)
        new_id = kind.resource.id_in(told)
        if new_id is None:
            answer.reject(UNREADABLE)
        return new_id

    def _repeated(self, context: JourneyContext, kind: _Kind, role: str, ids: Mapping[str, str]) -> Journey:
        if role not in kind.takes:
            return
        times, left = divmod(self._weights[role], 1)
        for _ in range(int(times) + (context.rng.random() < left)):
            answer = yield context.templates[f"{kind.name}_{role}"].call(*kind.ids(role, ids))
            assert answer is not None
            if role == "read" and not answer.failure:
                shown = kind.resource.id_in(member(_json(answer.body), kind.resource.view))
                if shown != ids[kind.resource.kind]:
                    answer.reject(UNREADABLE)

    def reusable(self, _context: JourneyContext, _tally: Tally) -> Making:
        """Nothing is made beforehand: every journey makes what it needs."""
        raise UsageError("--reuse-flows says nothing to an API of your own", hint="leave it out")
        yield from ()

    def questions(self, verification: Verification, most: int) -> Iterator[Journey]:
        """Whether what was made is there, and nothing was given out twice."""
        acknowledged = verification.context.acknowledged
        readable = {kind.resource.kind: kind for kind in self._kinds if "read" in kind.takes}
        for name, doubled in acknowledged.doubled.items():
            if name in readable:
                call = _reading(verification, readable[name], doubled.first)
                detail = f"two requests were acknowledged with the {name} {doubled.first.id}"
                yield verification.show_doubled(call, detail, doubled.count)
        for thing in acknowledged.sampled[:most]:
            if thing.kind in readable:
                yield self._asked(verification, _reading(verification, readable[thing.kind], thing), thing)

    def _asked(self, verification: Verification, call: WireCall, thing: _Made) -> Journey:
        answer, exchange = yield from verification.ask(call)
        if is_not_there(answer):
            verification.asked += 1
            detail = f"{thing.kind} {thing.id} was acknowledged, and is not there: {answer.failure}"
            verification.found.add(LOST, exchange, detail)
        elif answer.failure:
            verification.unreadable += 1
        else:
            verification.asked += 1


def _reading(verification: Verification, kind: _Kind, thing: _Made) -> WireCall:
    return verification.context.templates[f"{kind.name}_read"].call(*kind.ids("read", thing.ids))


def _makeable(part: ContractPart, kinds: Sequence[str] | None) -> Iterator[Resource]:
    """The resources of which a load makes things: those that can be made by what the document tells."""
    there: set[str] = set()
    for resource in part.edition.resources:
        if resource.create is None or (kinds is not None and resource.kind not in kinds):
            continue
        if not _is_told(part, resource, resource.create):
            continue
        op = part.edition.operation(resource.create)
        is_below = part.edition.takes(op) <= there
        if is_below and not (op.request_required and part.ordinary(op.id) is ABSENT):
            there.add(resource.kind)
            yield resource


def _is_told(part: ContractPart, resource: Resource, create: str) -> bool:
    """Whether a load learns the id of what it makes. It reads no headers, and one name is of one thing."""
    if resource.told_by == "body":
        return str(_MARK) in (resource.id_in(part.numbered(create, _MARK)) or "")
    return resource.told_by == "view"


def _kind(part: ContractPart, resource: Resource) -> _Kind:
    assert resource.create is not None
    body = part.numbered(resource.create, _MARK)
    takes = {}
    for role in _ROLES:
        name = getattr(resource, role)
        if name is not None:
            op = part.edition.operation(name)
            kinds = {parameter: kind for kind, parameter in part.edition.kinds_in(op)}
            if all(parameter in kinds for parameter in op.path_parameters):
                takes[role] = tuple(kinds[parameter] for parameter in op.path_parameters)
    name = "_".join(resource.kind.replace("-", "_").split())
    content = None if body is ABSENT else json.dumps(body).encode()
    return _Kind(resource, content, takes, "".join(c for c in name if c.isalnum() or c == "_"))


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
