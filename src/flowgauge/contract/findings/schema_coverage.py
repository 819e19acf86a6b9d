"""How much of the document the requests and answers touched, by tracecov.

A floor, not a headline: a clean server and one with twenty faults cover the same.
"""

from copy import deepcopy
from typing import Any

import tracecov

from flowgauge.openapi import Document
from flowgauge.results import Exchange

__all__ = ["SchemaCoverage"]

BASE_URL = "http://target.invalid"
DECLARABLE = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH"})

_LARGE = 1 << 18


class SchemaCoverage:
    """Counts exchanges against the document."""

    def __init__(self, document: Document) -> None:
        self._large: set[tuple[str, int]] = set()
        self._map: Any = tracecov.CoverageMap.from_dict(deepcopy(dict(document.root)))

    def count(self, exchange: Exchange) -> None:
        """Count one exchange."""
        request, response = exchange.request, exchange.response
        # tracecov refuses methods that OpenAPI has no word for.
        if response is None or request.method not in DECLARABLE:
            return
        if len(response.body) > _LARGE:
            # Costly, and the next one of its kind covers what this one does.
            kind = request.target.partition("?")[0], response.status
            if kind in self._large:
                return
            self._large.add(kind)
        self._map.record(
            tracecov.HttpRequest(
                request.method, BASE_URL + request.target, request.body, dict(request.headers)
            ),
            tracecov.HttpResponse(response.status, exchange.elapsed, response.body, dict(response.headers)),
        )

    def counts(self) -> bytes:
        """Everything that was counted, for `merge` in another process."""
        return bytes(self._map.export_counts())

    def merge(self, counts: bytes) -> None:
        """Count what was counted elsewhere."""
        self._map.merge_counts(counts)

    def shares(self) -> dict[str, float]:
        """The covered share (0..1) of operations, parameters, keywords, examples and responses."""
        summary = self._map.build_json_report()["summary"]
        # A document without parameters, or without examples, has no share of them.
        shares = {name: row.get("percent") for name, row in summary.items()}
        return {name: percent / 100 for name, percent in shares.items() if percent is not None}
