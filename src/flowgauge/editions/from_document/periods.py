"""When something began and when it was over, by the names that such times have.

They are those of what has happened (`startedAt`, `completedAt`): what somebody plans has other names, and
what a client sends is no time of the server's.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from flowgauge.contract.schema_values import type_of
from flowgauge.editions.from_document.schemas import folded, plainly, type_at
from flowgauge.openapi import Document, Json

__all__ = ["periods_in"]

Place = tuple[str, ...]
_DEEPEST = 4
_BEGUN = ("started", "begun", "began")
_OVER = ("terminated", "ended", "finished", "completed", "stopped")
_OF_TIME = ("at", "on", "time", "")


def periods_in(document: Document, view: Json, sent: Json) -> dict[str, str]:
    """JSON pointers to each end in a view, and to its beginning; `*` is each item of a list.

    `sent` is the schema of what makes the thing: times that stand there are the client's own.
    """
    own = {name for _, plain in _objects(document, sent) for name in plain.get("properties", {})}
    found: dict[str, str] = {}
    for place, plain in _objects(document, view):
        names = {
            folded(name): name
            for name in plain.get("properties", {})
            if name not in own and type_at(document, plain, name) == "time"
        }
        begun = _called(names, _BEGUN)
        above = "".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in place)
        for word in _OVER:
            over = _called(names, (word,))
            if begun is not None and over is not None:
                found[f"{above}/{over}"] = f"{above}/{begun}"
    return found


def _called(names: Mapping[str, str], words: tuple[str, ...]) -> str | None:
    spelled = (f"{word}{ending}" for word in words for ending in _OF_TIME)
    return next((names[name] for name in spelled if name in names), None)


def _objects(document: Document, schema: Json) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Every object in a value of the schema, those in lists too."""
    level: list[tuple[Place, Json]] = [((), schema)]
    for _ in range(_DEEPEST + 1):
        below: list[tuple[Place, Json]] = []
        for place, each in level:
            here = plainly(document, each)
            if type_of(here) == "array":
                below.append(((*place, "*"), here.get("items")))
            elif type_of(here) == "object":
                yield place, here
                below += [((*place, name), inner) for name, inner in here.get("properties", {}).items()]
        level = below
