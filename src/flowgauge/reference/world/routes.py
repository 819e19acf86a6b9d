"""Which operation a raw path means. Ids are decoded only after the path was split."""

from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from flowgauge.openapi import Operation
from flowgauge.openapi.v0_shim import operations

__all__ = ["Route", "route"]


@dataclass(frozen=True, slots=True)
class Route:
    """A path of the document: its operations by method, and the ids found in the path."""

    operations: dict[str, Operation]
    ids: dict[str, str]

    @property
    def allow(self) -> str:
        """The value of an Allow header."""
        methods = {*self.operations, "OPTIONS"} | ({"HEAD"} if "GET" in self.operations else set())
        return ", ".join(sorted(methods))


def route(path: str) -> Route | None:
    """The route of a percent-encoded path, or None.

    An empty segment where an id belongs is the empty id: it is legal to ask for, and unknown.
    """
    segments = path.split("/")
    for template, by_method in _templates().get(len(segments), ()):
        ids = {}
        for expected, segment in zip(template, segments, strict=True):
            if expected.startswith("{"):
                ids[expected[1:-1]] = _decoded(segment)
            elif expected != segment:
                break
        else:
            return Route(by_method, ids)
    return None


def _decoded(segment: str) -> str:
    # Bytes that are no UTF-8 become lone surrogates, which no stored id has: an unknown id, not an error.
    return unquote(segment, errors="surrogateescape") if "%" in segment else segment


@cache
def _templates() -> dict[int, list[tuple[tuple[str, ...], dict[str, Operation]]]]:
    by_path: dict[str, dict[str, Operation]] = {}
    for op in operations():
        by_path.setdefault(op.path, {})[op.method] = op
    table: dict[int, list[tuple[tuple[str, ...], dict[str, Operation]]]] = {}
    for path, by_method in by_path.items():
        template = tuple(path.split("/"))
        table.setdefault(len(template), []).append((template, by_method))
    return table
