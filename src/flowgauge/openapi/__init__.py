"""The OpenAPI document, the table of its operations, and validation against its schemas.

Everything else is derived from this package or judged by it; it depends on nothing but `errors`.
"""

from flowgauge.openapi.document import DOCUMENT_PATH, Json, document, inlined, pointer_line
from flowgauge.openapi.operations import (
    ADDITION,
    Operation,
    Parameter,
    operation,
    operations,
    token_path,
)
from flowgauge.openapi.validation import Violation, request_violations, response_violations

__all__ = [
    "ADDITION",
    "DOCUMENT_PATH",
    "Json",
    "Operation",
    "Parameter",
    "Violation",
    "document",
    "inlined",
    "operation",
    "operations",
    "pointer_line",
    "request_violations",
    "response_violations",
    "token_path",
]
