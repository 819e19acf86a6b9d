"""OpenAPI documents as values: operations, schemas, validation (open and closed).

Everything else is derived from a document or judged by it; this package depends on nothing but `errors`.
"""

from flowgauge.openapi.document import Document, PathMatch
from flowgauge.openapi.examples import request_body, request_examples
from flowgauge.openapi.fetching import is_url
from flowgauge.openapi.operations import (
    ADDITION,
    Json,
    Operation,
    Parameter,
    ResponseSpec,
)
from flowgauge.openapi.validation import Violation

__all__ = [
    "ADDITION",
    "Document",
    "Json",
    "Operation",
    "Parameter",
    "PathMatch",
    "ResponseSpec",
    "Violation",
    "is_url",
    "request_body",
    "request_examples",
]
