"""Small OpenAPI documents for tests: one operation, with what a test is about in it."""

from typing import Any

from flowgauge.openapi import Document

NAMED = "#/components/schemas/"


def root(
    schema: Any = True,
    *,
    version: str = "3.1.0",
    schemas: dict[str, Any] | None = None,
    request: Any = None,
    **operation: Any,
) -> dict[str, Any]:
    """A document whose one operation, `read`, answers 200 with a schema; more members of it by keyword."""
    body = {"requestBody": {"content": {"application/json": {"schema": request}}}} if request else {}
    return {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/things": {
                "post": {
                    "operationId": "read",
                    "responses": {"200": {"content": {"application/json": {"schema": schema}}}},
                    **body,
                    **operation,
                }
            }
        },
        "components": {"schemas": schemas or {}},
    }


def document(schema: Any = True, **more: Any) -> Document:
    """The document of `root`."""
    return Document(root(schema, **more))


def ref(name: str) -> dict[str, str]:
    """A reference to a named schema."""
    return {"$ref": NAMED + name}


def found(of: Document, value: Any, *, closed: bool = True, side: str = "response") -> dict[str, str]:
    """The pointers of a value's violations, and of what they break."""
    violations = (
        of.request_violations("read", value, closed=closed)
        if side == "request"
        else of.response_violations("read", 200, value, closed=closed)
    )
    return {violation.pointer: violation.schema_pointer for violation in violations}
