"""From a request that A was sent to the one that asks B the same."""

import os.path
import re
from collections.abc import Mapping
from dataclasses import replace

from flowgauge.contract.judging.reading import Asked
from flowgauge.correspondence import Correspondence
from flowgauge.edition import Edition
from flowgauge.openapi import Operation
from flowgauge.results import Request

__all__ = ["Translation"]

_PARAMETER = re.compile(r"\{[^}]*\}")


class Translation:
    """Of two editions: which operation of B means what one of A does, and how its requests are written.

    Two operations mean the same where method and path are the same, but for what all paths of an edition
    begin with and for the names of parameters.
    """

    def __init__(self, a: Edition, b: Edition) -> None:
        self.pairs = Correspondence(_made_up(a) | _made_up(b))
        self.is_same = a is b or a.document is b.document
        self._from, self._to = _prefix(a), _prefix(b)
        known = {_meaning(op, self._to): op for op in b.operations}
        self.operations: Mapping[str, Operation] = {
            op.id: known[meaning] for op in a.operations if (meaning := _meaning(op, self._from)) in known
        }

    def translated(self, asked: Asked) -> Request | None:
        """The request for B; None where B has no such operation, or not all that is in the query."""
        request = asked.request
        target, body = request.target, request.body
        if not self.is_same:
            theirs = self.operations.get(asked.operation.id) if asked.operation is not None else None
            if theirs is None or not target.startswith(self._from):
                return None
            if not set(asked.parameters) <= {p.name for p in theirs.parameters if p.location == "query"}:
                return None
            target = self._to + target.removeprefix(self._from)
        if body:
            body = self.pairs.translated(body.decode("latin-1")).encode("latin-1")
        return replace(request, target=self.pairs.translated(target), body=body)


def _made_up(edition: Edition) -> frozenset[str]:
    """The members whose values each server makes up for itself."""
    pages = [resource.pages for resource in edition.resources if resource.pages is not None]
    return frozenset(name for page in pages for name in (page.next, page.previous) if name)


def _prefix(edition: Edition) -> str:
    """What all paths begin with."""
    return os.path.commonpath([op.path for op in edition.operations]) if edition.operations else ""


def _meaning(operation: Operation, prefix: str) -> tuple[str, str]:
    return operation.method, _PARAMETER.sub("{}", operation.path.removeprefix(prefix))
