"""Reading a document's paths into the table of operations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    SecurityRequirement,
    SecurityScheme,
)
from flowgauge.openapi.references import Node, References

__all__ = ["read_operations", "read_security_schemes"]

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
Location = Literal["path", "query", "header", "cookie"]
# OpenAPI says to ignore parameters that declare these: they belong to the message, not to the operation.
_NOT_PARAMETERS = {"accept", "content-type", "authorization"}
_STATUS = re.compile(r"[1-5](?:\d\d|XX)")
_BRACES = re.compile(r"[{}]")


@dataclass(frozen=True, slots=True)
class _Place:
    """An operation before it is read: its path, its method, its node, and its path's parameters."""

    path: str
    method: str
    node: Node
    shared: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class _Content:
    """A body: what it may be written in, and the schema of the JSON among that."""

    media_types: tuple[str, ...]
    schema: Node | None


def read_operations(root: Node, schemes: Mapping[str, SecurityScheme]) -> tuple[Operation, ...]:
    """Every operation, in the order of the document. Raises UsageError at the first that cannot be read."""
    places = tuple(_places(root))
    ids = _ids(places)
    by_pointer = {place.node.pointer: name for place, name in zip(places, ids, strict=True)}
    return tuple(
        _operation(place, name, schemes, by_pointer) for place, name in zip(places, ids, strict=True)
    )


def read_security_schemes(root: Node) -> dict[str, SecurityScheme]:
    """The declared ways of showing a credential, by name."""
    if not root.has("components"):
        return {}
    return {
        name: _scheme(name, node.followed().checked(dict))
        for name, node in root.child("components").checked(dict).members("securitySchemes")
    }


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
    taken = set(stated)
    ids = []
    for place in places:
        if place.node.has("operationId"):
            ids.append(place.node.value["operationId"])
            continue
        plain = "_".join([place.method, *re.findall(r"[A-Za-z0-9]+", place.path)])
        name, count = plain, 1
        while name in taken:
            count += 1
            name = f"{plain}_{count}"
        taken.add(name)
        ids.append(name)
    return tuple(ids)


def _operation(
    place: _Place, name: str, schemes: Mapping[str, SecurityScheme], by_pointer: Mapping[str, str]
) -> Operation:
    node = place.node
    body = node.child("requestBody").followed().checked(dict) if node.has("requestBody") else None
    content = _content(body) if body else _Content((), None)
    responses, links = _responses(node, by_pointer)
    security = _security(node, schemes)
    return Operation(
        id=name,
        method=place.method.upper(),
        path=place.path,
        summary=node.member("summary", str, ""),
        parameters=_parameters(place),
        request_schema=_inlined(content.schema),
        request_required=bool(body and body.member("required", bool, False)),
        responses=responses,
        is_secured=bool(security) and () not in security,
        pointer=node.pointer,
        security=security,
        links=links,
        request_media_types=content.media_types,
        request_pointer=content.schema.pointer if content.schema else None,
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
    for known in get_args(Location):
        if location == known:
            return known  # type: ignore[no-any-return]
    raise node.child("in").refused("a parameter is in path, query, header or cookie")


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
        content = _content(response)
        responses[status] = ResponseSpec(
            key=status,
            schema=_inlined(content.schema),
            media_types=content.media_types,
            pointer=place.pointer,
            is_addition=bool(response.value.get(ADDITION)),
            schema_pointer=content.schema.pointer if content.schema else None,
        )
        for name, link in response.members("links"):
            read = _link(name, status, link.followed().checked(dict), by_pointer)
            links += [read] if read else []
    return responses, tuple(links)


def _content(node: Node) -> _Content:
    found = dict(node.members("content"))
    # Of those with one rank, the first in the document.
    ranked = [(rank, index, node) for index, (media_type, node) in enumerate(found.items())
              if (rank := _json_rank(media_type)) is not None]  # fmt: skip
    schema = _schema_node(min(ranked)[2].followed().checked(dict)) if ranked else None
    return _Content(tuple(found), schema)


def _json_rank(media_type: str) -> int | None:
    """How near a media type is to plain JSON; None for one that is not JSON at all."""
    plain = media_type.partition(";")[0].strip().lower()
    if plain == "application/json":
        return 0
    if plain.endswith("+json"):
        return 1
    return 2 if plain in {"*/*", "application/*"} else None


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


def _security(
    node: Node, schemes: Mapping[str, SecurityScheme]
) -> tuple[tuple[SecurityRequirement, ...], ...]:
    references: References = node.references
    stated = node if node.has("security") else references.at("")
    found = []
    for alternative in stated.items("security"):
        requirements = []
        for name in alternative.checked(dict).value:
            scopes = tuple(scope.checked(str).value for scope in alternative.items(name))
            requirements.append(SecurityRequirement(name, schemes.get(name), scopes))
        found.append(tuple(requirements))
    return tuple(found)


def _scheme(name: str, node: Node) -> SecurityScheme:
    kind = node.member("type", str)
    if kind == "apiKey":
        location = node.member("in", str)
        if location not in {"header", "query", "cookie"}:
            raise node.child("in").refused("an API key is in header, query or cookie")
        return SecurityScheme(name, kind, location, node.member("name", str))  # type: ignore[arg-type]
    if kind == "http":
        return SecurityScheme(name, kind, "header", "Authorization", node.member("scheme", str).capitalize())
    if kind not in {"oauth2", "openIdConnect", "mutualTLS"}:
        raise node.child("type").refused(f"{kind!r} is not a kind of security scheme")
    token_path = None
    for flow, settings in node.members("flows"):
        if flow == "clientCredentials":
            token_path = settings.checked(dict).member("tokenUrl", str)
    return SecurityScheme(name, kind, "header", "Authorization", "Bearer", token_path)
