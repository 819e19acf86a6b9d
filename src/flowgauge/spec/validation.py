"""Compiled validators: one per operation, direction, status, and openness.

A *closed* validator also refuses members that the document does not declare: the document itself
stays open (a client must tolerate additions), but a server that sends more than it promised is
worth a finding.
"""

from dataclasses import dataclass
from functools import cache

import jsonschema_rs

from flowgauge.spec.document import Json
from flowgauge.spec.operations import operation

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
        Violation("".join(f"/{part}" for part in error.instance_path), error.message)
        for error in validator.iter_errors(body)
    )


def _compiled(schema: Json) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@cache
def _request_validator(operation_id: str) -> jsonschema_rs.Draft202012Validator:
    return _compiled(operation(operation_id).request_schema)


@cache
def _response_validator(operation_id: str, status: int, closed: bool) -> jsonschema_rs.Draft202012Validator:
    schema = operation(operation_id).response_schemas[status]
    return _compiled(_closed(schema) if closed else schema)


def _closed(schema: Json, *, is_branch: bool = False) -> Json:
    """`schema` with every object that declares members closed to undeclared ones.

    A branch of `allOf` stays open itself: its siblings declare members of the same object, so the
    object is closed where the branches meet (`unevaluatedProperties`).
    """
    if not isinstance(schema, dict):
        return schema
    closed = dict(schema)
    if "properties" in schema:
        closed["properties"] = {name: _closed(sub) for name, sub in schema["properties"].items()}
    if isinstance(schema.get("items"), dict):
        closed["items"] = _closed(schema["items"])
    if "allOf" in schema:
        closed["allOf"] = [_closed(branch, is_branch=True) for branch in schema["allOf"]]
    declares = "properties" in schema or "allOf" in schema
    if declares and not is_branch and "additionalProperties" not in schema:
        closed["unevaluatedProperties"] = False
    return closed
