"""Which requests would call, or might call, an operation that is to be left alone."""

import re
from collections.abc import Collection

from flowgauge.edition import Edition
from flowgauge.openapi import Operation
from flowgauge.results import Request

__all__ = ["Forbidden"]

_BRACED = re.compile(r"\{[^{}]+\}")
# Past the request line, the method that some frameworks take.
_OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})
_READING = frozenset({"HEAD", "OPTIONS"})


class Forbidden:
    """The operations of an edition that nothing is sent to, however its path and method are spelled."""

    def __init__(self, edition: Edition, names: Collection[str]) -> None:
        self._edition = edition
        self._operations = [edition.operation(name) for name in names]
        self._near = [(_near(op), op) for op in self._operations]

    def __contains__(self, request: Request) -> bool:
        if not self._operations:
            return False
        match = self._edition.document.matched(request.path)
        operation = match.operations.get(request.method) if match is not None else None
        if operation in self._operations:
            return True
        overrides = "_method=" in request.target or any(
            name.lower() in _OVERRIDES for name, _ in request.headers
        )
        if operation is not None and not overrides:
            return False
        # Whoever does not look at the letters, or at an empty segment, may take it for the operation.
        near = (op for pattern, op in self._near if pattern.fullmatch(request.path))
        return any(
            overrides or (op.method == request.method and request.method not in _READING) for op in near
        )


def _near(op: Operation) -> re.Pattern[str]:
    segments = [
        "[^/]*" if _BRACED.fullmatch(part) else re.escape(_BRACED.sub("x", part))
        for part in op.path.strip("/").split("/")
    ]
    return re.compile(r"/*" + "(?:/|%2F)+".join(segments) + r"(?:(?:/|%2F).*)?", re.IGNORECASE | re.DOTALL)
