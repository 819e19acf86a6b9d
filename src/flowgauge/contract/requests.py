"""Requests of an edition's operations, the things that they name, and what their answers hold.

A body may have to name another thing, and is made before one is there: then it has a placeholder, and what is
put in its place at the moment of sending is the id of a thing that is there. A placeholder is a UUID, so that
it is legal wherever an id is, and is given out by nobody.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urljoin, urlsplit
from uuid import NAMESPACE_OID, uuid5

import msgspec

from flowgauge import __version__
from flowgauge.contract.schema_values import put
from flowgauge.contract.strict_json import ABSENT, legible
from flowgauge.contract.tokens import TOKEN
from flowgauge.edition import Edition, Resource, member
from flowgauge.openapi import Json, Operation
from flowgauge.openapi.media_types import json_among
from flowgauge.results import Exchange, Request

__all__ = [
    "ABSENT",
    "AUTHORIZATION",
    "NO_IDS",
    "SAFE_METHODS",
    "USER_AGENT",
    "Forbidden",
    "built",
    "built_all",
    "deletes",
    "located",
    "made_id",
    "named_kinds",
    "named_things",
    "payload",
    "placeholder",
    "with_ids",
    "with_placeholders",
]

AUTHORIZATION: Final = ("Authorization", f"Bearer {TOKEN}")
USER_AGENT: Final = ("User-Agent", f"flowgauge/{__version__}")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_MARK = b"f10e9a0e"
_BRACED = re.compile(r"\{[^{}]+\}")
# Past the request line, the method that some frameworks take.
_OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})
_READING = frozenset({"HEAD", "OPTIONS"})
NO_IDS: Final[Mapping[str, str]] = MappingProxyType({})


def built(
    edition: Edition,
    operation_id: str,
    ids: Mapping[str, str] = NO_IDS,
    *,
    query: str = "",
    body: Json = ABSENT,
) -> Request:
    """A valid request of an operation; `ids` are by kind, `body` is any JSON value, or ABSENT."""
    op = edition.operation(operation_id)
    headers = [AUTHORIZATION, USER_AGENT]
    content = None
    if body is not ABSENT:
        headers.append(("Content-Type", json_among(op.request_media_types)))
        content = msgspec.json.encode(body)
    target = op.url_path(edition.values_of(op, ids)) + (f"?{query}" if query else "")
    return Request(op.method, target, tuple(headers), content)


def built_all(
    edition: Edition, ids: Mapping[str, str], bodies: Mapping[str, Json] = NO_IDS
) -> Iterator[Request]:
    """A valid request of each operation for which there are ids, in the document's order.

    `bodies` are by operation; one that is not there is sent without. What deletes is left out.
    """
    for op in edition.operations:
        if not deletes(edition, op) and edition.takes(op) <= set(ids):
            yield built(edition, op.id, ids, body=bodies.get(op.id, ABSENT))


def deletes(edition: Edition, op: Operation) -> bool:
    """Whether an operation takes something away: by its role, or by its method where it has none."""
    found = edition.role_of(op.id)
    return op.method == "DELETE" or (found is not None and found[1] == "delete")


def payload(edition: Edition, exchange: Exchange, operation_id: str | None = None) -> Json:
    """What a sound success holds, or None where it is none.

    The thing where one was made or read, the list of things where they were listed, else the whole body. An
    exchange that was judged knows its operation.
    """
    response, name = exchange.response, exchange.operation or operation_id
    if response is None or not 200 <= response.status < 300 or name is None:
        return None
    value = legible(response.body)
    found = edition.role_of(name)
    if found is None:
        return value
    resource, role = found
    return member(value, resource.items if role == "list" else resource.view)


def made_id(edition: Edition, resource: Resource, made: Exchange) -> str | None:
    """The id of what a create made, by whatever tells it."""
    shown = resource.id_in(payload(edition, made))
    if shown is not None or made.response is None or not 200 <= made.response.status < 300:
        return shown
    match resource.told_by:
        case "location":
            return located(edition, made).get(resource.kind)
        case "body":
            return resource.id_in(legible(made.request.body or b""))
    return None


def located(edition: Edition, made: Exchange) -> dict[str, str]:
    """The ids in the path that the answer to a create says its thing stands at; none where it says nothing.

    What comes before the path of the document is the server's own, and so is the name of the host.
    """
    told = made.response.header("location") if made.response is not None else None
    try:
        segments = urlsplit(urljoin(made.request.path, told or "")).path.split("/")
    except ValueError:
        return {}
    for start in range(1, len(segments) if told else 0):
        match = edition.document.matched("/" + "/".join(segments[start:]))
        operation = match.operations.get("GET") if match is not None else None
        role = edition.role_of(operation.id) if operation is not None else None
        if match is not None and operation is not None and role is not None and role[1] == "read":
            return edition.ids_by_kind(operation, match.values)
    return {}


def placeholder(kind: str) -> str:
    """What stands for the id of a thing of that kind."""
    return _MARK.decode() + str(uuid5(NAMESPACE_OID, f"flowgauge {kind}"))[len(_MARK) :]


def with_placeholders(body: Json, references: Mapping[str, str]) -> Json:
    """The body with placeholders where it names things; `references` are kinds by JSON pointer."""
    for pointer, kind in references.items():
        if isinstance(_at(body, pointer), str):
            body = put(body, tuple(pointer.split("/")[1:]), placeholder(kind))
    return body


def named_kinds(body: bytes, kinds: Iterable[str]) -> list[str]:
    """Those kinds of which there are placeholders in a body."""
    return [kind for kind in kinds if placeholder(kind).encode() in body] if _MARK in body else []


def with_ids(body: bytes, ids: Mapping[str, str | None]) -> bytes:
    """The body with ids, by kind, in the place of placeholders; that of a thing that is not there stays."""
    for kind, some_id in ids.items():
        if some_id is not None:
            body = body.replace(placeholder(kind).encode(), json.dumps(some_id)[1:-1].encode())
    return body


def named_things(body: Json, references: Mapping[str, str]) -> dict[str, str]:
    """The ids that a body names, by kind."""
    found = {kind: _at(body, pointer) for pointer, kind in references.items()}
    return {kind: some_id for kind, some_id in found.items() if isinstance(some_id, str)}


class Forbidden:
    """The operations of an edition that nothing is sent to, however its path and method are spelled."""

    def __init__(self, edition: Edition, names: Collection[str]) -> None:
        self._edition = edition
        self._operations = [edition.operation(name) for name in names]
        self._near = [(_near(op), op) for op in self._operations]

    def __contains__(self, request: Request) -> bool:
        match = self._edition.document.matched(request.path)
        operation = match.operations.get(request.method) if match is not None else None
        if operation in self._operations:
            return True
        is_nameless = match is not None and "" in match.values.values()
        if self._edition.is_inferred and is_nameless and request.method not in SAFE_METHODS:
            # Where nothing is named, a server may take all.
            return True
        overrides = "_method=" in request.target or any(
            name.lower() in _OVERRIDES for name, _ in request.headers
        )
        if operation is not None and not overrides:
            return False
        # Whoever does not look at the letters, or at an empty segment, may take it for the operation.
        near = (op for pattern, op in self._near if pattern.fullmatch(request.path))
        return any(overrides or request.method not in _READING for _ in near)


def _near(op: Operation) -> re.Pattern[str]:
    segments = [
        "[^/]*" if _BRACED.fullmatch(part) else re.escape(_BRACED.sub("x", part))
        for part in op.path.strip("/").split("/")
    ]
    return re.compile(r"/*" + "(?:/|%2F)+".join(segments) + r"(?:(?:/|%2F).*)?", re.IGNORECASE | re.DOTALL)


def _at(body: Json, pointer: str) -> Json:
    for name in pointer.split("/")[1:]:
        body = body.get(name) if isinstance(body, dict) else None
    return body
