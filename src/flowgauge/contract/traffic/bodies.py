"""Bodies of an operation, from its schema and a legal one: not JSON, not legal, and legal but unusual.

What each of them deserves is the oracle's business: the changes made here need not know whether the schema
minds them.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.schema_values import (
    Path,
    Room,
    SchemaPlace,
    at,
    free_places,
    innermost,
    places,
    put,
    schema_value,
)
from flowgauge.contract.traffic.data.unusual import (
    COUNTS,
    INTEROPERABLE,
    UNUSUAL_NUMBERS,
    UNUSUAL_SHAPES,
    UNUSUAL_TEXTS,
    unusual_maps,
    unusual_objects,
)
from flowgauge.contract.traffic.data.wrong import NOT_JSON, broken_texts
from flowgauge.openapi import Document, Json, Operation

__all__ = ["bodies", "huge_bodies", "unusual_bodies", "wrong_bodies"]

# So many places of a body are tried with everything, of each kind of room.
_PLACES = 2
# So many are tried with a value of every type.
_CHANGED_PLACES = 40
_WRONG: tuple[Json, ...] = (None, True, False, 0, 1, 1.5, "", "a", [], {}, ["a"])
_WRONG_ITEMS: tuple[Json, ...] = (None, 0, "a", [])
# Of what stands in place of a whole free object, each so-manieth.
_OUTER = 5
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_DEPTHS = (30, 200, 5_000, 100_000)
_SIZES = (10_000, 200_000, 3_000_000)
_MANY = 3_001
_FEW = (2, 3)
_ENDLESS = (b"9" * 400, b"1e400", b"-1e400")
_ROOMS: tuple[Room, ...] = ("text", "number", "integer", "map", "object", "anything", "list")
_HERE = "flowgauge stands here"


def bodies(part: ContractPart, op: Operation) -> Iterator[bytes]:
    """All of them, each once; none for an operation that takes no JSON body."""
    if op.request_schema is None:
        return
    own = part.cases.bodies.get(op.id)
    legal = part.legal_bodies(op.id)
    texts: Iterable[bytes] = (
        *(own.texts if own else ()),
        *NOT_JSON,
        *(b"[" * depth for depth in _DEPTHS),
        *(broken for value in legal for broken in broken_texts(json.dumps(value))),
        *(f" \n\t{json.dumps(value, indent=1)} \r\n".encode() for value in legal),
    )
    values: Iterable[Json] = (
        *(own.values if own else ()),
        *legal,
        *_WRONG,
        *(wrong for value in legal for wrong in wrong_bodies(part.edition.document, op, value)),
        *(odd for value in legal for odd in unusual_bodies(part.edition.document, op, value)),
    )
    yield from dict.fromkeys(
        (
            *texts,
            *(json.dumps(value, ensure_ascii=False).encode() for value in values),
            *(huge for value in legal for huge in huge_bodies(part.edition.document, op, value)),
        )
    )


def wrong_bodies(document: Document, op: Operation, value: Json) -> Iterator[Json]:
    """A legal value with one thing changed: a type, a member's name, a member missing, a bound passed."""
    for place in islice(places(document, op.request_schema, value), _CHANGED_PLACES):
        old = at(value, place.path)
        changed: list[Json] = [*_WRONG, [old], *_beyond(place, old)]
        if isinstance(old, dict):
            changed += _with_other_members(place, old)
        elif isinstance(old, list):
            item = old[0] if old else {}
            for wrong in _WRONG_ITEMS:
                changed += [[item, wrong], [wrong, item], [item] * 9 + [wrong]]
        yield from (put(value, place.path, new) for new in changed)


def unusual_bodies(document: Document, op: Operation, value: Json) -> Iterator[Json]:
    """A legal value with one trait more, wherever the schema leaves room for it."""
    for room in _ROOMS:
        for place in islice(free_places(document, op.request_schema, value, room), _PLACES):
            old = at(value, place.path)
            odd, inner = _odd_values(document, place, old), innermost(place, value)
            if inner != place:
                # Within what the server takes: of what it may refuse as a whole, only a few.
                yield from (put(value, inner.path, new) for new in _odd_values(document, inner, old))
                yield from (put(value, path, new) for path in _within(place, old) for new in _WRONG_ITEMS)
                odd = islice(odd, 0, None, _OUTER)
            yield from (put(value, place.path, new) for new in odd)
    if isinstance(value, dict):
        # A schema that says nothing of further members allows them.
        yield {**value, "extra": 1}


def _within(place: SchemaPlace, old: Json) -> Iterator[Path]:
    """The places in an object of which a schema says nothing."""
    for name, member in old.items() if isinstance(old, dict) else ():
        here = SchemaPlace((*place.path, name), {})
        yield here.path
        yield from _within(here, member)


