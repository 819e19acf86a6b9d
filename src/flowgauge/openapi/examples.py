"""The bodies that a document shows as examples of what an operation takes."""

from collections.abc import Iterator, Mapping
from typing import Any

from flowgauge.openapi.document import Document
from flowgauge.openapi.operations import Json, Operation

__all__ = ["request_body", "request_examples"]


def request_body(document: Document, op: Operation) -> Mapping[str, Any]:
    """What the document says of an operation's body, its references followed; nothing where it has none."""
    node: Json = document.resolved(f"#{op.pointer}").get("requestBody", {})
    return _followed(document, node)


def request_examples(document: Document, op: Operation) -> Iterator[Json]:
    """The examples of the body, then those of its schema. Whether they are legal, nobody has asked."""
    for content in request_body(document, op).get("content", {}).values():
        shown = (_followed(document, each) for each in content.get("examples", {}).values())
        yield from (each["value"] for each in shown if "value" in each)
        yield from (content["example"],) if "example" in content else ()
    if isinstance(op.request_schema, dict):
        yield from op.request_schema.get("examples", ())
        yield from (op.request_schema["example"],) if "example" in op.request_schema else ()


def _followed(document: Document, node: Json) -> Mapping[str, Any]:
    while isinstance(node, dict) and "$ref" in node:
        node = document.resolved(node["$ref"])
    return node if isinstance(node, dict) else {}
