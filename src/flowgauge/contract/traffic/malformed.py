"""Requests that are wrong in one way each, by hand: what generators rarely hit on."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from urllib.parse import quote

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.requests import built, built_all, deletes
from flowgauge.contract.strict_json import ABSENT
from flowgauge.contract.traffic.bodies import bodies, wrong_bodies
from flowgauge.contract.traffic.data.wrong import (
    MEDIA_TYPES,
    NOT_JSON,
    UNKNOWN_CURSORS,
    WRONG_BOOLEANS,
    WRONG_CURSORS,
    YAML_TYPES,
    wrong_integers,
)
from flowgauge.openapi import Json, Operation, Parameter
from flowgauge.results import Exchange, Request
from flowgauge.results.exchange import Headers

__all__ = [
    "OVERRIDES",
    "bodies_of",
    "framings_of",
    "media_of",
    "methods_of",
    "offers_taken_as_they_are",
    "overrides_of",
    "paths",
    "queries_of",
    "refusals_of",
    "with_offers",
]

METHODS = ("DELETE", "PUT", "PATCH", "POST", "GET", "TRACE", "PROPFIND")
# What some frameworks take for the method, past whoever looks at the request line only.
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
_JUNK = ("unknown=1", "%FF=%FF", "%00", "&", "=")
_NOBODY = "x"
# What curl sends with --http2, and two more.
OFFERS: tuple[Headers, ...] = (
    (
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA"),
    ),
    (("Connection", "Upgrade"), ("Upgrade", "websocket")),
    (("Connection", "Upgrade"), ("Upgrade", "flowgauge/1")),
)
_SWITCHED = 101


def paths(part: ContractPart) -> Iterator[Request]:
    """Paths that are not in the document, and such as only look like one that is."""
    edition = part.edition
    some = next(op for op in edition.operations)
    ids = dict.fromkeys((*edition.takes(some), *some.path_parameters), _NOBODY)
    plain = built(edition, some.id, ids)
    templates = [op.url_path(dict.fromkeys(op.path_parameters, _NOBODY)) for op in edition.operations]
    found = chain(("/", "//"), *map(_beside, dict.fromkeys(templates)))
    for target in dict.fromkeys(found):
        if target and edition.document.matched(target) is None:
            for method in ("GET", "POST", "DELETE"):
                yield replace(plain, method=method, target=target)


def _beside(path: str) -> Iterator[str]:
    """Paths that are nearly that one."""
    above, _, last = path.rpartition("/")
    yield from (f"{path}/", f"{path}/{_NOBODY}", f"{path}/{_NOBODY}/y", f"/{path}", path[:-1])
    yield from (f"{above}/{last.upper()}", f"{above}/{last.capitalize()}", f"{path}%2F{_NOBODY}")
    yield from (above, f"{above}/", f"/{last}")
    first, _, rest = path[1:].partition("/")
    yield f"/{first.swapcase()}/{rest}"


def bodies_of(part: ContractPart, real: Mapping[str, str]) -> Iterator[Request]:
    """Each operation that takes a body, with bodies that are not JSON, not legal, and legal but unusual."""
    for op in _taking_bodies(part, real):
        request = built(part.edition, op.id, real, body={})
        yield from (replace(request, body=body) for body in bodies(part, op))


def refusals_of(part: ContractPart, op: Operation, real: Mapping[str, str]) -> list[Request]:
    """A few requests of an operation that must be refused for their bodies, each for another reason."""
    if part.ordinary(op.id) is ABSENT:
        return []
    request, document = built(part.edition, op.id, real, body={}), part.edition.document
    wrong = {
        str(violations[0].schema_pointer): json.dumps(value).encode()
        for value in wrong_bodies(document, op, part.ordinary(op.id))
        if (violations := document.request_violations(op.id, value))
    }
    return [replace(request, body=body) for body in (*wrong.values(), NOT_JSON[0])]


def media_of(part: ContractPart, real: Mapping[str, str]) -> Iterator[Request]:
    """Each operation that takes JSON alone, under media types that are not JSON, and in a content coding."""
    for op in _taking_bodies(part, real):
        ordinary = part.ordinary(op.id)
        if ordinary is ABSENT or len(part.media_types(op)) != 1:
            continue
        request = built(part.edition, op.id, real, body=ordinary)
        plain = tuple((name, value) for name, value in request.headers if name != "Content-Type")
        for media_type in MEDIA_TYPES:
            yield replace(request, headers=(*plain, ("Content-Type", media_type)))
        # Whoever reads YAML may know it by its name alone.
        text = "".join(f"{name}: {json.dumps(value)}\n" for name, value in _members(ordinary)).encode()
        for media_type in YAML_TYPES if text else ():
            yield replace(request, headers=(*plain, ("Content-Type", media_type)), body=text)
        yield replace(request, headers=(*request.headers, ("Content-Encoding", "gzip")))
        yield replace(request, headers=(*plain, ("Content-Type", "application/json; charset=utf-8")))
        yield replace(request, headers=(*plain, ("content-type", "APPLICATION/JSON")))


def framings_of(part: ContractPart, real: Mapping[str, str]) -> Iterator[Request]:
    """Bodies in chunks mean what they mean in one piece: the legal are obeyed, the illegal refused."""
    for op in _taking_bodies(part, real):
        ordinary = part.ordinary(op.id)
        if ordinary is ABSENT:
            continue
        document = part.edition.document
        changed = wrong_bodies(document, op, ordinary)
        wrong = next(
            (value for value in changed if value is not None and document.request_violations(op.id, value)),
            None,
        )
        request = built(part.edition, op.id, real, body=ordinary)
        for body in (request.body, json.dumps(wrong).encode(), b""):
            yield replace(request, body=body, chunked=True)
            yield replace(request, body=body)


def queries_of(part: ContractPart, real: Mapping[str, str]) -> Iterator[Request]:
    """Query parameters with values outside their schema, given twice, and spelled otherwise."""
    for op in part.edition.operations:
        if not op.query_parameters or not _may_be_called(part, op, real):
            continue
        queries = list(part.cases.queries.get(op.id, ()))
        for parameter in op.parameters:
            if parameter.location == "query":
                queries += _queries(part, op, parameter)
        if op.method == "GET":
            queries += _JUNK
        for query in dict.fromkeys(queries):
            yield built(part.edition, op.id, real, query=query, body=part.required_body(op.id))


def methods_of(part: ContractPart, real: Mapping[str, str]) -> Iterator[Request]:
    """Every path with every method: the unsupported refused, HEAD like GET, OPTIONS naming what there is."""
    edition = part.edition
    for path in dict.fromkeys(op.path for op in edition.operations):
        supported = {op.method: op for op in edition.operations if op.path == path}
        some = next(iter(supported.values()))
        nobody = dict.fromkeys((*edition.takes(some), *some.path_parameters), _NOBODY)
        if "GET" in supported and some.path_parameters:
            yield replace(built(edition, supported["GET"].id, nobody), method="HEAD")
        for method in (*METHODS, "HEAD", "OPTIONS"):
            if method not in supported:
                yield replace(built(edition, some.id, {**nobody, **real}), method=method)


def overrides_of(part: ContractPart, real: Mapping[str, str]) -> Iterator[Request]:
    """Each operation with another method named beside its own, which is the one that counts."""
    for request in part.ordinary_requests(real):
        for method in ("DELETE", "POST" if request.method == "GET" else "GET"):
            for header in OVERRIDES:
                yield replace(request, headers=(*request.headers, (header, method)))
            yield replace(request, target=f"{request.target}?_method={method}")


def _members(value: Json) -> Iterator[tuple[str, Json]]:
    return iter(value.items()) if isinstance(value, dict) else iter(())


def offers_taken_as_they_are(ask: Callable[[Request], Exchange], part: ContractPart) -> tuple[Headers, ...]:
    """The offers that the target does not take up, asked about with a request that changes nothing."""
    asked = next((r for r in built_all(part.edition, {}) if r.method == "GET"), Request("GET", "/"))
    answers = ((offer, ask(_offering(asked, offer)).response) for offer in OFFERS)
    return tuple(offer for offer, answer in answers if answer is None or answer.status != _SWITCHED)


def with_offers(
    part: ContractPart, real: Mapping[str, str], offers: tuple[Headers, ...]
) -> Iterator[Request]:
    """Each operation that takes a body, with one in one piece and in chunks, beside an offer of a protocol.

    A server may ignore the offer, and then answers the request itself (RFC 9110, section 7.8).
    """
    taking = [op.id for op in part.edition.operations if op.request_schema is not None]
    # An ordinary body may mean what none at all does, and shows nothing then.
    for make in (part.ordinary, lambda name: part.numbered(name, 1)):
        for request in built_all(part.edition, real, {name: make(name) for name in taking}):
            for offer in offers if request.body is not None else ():
                yield _offering(request, offer)
                yield replace(_offering(request, offer), chunked=True)


def _queries(part: ContractPart, op: Operation, parameter: Parameter) -> Iterator[str]:
    name = parameter.name
    schema = parameter.schema if isinstance(parameter.schema, dict) else {}
    legal: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ("",) if schema.get("minLength") else ()
    found = part.edition.role_of(op.id)
    pages = found[0].pages if found and found[1] == "list" else None
    if schema.get("type") == "boolean":
        wrong = (*WRONG_BOOLEANS, name)
        # What `true` makes of a write only the edition can say.
        legal = ("true", "false") if op.method == "GET" else ("false",)
    elif schema.get("type") == "integer":
        wrong = tuple(wrong_integers(schema))
        lowest, highest = schema.get("minimum", 1), schema.get("maximum", 10)
        legal = tuple(str(n) for n in dict.fromkeys((lowest, lowest + 1, highest - 1, highest)))
    elif pages and name == pages.cursor:
        for text in (*WRONG_CURSORS, *UNKNOWN_CURSORS):
            yield from (f"{name}={quote(text)}{size}" for size in ("", f"&{pages.size}=1"))
    yield from (f"{name}={quote(text)}" for text in (*wrong, *(legal if op.method == "GET" else ())))
    one, *others = legal or (_NOBODY,)
    yield from (f"{name}={one}&{name}={other}" for other in (*others[:1], one))
    if op.method == "GET":
        yield from (f"{name}=%FF", *(f"{name}={text}&" for text in legal[:1]))
        yield from (f"{name}=%{ord(text[0]):02X}{text[1:]}" for text in legal)
    if schema.get("type") in {"boolean", "integer"} or (pages and name == pages.cursor):
        yield name


def _taking_bodies(part: ContractPart, real: Mapping[str, str]) -> list[Operation]:
    return [
        op
        for op in part.edition.operations
        if op.request_schema is not None and _may_be_called(part, op, real)
    ]


def _may_be_called(part: ContractPart, op: Operation, real: Mapping[str, str]) -> bool:
    return part.edition.takes(op) <= real.keys() and not deletes(part.edition, op)


def _offering(request: Request, offer: Headers) -> Request:
    return replace(request, headers=(*request.headers, *offer))