def _odd_values(document: Document, place: SchemaPlace, old: Json) -> Iterator[Json]:
    """What may stand at a place instead, by the room that is there."""
    match place.room:
        case "text":
            yield from UNUSUAL_TEXTS
        case "number" | "integer":
            for number in UNUSUAL_NUMBERS:
                if abs(number) <= INTEROPERABLE and (place.room == "number" or number == int(number)):
                    yield number
        case "map":
            yield {}
            item = next(iter(old.values()), None)
            yield from ({"v": text} for text in (UNUSUAL_TEXTS if isinstance(item, str) else ()))
            yield from unusual_maps(item) if item is not None else ()
        case "object":
            yield from unusual_objects()
        case "anything":
            yield from (*unusual_objects(), *UNUSUAL_NUMBERS, *UNUSUAL_SHAPES, *UNUSUAL_TEXTS)
        case "list":
            yield from _long_lists(document, place, old)


def huge_bodies(document: Document, op: Operation, value: Json) -> Iterator[bytes]:
    """Legal or not, far beyond what anybody sends: deep, long, many, and a number without end."""
    frees = free_places(document, op.request_schema, value, "object", "anything")
    free = next((innermost(place, value) for place in frees), None)
    if free is not None:
        for depth in _DEPTHS:
            yield _spliced(value, free, b'{"a":' * depth + b"1" + b"}" * depth)
        yield from (_spliced(value, free, b'{"n":' + number + b"}") for number in _ENDLESS)
    for place in islice(free_places(document, op.request_schema, value, "number", "integer"), 1):
        yield from (_spliced(value, place, number) for number in _ENDLESS)
    for place in islice(free_places(document, op.request_schema, value, "text"), 1):
        yield from (_spliced(value, place, b'"' + b"x" * size + b'"') for size in _SIZES)
    if free is not None:
        yield from (_spliced(value, free, b'{"a":"' + b"x" * size + b'"}') for size in _SIZES)
    for place in islice(free_places(document, op.request_schema, value, "list"), 1):
        item = json.dumps(_item(document, place, at(value, place.path))).encode()
        yield _spliced(value, place, b"[" + (item + b",") * (_MANY - 1) + item + b"]")


def _with_other_members(place: SchemaPlace, old: dict[str, Json]) -> Iterator[Json]:
    for name, own in old.items():
        rest = {other: member for other, member in old.items() if other != name}
        yield rest
        yield from ({**rest, other: own} for other in (name.capitalize(), name.upper(), name[:-1]))
    if place.room == "map":
        for wrong in _WRONG_ITEMS:
            yield {"b": wrong, **old}
            yield {**old, "b": wrong}
            yield {**{f"name {number}": member for number in range(8) for member in old.values()}, "i": wrong}


def _beyond(place: SchemaPlace, old: Json) -> Iterator[Json]:
    """Values just at and past the bounds of a schema."""
    schema = place.schema
    # In OpenAPI 3.0 the exclusive ones are true or false, and what is meant is with the others.
    bounds = [schema[name] for name in _BOUNDS if name in schema and not isinstance(schema[name], bool)]
    yield from (number for bound in bounds for number in (bound - 1, bound, bound + 1))
    if "multipleOf" in schema:
        yield schema["multipleOf"] * 1.5
    if isinstance(old, str):
        lengths = [schema[name] for name in ("minLength", "maxLength") if name in schema]
        yield from ("x" * length for bound in lengths for length in (bound - 1, bound, bound + 1))
    if isinstance(old, list) and old:
        counts = [schema[name] for name in ("minItems", "maxItems") if name in schema]
        yield from ([old[0]] * count for bound in counts for count in (bound - 1, bound, bound + 1))
    if "enum" in schema:
        yield from (v for v in schema["enum"])
        yield from (v.swapcase() for v in schema["enum"] if isinstance(v, str))


def _item(document: Document, place: SchemaPlace, old: list[Json]) -> Json:
    if isinstance(place.schema.get("items"), dict) and not old:
        return schema_value(document, place.schema["items"], is_full=False)
    return old[0] if old else {}


def _long_lists(document: Document, place: SchemaPlace, old: list[Json]) -> Iterator[list[Json]]:
    item = _item(document, place, old)
    below = place.schema.get("items", {})
    is_free = next(places(document, below, {})).room in {"object", "anything"}
    for count in COUNTS:
        if is_free:
            yield [{"number": number} for number in range(count)]
            yield [{}] * count
        else:
            yield [item] * count
    if is_free:
        # An empty one among others, at each place.
        yield from (
            [{} if n == place else item or {"a": 1} for n in range(count)]
            for count in _FEW
            for place in range(count)
        )
        letters: list[dict[str, Any]] = [{"b": 1}, {"a": 1}]
        yield [*letters, *letters, {}, letters[0]]


def _spliced(value: Json, place: SchemaPlace, text: bytes) -> bytes:
    """The JSON text of a value with a text of its own at a place."""
    marked = json.dumps(put(value, place.path, _HERE), ensure_ascii=False).encode()
    return marked.replace(json.dumps(_HERE).encode(), text)
