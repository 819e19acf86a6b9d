"""The OpenAPI document as a value, and the few ways of reading it."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from flowgauge.errors import HarnessError

__all__ = ["DOCUMENT_PATH", "Json", "document", "inlined", "pointer_line"]

DOCUMENT_PATH = Path(__file__).with_name("orchestration.yaml")

# JSON is recursive and mypy has no way to narrow it usefully; the name says what is meant.
Json = Any


@cache
def document() -> dict[str, Json]:
    """The whole document, parsed. Shared: read it, never change it."""
    # libyaml's loader is ten times as fast, and not in every build of the package.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    parsed = yaml.load(DOCUMENT_PATH.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe
    if not isinstance(parsed, dict):
        raise HarnessError(f"{DOCUMENT_PATH.name} is not a mapping")
    return parsed


def inlined(node: Json, *, _seen: tuple[str, ...] = ()) -> Json:
    """`node` with every local `$ref` replaced by what it names.

    Raises HarnessError on a cycle or a dangling reference.
    """
    if isinstance(node, list):
        return [inlined(item, _seen=_seen) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        ref = node["$ref"]
        if ref in _seen:
            raise HarnessError(f"{ref} refers to itself")
        return inlined(_resolve(ref), _seen=(*_seen, ref))
    return {key: inlined(value, _seen=_seen) for key, value in node.items()}


def _resolve(ref: str) -> Json:
    node: Json = document()
    for part in ref.removeprefix("#/").split("/"):
        try:
            node = node[part.replace("~1", "/").replace("~0", "~")]
        except (KeyError, TypeError):
            raise HarnessError(f"{ref} names nothing in {DOCUMENT_PATH.name}") from None
    return node


@cache
def _root_node() -> yaml.Node:
    node = yaml.compose(DOCUMENT_PATH.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    if node is None:
        raise HarnessError(f"{DOCUMENT_PATH.name} is empty")
    return node


def pointer_line(*parts: str) -> int:
    """The line (from 1) of the document on which the member `parts` stands, or of its nearest parent."""
    node = _root_node()
    line = 1
    for part in parts:
        if not isinstance(node, yaml.MappingNode):
            break
        for key, value in node.value:
            if key.value == part:
                line, node = key.start_mark.line + 1, value
                break
        else:
            break
    return line
