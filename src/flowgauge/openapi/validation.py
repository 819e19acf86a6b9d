"""Compiled validators: one per operation, direction, status, and openness.

A *closed* validator also refuses members that the document does not declare: the document itself
stays open (a client must tolerate additions), but a server that sends more than it promised is
worth a finding.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import jsonschema_rs

from flowgauge.errors import HarnessError
from flowgauge.openapi.document import Json
from flowgauge.openapi.operations import operation

__all__ = ["Violation", "request_violations", "response_violations"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a value breaks its schema. `pointer` is a JSON pointer into the value."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.pointer or '(root)'}: {self.message}"


def request_violations(operation_id: str, body: Json) -> tuple[Violation, ...]:
    """How `body` breaks the operation's request schema; empty where it does not."""
    return _violations(_request_validator(operation_id), body)


def response_violations(
    operation_id: str, status: int, body: Json, *, closed: bool = False
) -> tuple[Violation, ...]:
    """How `body` breaks the schema that the operation declares for `status`.

    A status that is not declared is judged by the `default` response.
    """
    declared = status if status in operation(operation_id).response_schemas else 0
    return _violations(_response_validator(operation_id, declared, closed), body)


def _violations(validator: jsonschema_rs.Draft202012Validator, body: Json) -> tuple[Violation, ...]:
    # is_valid is several times cheaper than an empty iter_errors, and nearly every value is valid.
    if validator.is_valid(body):
        return ()
    return tuple(
        Violation(_pointer(error.instance_path), error.message) for error in validator.iter_errors(body)
    )


def _pointer(path: Iterable[str | int]) -> str:
    """RFC 6901: in a member's name, `~` and `/` are escaped."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _compiled(schema: Json) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@cache
def _request_validator(operation_id: str) -> jsonschema_rs.Draft202012Validator:
    return _compiled(operation(operation_id).request_schema)


@cache
def _response_validator(operation_id: str, status: int, closed: bool) -> jsonschema_rs.Draft202012Validator:
    schema = operation(operation_id).response_schemas[status]
    return _compiled(_closed(schema) if closed else schema)


def _closed(schema: Json) -> Json:
    """`schema` with every object that declares members closed to undeclared ones."""
    if not isinstance(schema, dict):
        return schema
    closed = _folded(schema) if "allOf" in schema else dict(schema)
    if "properties" in closed:
        closed["properties"] = {name: _closed(sub) for name, sub in closed["properties"].items()}
        closed.setdefault("additionalProperties", False)
    if isinstance(closed.get("items"), dict):
        closed["items"] = _closed(closed["items"])
    return closed


def _folded(schema: Json) -> Json:
    """`schema` with the objects of its `allOf` made one.

    `unevaluatedProperties` beside `allOf` would close it too, but says of every member of a branch that is
    wrong elsewhere that it was unexpected.
    """
    folded = {name: value for name, value in schema.items() if name != "allOf"}
    for branch in schema["allOf"]:
        shared = folded.get("properties", {}).keys() & branch.get("properties", {}).keys()
        if shared or branch.keys() - {"type", "properties", "required", "description", "examples"}:
            raise HarnessError("an allOf of the document is more than objects side by side")
        folded["type"] = "object"
        folded["properties"] = folded.get("properties", {}) | branch.get("properties", {})
        folded["required"] = [*folded.get("required", []), *branch.get("required", [])]
    return folded
