"""The document of one edition as module-level functions; goes when no room asks for them any more."""

from functools import cache
from pathlib import Path
from typing import Any

from flowgauge.openapi.document import Document
from flowgauge.openapi.operations import Json, Operation
from flowgauge.openapi.validation import Violation

__all__ = [
    "DOCUMENT_PATH",
    "document",
    "inlined",
    "operation",
    "operations",
    "pointer_line",
    "request_violations",
    "response_violations",
    "token_path",
]

DOCUMENT_PATH = Path(__file__).parents[1] / "editions" / "v0" / "openapi.yaml"


@cache
def _document() -> Document:
    return Document.read(DOCUMENT_PATH)


def document() -> Any:
    """The parsed document."""
    return _document().root


def inlined(node: Json) -> Json:
    """Without references."""
    return _document().inlined(node)


def operation(operation_id: str) -> Operation:
    """The operation of that id."""
    return _document().operation(operation_id)


def operations() -> tuple[Operation, ...]:
    """Every operation."""
    return _document().operations


def pointer_line(*parts: str) -> int:
    """A line of the document."""
    return _document().line_of(*parts)


def request_violations(operation_id: str, body: Json) -> tuple[Violation, ...]:
    """How a body breaks its schema."""
    return _document().request_violations(operation_id, body)


def response_violations(
    operation_id: str, status: int, body: Json, *, closed: bool = False
) -> tuple[Violation, ...]:
    """How a body breaks its schema."""
    return _document().response_violations(operation_id, status, body, closed=closed)


def token_path() -> str:
    """The token endpoint."""
    return _document().token_path or ""
