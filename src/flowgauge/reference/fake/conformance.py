"""Whether a request, and the fake's own reply, keep the document: one answer for each criterion.

Of a request that does not, `diagnosis` tells why: the nearest operation, a tick or a cross for each
criterion, a JSON diff.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from flowgauge.json_diff import json_diff
from flowgauge.openapi import Document, Json, Operation, Parameter
from flowgauge.reference.fake.recordings.mismatch import FakeViolation
from flowgauge.reference.world.inputs import MAX_BODY_BYTES, MAX_DEPTH
from flowgauge.reference.world.message import Reply, WorldRequest
from flowgauge.reference.world.wire import MalformedJson, decoded

__all__ = ["Conformance", "Criterion", "diagnosis"]

JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One point of comparison between a request and an operation."""

    name: str
    holds: bool
    detail: str


class Conformance:
    """Holds requests and replies to one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        # By operation id and query: most clients ask with few queries again and again.
        self.query_criterion = lru_cache(maxsize=256)(self._query_criterion)

    def is_acceptable(self, operation: Operation, request: WorldRequest) -> bool:
        """Whether nothing in the query and the body of a request to `operation` breaks the document."""
        criteria = [self.query_criterion(operation.id, request.query)]
        return all(c.holds for c in criteria + self.body_criteria(operation, request))

    def body_criteria(self, operation: Operation, request: WorldRequest) -> list[Criterion]:
        """Media type and body."""
        if not request.body:
            detail = "none, the operation requires one" if operation.request_required else "none"
            return [Criterion("body", not operation.request_required, detail)]
        if operation.request_schema is None:
            # Nothing forbids a body here, and servers ignore it.
            return [Criterion("body", True, f"{len(request.body)} bytes, ignored")]
        media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
        criteria = [Criterion("content-type", media_type == JSON_TYPE, media_type or "none")]
        if len(request.body) > MAX_BODY_BYTES:
            return [*criteria, Criterion("body", False, f"over {MAX_BODY_BYTES} bytes")]
        try:
            value = decoded(request.body, max_depth=MAX_DEPTH)
        except MalformedJson as error:
            return [*criteria, Criterion("body", False, str(error))]
        flaws = self.document.request_violations(operation.id, value)
        shown = "; ".join(str(flaw) for flaw in flaws[:3]) or "fits the schema"
        return [*criteria, Criterion("body", not flaws, shown)]

    def check_reply(self, operation: Operation | None, reply: Reply) -> None:
        """Raise FakeViolation where a reply of the fake itself breaks the document."""
        if operation is None or reply.head_only or reply.status == 204:
            return
        declared = reply.status in operation.successes or 400 <= reply.status < 500
        media_type = next((value for name, value in reply.headers if name == "content-type"), None)
        if not declared or media_type != JSON_TYPE:
            raise FakeViolation(f"the fake answers {operation.id} with {reply.status} {media_type}")
        try:
            body: Json = msgspec.json.decode(reply.body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise FakeViolation(f"the fake's answer to {operation.id}: {error}") from None
        flaws = self.document.response_violations(operation.id, reply.status, body, closed=True)
        if flaws:
            raise FakeViolation(f"the fake's {reply.status} to {operation.id}: {'; '.join(map(str, flaws))}")

    def _query_criterion(self, operation_id: str, query: str) -> Criterion:
        """Whether each query parameter is declared, given once, and fits its schema."""
        operation, flaws = self.document.operation(operation_id), []
        declared = {p.name: p for p in operation.parameters if p.location == "query"}
        pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
        for place, (name, value) in enumerate(pairs):
            if name not in declared:
                known = ", ".join(declared) or "none"
                flaws.append(f"{name!r} is not declared (it has: {known})")
            elif any(earlier == name for earlier, _ in pairs[:place]):
                flaws.append(f"{name!r} is given twice")
            elif not _fits(declared[name], value):
                flaws.append(f"{name}={value!r} does not fit {declared[name].schema}")
        flaws += [
            f"{name!r} is required"
            for name, parameter in declared.items()
            if parameter.required and all(given != name for given, _ in pairs)
        ]
        return Criterion("query", not flaws, "; ".join(flaws) or query or "none")


def _fits(parameter: Parameter, text: str) -> bool:
    schema: dict[str, Any] = parameter.schema
    match schema.get("type"):
        case "boolean":
            return text in {"true", "false"}
        case "integer":
            if not re.fullmatch(r"-?(0|[1-9][0-9]{0,18})", text):
                return False
            number = int(text)
            return bool(schema.get("minimum", number) <= number <= schema.get("maximum", number))
        case _:
            return len(text) >= int(schema.get("minLength", 0))


def diagnosis(request: WorldRequest, origin: Criterion, *, reason: str, conformance: Conformance) -> str:
    """The report on a request that is outside the document, several lines long."""
    operation = max(conformance.document.operations, key=lambda candidate: _likeness(candidate, request))
    criteria = [
        origin,
        _method_criterion(operation, request),
        _path_criterion(operation, request),
        conformance.query_criterion(operation.id, request.query),
        *conformance.body_criteria(operation, request),
    ]
    query = f"?{request.query}" if request.query else ""
    lines = [
        f"{request.method} {request.path}{query}: {reason}",
        f"nearest: {operation.id}, {operation.method} {operation.path}",
    ]
    lines += [f"  {'✓' if c.holds else '✗'} {c.name:<12} {c.detail}" for c in criteria]
    return "\n".join([*lines, *_body_diff(operation, request)])


def _likeness(operation: Operation, request: WorldRequest) -> tuple[float, bool]:
    """The path counts most: a wrong method on the right path is nearer than the method on another path."""
    asked = request.path.split("/")
    wanted = operation.path.split("/")
    filled = [_filled(part, segment) for part, segment in zip(wanted, asked, strict=False)]
    likeness = SequenceMatcher(None, "/".join([*filled, *wanted[len(asked) :]]), request.path).ratio()
    return likeness, operation.method == request.method


def _filled(part: str, segment: str) -> str:
    return segment if part.startswith("{") else part


def _method_criterion(operation: Operation, request: WorldRequest) -> Criterion:
    same = operation.method == request.method
    detail = request.method if same else f"{request.method}, the operation has {operation.method}"
    return Criterion("method", same, detail)


def _path_criterion(operation: Operation, request: WorldRequest) -> Criterion:
    wanted, asked = operation.path.split("/"), request.path.split("/")
    flaws = [
        f"{segment!r} stands where {part!r} belongs"
        for part, segment in zip(wanted, asked, strict=False)
        if _filled(part, segment) != segment
    ]
    if len(wanted) != len(asked):
        flaws.append(f"{len(asked) - 1} segments, the operation has {len(wanted) - 1}")
    return Criterion("path", not flaws, "; ".join(flaws) or request.path)


def _body_diff(operation: Operation, request: WorldRequest) -> list[str]:
    if operation.request_schema is None or not request.body:
        return []
    try:
        sent = decoded(request.body, max_depth=MAX_DEPTH)
    except MalformedJson:
        return []
    return [f"    {line}" for line in json_diff(_repaired(operation.request_schema, sent), sent)]


def _repaired(schema: Json, value: Json) -> Json:
    """The value of the schema that is nearest to `value`."""
    match schema.get("type"):
        case "object":
            return _repaired_object(schema, value if isinstance(value, dict) else {})
        case "array":
            items = value if isinstance(value, list) else []
            return [_repaired(schema.get("items", {}), item) for item in items]
        case "string":
            return value if isinstance(value, str) else _text(value)
        case _:
            return value


def _repaired_object(schema: Json, value: dict[str, Any]) -> Json:
    members = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    repaired = {name: _repaired(sub, value.get(name)) for name, sub in members.items() if name in value}
    missing = [name for name in schema.get("required", ()) if name not in value]
    repaired |= {name: _repaired(members.get(name, {}), None) for name in missing}
    for name, member in value.items():
        if name not in repaired and others is not False:
            repaired[name] = _repaired(others, member) if isinstance(others, dict) else member
    return repaired


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""
