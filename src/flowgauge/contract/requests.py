"""Requests of an edition's operations, and what their answers hold."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from flowgauge import __version__
from flowgauge.contract.header_values import json_among
from flowgauge.contract.strict_json import ABSENT, NotStrictJson, parsed
from flowgauge.contract.tokens import TOKEN
from flowgauge.edition import Edition, member
from flowgauge.openapi import Json, Operation
from flowgauge.results import Exchange, Request

__all__ = [
    "ABSENT",
    "AUTHORIZATION",
    "NO_IDS",
    "SAFE_METHODS",
    "USER_AGENT",
    "built",
    "built_all",
    "deletes",
    "payload",
]

AUTHORIZATION: Final = ("Authorization", f"Bearer {TOKEN}")
USER_AGENT: Final = ("User-Agent", f"flowgauge/{__version__}")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
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
    try:
        value = parsed(response.body)
    except NotStrictJson:
        return None
    found = edition.role_of(name)
    if found is None:
        return value
    resource, role = found
    return member(value, resource.items if role == "list" else resource.view)
