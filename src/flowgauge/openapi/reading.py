"""Reading a document's paths into the table of operations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal, get_args

from flowgauge.openapi.operations import (
    ADDITION,
    BRACED,
    DEFAULT,
    Json,
    Link,
    Operation,
    Parameter,
    ResponseSpec,
)
from flowgauge.openapi.references import Node

__all__ = ["read_operations", "read_token_path"]

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
Location = Literal["path", "query", "header", "cookie"]
# OpenAPI says to ignore parameters that declare these: they belong to the message, not to the operation.
_NOT_PARAMETERS = {"accept", "content-type", "authorization"}
_STATUS = re.compile(r"[1-5](?:\d\d|XX)")
_BRACES = re.compile(r"[{}]")
_NO_JSON = 3


@dataclass(frozen=True, slots=True)
class _Place:
    """An operation before it is read: its path, its method, its node, and its path's parameters."""

    path: str
    method: str
    node: Node
    shared: tuple[Node, ...]


def read_operations(root: Node) -> tuple[Operation, ...]:
    """Every operation, in the order of the document. Raises UsageError at the first that cannot be read."""
    places = tuple(_places(root))
    ids = _ids(places)
    by_pointer = {place.node.pointer: name for place, name in zip(places, ids, strict=True)}
    return tuple(_operation(place, name, by_pointer) for place, name in zip(places, ids, strict=True))


def read_token_path(root: Node) -> str | None:
    """Where client credentials are exchanged for a token, as the document writes it; None where nowhere."""
    components = root.child("components").checked(dict) if root.has("components") else None
    for _, scheme in components.members("securitySchemes") if components else ():
        for flow, settings in scheme.followed().checked(dict).members("flows"):
            if flow == "clientCredentials":
                return settings.checked(dict).member("tokenUrl", str)
    return None


def _places(root: Node) -> Iterator[_Place]:
    for path, item in root.members("paths"):
        if path.startswith("x-"):
            continue
        if not path.startswith("/"):
            raise item.refused("a path begins with a slash")
        # Members beside a path item's reference, which only 3.1 allows, stand in front of what it names.
        sources = [item.checked(dict), *([item.followed().checked(dict)] if item.has("$ref") else [])]
        shared = tuple(node for source in reversed(sources) for node in source.items("parameters"))
        seen = set()
        for source in sources:
            for method in source.value:
                if method in METHODS and method not in seen:
                    seen.add(method)
                    yield _Place(path, method, source.child(method).checked(dict), shared)


def _ids(places: Sequence[_Place]) -> tuple[str, ...]:
    """The operation ids, in order; derived ones keep out of the way of the document's own."""
    stated: dict[str, str] = {}
    for place in places:
        if place.node.has("operationId"):
            name = place.node.member("operationId", str)
            if name in stated:
                raise place.node.child("operationId").refused(
                    f"{name!r} is also the operationId of {stated[name]}", hint="an operationId is unique"
                )
            stated[name] = place.node.pointer
    ids: dict[str, None] = {}
    for place in places:
        plain = "_".join([place.method, *re.findall(r"[A-Za-z0-9]+", place.path)])
        derived = (plain if number == 1 else f"{plain}_{number}" for number in count(1))
        free = (name for name in derived if name not in stated and name not in ids)
        ids[place.node.value["operationId"] if place.node.has("operationId") else next(free)] = None
    return tuple(ids)


def _operation(place: _Place, name: str, by_pointer: Mapping[str, str]) -> Operation:
    node = place.node
    body = node.child("requestBody").followed().checked(dict) if node.has("requestBody") else None
    media_types, schema = _content(body) if body else ((), None)
    responses, links = _responses(node, by_pointer)
    return Operation(
        id=name,
        method=place.method.upper(),
        path=place.path,
        parameters=_parameters(place),
        request_schema=_inlined(schema),
        request_required=bool(body and body.member("required", bool, False)),
        responses=responses,
        is_secured=_is_secured(node),
        pointer=node.pointer,
        links=links,
        request_media_types=media_types,
        request_pointer=schema.pointer if schema else None,
    )


def _parameters(place: _Place) -> tuple[Parameter, ...]:
    in_path = BRACED.findall(place.path)
    if _BRACES.search(BRACED.sub("", place.path)):
        raise place.node.refused(f"the braces of the path {place.path} do not pair")
    found: dict[tuple[str, str], Parameter] = {}
    for node in (*place.shared, *place.node.items("parameters")):
        declared = node.followed().checked(dict)
        name, location = declared.member("name", str), _location(declared)
        if location == "path" and name not in in_path:
            raise declared.refused(f"the path {place.path} has no parameter {{{name}}}")
        if location == "header" and name.lower() in _NOT_PARAMETERS:
            continue
        found[name, location] = _parameter(declared, name, location)
    # A path's parameter that nobody declares is still there to be filled in.
    for name in BRACED.findall(place.path):
        found.setdefault((name, "path"), Parameter(name, "path", True, {"type": "string"}, False))
    return tuple(found.values())


