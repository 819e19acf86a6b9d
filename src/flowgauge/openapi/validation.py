"""Compiled validators: one per operation, direction, status, and openness.

A *closed* validator also refuses members that the document does not declare: the document itself
stays open (a client must tolerate additions), but a server that sends more than it promised is
worth a finding.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jsonschema_rs

from flowgauge.errors import HarnessError
from flowgauge.openapi.operations import Json, Operation

if TYPE_CHECKING:
    from flowgauge.openapi.document import Document

__all__ = ["Validators", "Violation"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a value breaks its schema. `pointer` is a JSON pointer into the value.

    `schema_pointer` is one into the schema, and ends in the keyword that was broken.
    """

    pointer: str
    message: str
    schema_pointer: str = ""

    def __str__(self) -> str:
        return f"{self.pointer or '(root)'}: {self.message}"


class Validators:
    """The validators of one document, compiled when they are first asked."""

    def __init__(self, document: "Document") -> None:
        self._document = document
        self._compiled: dict[tuple[str, str, bool], jsonschema_rs.Draft202012Validator | None] = {}

    def request(self, operation: Operation, body: Json, *, closed: bool) -> tuple[Violation, ...]:
        """How a request's body breaks its schema."""
        return self._judged((operation.id, "", closed), operation.request_schema, body)

    def response(
        self, operation: Operation, status: int, body: Json, *, closed: bool
    ) -> tuple[Violation, ...]:
        """How a response's body breaks its schema."""
        declared = operation.response(status)
        if declared is None:
            return ()
        return self._judged((operation.id, declared.key, closed), declared.schema, body)

    def _judged(self, key: tuple[str, str, bool], schema: Json | None, body: Json) -> tuple[Violation, ...]:
        if key not in self._compiled:
            shape = _closed(schema) if key[2] else schema
            self._compiled[key] = (
                None if shape is None else jsonschema_rs.Draft202012Validator(shape, validate_formats=True)
            )
        validator = self._compiled[key]
        # is_valid is several times cheaper than an empty iter_errors, and nearly every value is valid.
        if validator is None or validator.is_valid(body):
            return ()
        return tuple(
            Violation(_pointer(error.instance_path), error.message, _pointer(error.schema_path))
            for error in validator.iter_errors(body)
        )


def _pointer(path: Iterable[str | int]) -> str:
    """RFC 6901: in a member's name, `~` and `/` are escaped."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


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
