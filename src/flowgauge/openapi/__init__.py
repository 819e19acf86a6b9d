"""OpenAPI documents as values: operations, schemas, validation (open and closed).

Everything else is derived from a document or judged by it; this package depends on nothing but `errors`.
"""

from flowgauge.openapi.document import Document, PathMatch
from flowgauge.openapi.operations import (
    ADDITION,
    DEFAULT,
    Json,
    Link,
    Operation,
    Parameter,
    ResponseSpec,
    SecurityRequirement,
    SecurityScheme,
)
from flowgauge.openapi.validation import Violation

__all__ = [
    "ADDITION",
    "DEFAULT",
    "Document",
    "Json",
    "Link",
    "Operation",
    "Parameter",
    "PathMatch",
    "ResponseSpec",
    "SecurityRequirement",
    "SecurityScheme",
    "Violation",
]
