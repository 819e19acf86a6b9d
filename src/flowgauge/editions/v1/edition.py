"""The edition: its document, and the things of v2 under its own names."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from flowgauge.edition import Edition, Resource
from flowgauge.editions.v2 import edition as v2
from flowgauge.openapi import Document

__all__ = ["DOCUMENT_PATH", "edition", "name_here"]

DOCUMENT_PATH = Path(__file__).with_name("openapi.yaml")
_VERSIONED = re.compile(r"\bv2([A-Z])")


def name_here(text: str) -> str:
    """A text with operations of v2 by their names in this edition: v2GetInstance is getInstance."""
    return _VERSIONED.sub(lambda match: match[1].lower(), text)


@cache
def edition() -> Edition:
    """The edition; its document is read once."""
    document, newer = Document.read(DOCUMENT_PATH), v2.edition()
    ours = {op.id for op in document.operations}
    aliases = {op.id: name_here(op.id) for op in newer.operations if name_here(op.id) in ours}
    return replace(
        newer,
        name="v1",
        document=document,
        resources=tuple(_here(resource, aliases) for resource in newer.resources),
        greeting="getServerInfo",
        stateful=frozenset(map(name_here, newer.stateful)),
        aliases=aliases,
    )


def _here(resource: Resource, aliases: dict[str, str]) -> Resource:
    """A list is whole, and stands where a thing would."""
    return replace(
        resource,
        ids={aliases[op]: parameter for op, parameter in resource.ids.items() if op in aliases},
        create=aliases.get(resource.create or ""),
        read=aliases.get(resource.read or ""),
        list=aliases.get(resource.list or ""),
        delete=aliases.get(resource.delete or ""),
        items=("data",),
        pages=None,
    )