def _location(node: Node) -> Location:
    location = node.member("in", str)
    if location not in get_args(Location):
        raise node.child("in").refused("a parameter is in path, query, header or cookie")
    return location  # type: ignore[return-value]


def _parameter(node: Node, name: str, location: Location) -> Parameter:
    media_type, holder = None, node
    if not node.has("schema"):
        for media_type, content in list(node.members("content"))[:1]:  # noqa: B007 - there is one, or none
            holder = content.followed().checked(dict)
    schema = _schema_node(holder)
    return Parameter(
        name=name,
        location=location,
        required=location == "path" or node.member("required", bool, False),
        schema={} if schema is None else _inlined(schema),
        is_addition=bool(node.value.get(ADDITION)),
        media_type=media_type,
        schema_pointer=None if schema is None else schema.pointer,
    )


def _responses(node: Node, by_pointer: Mapping[str, str]) -> tuple[dict[str, ResponseSpec], tuple[Link, ...]]:
    responses: dict[str, ResponseSpec] = {}
    links: list[Link] = []
    for key, place in node.members("responses"):
        if key.startswith("x-"):
            continue
        status = key if key == DEFAULT else key.upper()
        if status != DEFAULT and not _STATUS.fullmatch(status):
            raise place.refused(f"{key!r} is not a status: write 200, 2XX or default")
        response = place.followed().checked(dict)
        media_types, schema = _content(response)
        responses[status] = ResponseSpec(
            key=status,
            schema=_inlined(schema),
            media_types=media_types,
            pointer=place.pointer,
            is_addition=bool(response.value.get(ADDITION)),
            schema_pointer=schema.pointer if schema else None,
        )
        for name, link in response.members("links"):
            read = _link(name, status, link.followed().checked(dict), by_pointer)
            links += [read] if read else []
    return responses, tuple(links)


def _content(node: Node) -> tuple[tuple[str, ...], Node | None]:
    """What a body may be written in, and the schema of the JSON among that."""
    found = dict(node.members("content"))
    # Of those with one rank, the first in the document.
    ranked = sorted((media_type for media_type in found if _json_rank(media_type) < _NO_JSON), key=_json_rank)
    schema = _schema_node(found[ranked[0]].followed().checked(dict)) if ranked else None
    return tuple(found), schema


def _json_rank(media_type: str) -> int:
    """How near a media type is to plain JSON; `_NO_JSON` for one that is not JSON at all."""
    plain = media_type.partition(";")[0].strip().lower()
    if plain == "application/json":
        return 0
    if plain.endswith("+json"):
        return 1
    return 2 if plain in {"*/*", "application/*"} else _NO_JSON


def _schema_node(node: Node) -> Node | None:
    if not node.has("schema"):
        return None
    schema = node.child("schema")
    if not isinstance(schema.value, dict | bool):
        raise schema.refused("a schema is a mapping")
    return schema


def _inlined(schema: Node | None) -> Json | None:
    return None if schema is None else schema.references.inlined(schema.value, schema.pointer)


def _link(name: str, status: str, node: Node, by_pointer: Mapping[str, str]) -> Link | None:
    parameters = {key: parameter.value for key, parameter in node.members("parameters")}
    if node.has("operationId"):
        target = node.member("operationId", str)
        if target not in by_pointer.values():
            raise node.child("operationId").refused(f"there is no operation {target!r}")
        return Link(name, status, target, parameters)
    ref = node.member("operationRef", str)
    if not ref.startswith("#/"):
        return None  # Another API's operation: there is nothing here to follow it with.
    operation = node.references.target(ref, f"{node.pointer}/operationRef")
    if operation.pointer not in by_pointer:
        raise node.child("operationRef").refused(f"{ref} is not an operation")
    return Link(name, status, by_pointer[operation.pointer], parameters)


def _is_secured(node: Node) -> bool:
    """Whether each of the alternatives asks for a credential, and there is one."""
    stated = node if node.has("security") else node.references.at("")
    alternatives = [alternative.checked(dict).value for alternative in stated.items("security")]
    return bool(alternatives) and all(alternatives)
