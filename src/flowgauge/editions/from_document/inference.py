"""The resources of an API, inferred from paths, methods and schemas.

A path that ends in a parameter (`/shelves/{code}`) is of one thing, and the path before it of all of them.
What is read, made and listed there says where in an answer a thing stands, and which member is its id. Names
are read where nothing else tells: `createdAt` is a time of creation, `cursor` leads to a page.

Nothing of this is promised by the document: see `flowgauge.contract.session.fit`, which takes back what a
server does not show.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flowgauge.edition import Edition, Resource
from flowgauge.editions.from_document.left_alone import left_alone
from flowgauge.editions.from_document.paths import Paths
from flowgauge.editions.from_document.schemas import answer_schema, folded, member_called, objects_in
from flowgauge.editions.from_document.things import InferredThings, Reason
from flowgauge.openapi import Document, Json, Operation

__all__ = ["Inference", "inferred", "plain_parameters", "table"]

Place = tuple[str, ...]
_GREETINGS = ("info", "version", "about", "status", "health", "healthz", "ping", "ready", "server")
_VERSIONS = {"version": 0, "release": 1}
_MESSAGES = {name: rank for rank, name in enumerate(("message", "errormessage", "detail", "error", "title"))}


@dataclass(frozen=True, slots=True)
class Inference:
    """An edition, and how each part of it was found.

    `left_alone` are operations that are not called, with the reason. `bodies` are those to begin with, by
    operation.
    """

    edition: Edition
    reasons: tuple[Reason, ...]
    left_alone: Mapping[str, str] = field(default_factory=dict)
    bodies: Mapping[str, Json] = field(default_factory=dict)


def inferred(document: Document, name: str) -> Inference:
    """What the document tells of its resources."""
    found = Paths(document)
    reasons: list[Reason] = []
    resources = tuple(InferredThings(found, prefix, reasons).resource() for prefix in found.prefixes)
    roles = {op for r in resources for op in (r.create, r.read, r.list, r.delete) if op}
    greeting = _greeting(document, roles)
    edition = Edition(
        name,
        document,
        resources,
        greeting=greeting.id if greeting is not None else None,
        version=_place_of(document, greeting, _VERSIONS) if greeting is not None else (),
        error_message=_error_message(document),
        plain=plain_parameters(document, resources),
        is_inferred=True,
    )
    alone = left_alone(document, {r.create for r in resources if r.create is not None})
    return Inference(edition, tuple(reasons), alone)


def plain_parameters(document: Document, resources: Iterable[Resource]) -> frozenset[str]:
    """The path parameters that are no thing's id where they stand."""
    owned = {(op, name) for resource in resources for op, name in resource.ids.items()}
    return frozenset(
        name for op in document.operations for name in op.path_parameters if (op.id, name) not in owned
    )


def table(reasons: tuple[Reason, ...]) -> Iterator[str]:
    """The reasons as lines, under their kinds."""
    kind = None
    for reason in reasons:
        if reason.kind != kind:
            yield reason.kind
            kind = reason.kind
        yield f"  {reason.what:<11} {reason.why}"


def _greeting(document: Document, roles: set[str]) -> Operation | None:
    """An operation that anybody may call at any time."""
    plain = [
        op
        for op in document.operations
        if op.method == "GET"
        and op.id not in roles
        and not op.path_parameters
        and not any(p.required for p in op.parameters)
    ]
    words = {op.id: folded(op.path.rstrip("/").rpartition("/")[2]) for op in plain}
    return next((op for op in plain if words[op.id] in _GREETINGS), None)


def _place_of(document: Document, operation: Operation, names: Mapping[str, int]) -> Place:
    for place, plain in objects_in(document, answer_schema(operation)):
        name = member_called(document, plain, names, "string")
        if name is not None:
            return (*place, name)
    return ()


def _error_message(document: Document) -> Place:
    """Where an error says why."""
    for op in document.operations:
        for key, response in op.responses.items():
            if not key.startswith(("2", "3")) and response.schema is not None:
                for place, plain in objects_in(document, response.schema):
                    name = member_called(document, plain, _MESSAGES, "string")
                    if name is not None:
                        return (*place, name)
    return ()
