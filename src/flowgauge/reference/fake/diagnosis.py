"""Why a request fits no operation: the nearest one, a tick or a cross for each criterion, a JSON diff."""

from difflib import SequenceMatcher
from typing import Any

from flowgauge.json_diff import json_diff
from flowgauge.openapi import Json, Operation
from flowgauge.reference.fake.conformance import Conformance, Criterion
from flowgauge.reference.world.inputs import MAX_DEPTH
from flowgauge.reference.world.message import WorldRequest
from flowgauge.reference.world.wire import MalformedJson, decoded

__all__ = ["diagnosis"]


def diagnosis(request: WorldRequest, origin: Criterion, *, reason: str, conformance: Conformance) -> str:
    """The report on a request that is outside the document, several lines long."""
    operation = max(conformance.document.operations, key=lambda candidate: _likeness(candidate, request))
    criteria = [
        origin,
        Criterion("method", operation.method == request.method, _method_detail(operation, request)),
        _path_criterion(operation, request),
        conformance.query_criterion(operation, request),
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
    parts = [
        _segment_likeness(expected, segment)
        for expected, segment in zip(operation.path.split("/"), request.path.split("/"), strict=False)
    ]
    missing = abs(operation.path.count("/") - request.path.count("/"))
    # The path counts most: a wrong method on the right path is nearer than the method on another path.
    return sum(parts) / (len(parts) + missing) - 0.05 * missing, operation.method == request.method


def _segment_likeness(expected: str, segment: str) -> float:
    if expected.startswith("{"):
        return 0.9
    return SequenceMatcher(None, expected, segment).ratio() if expected != segment else 1.0


def _method_detail(operation: Operation, request: WorldRequest) -> str:
    same = operation.method == request.method
    return request.method if same else f"{request.method}, the operation has {operation.method}"


def _path_criterion(operation: Operation, request: WorldRequest) -> Criterion:
    expected, actual = operation.path.split("/"), request.path.split("/")
    flaws = [
        f"{segment!r} stands where {wanted!r} belongs"
        for wanted, segment in zip(expected, actual, strict=False)
        if not wanted.startswith("{") and wanted != segment
    ]
    if len(expected) != len(actual):
        flaws.append(f"{len(actual) - 1} segments, the operation has {len(expected) - 1}")
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
