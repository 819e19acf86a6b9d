"""The seven operations that the client calls: id, method, path and query parameters.

The client is the client of one API, so it may name its operations. The table is written out, because
parsing the document would double the time an import takes; a test compares it with the document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from string import Formatter
from urllib.parse import quote

__all__ = ["OPERATIONS", "TOKEN_PATH", "CallTemplate"]

# Where the server sells bearer tokens, relative to its root, unless the connection names another place.
TOKEN_PATH = "/api/auth/oauth/token"  # noqa: S105 - a path
_FLOWS = "/api/orchestration/flows"


@dataclass(frozen=True)
class CallTemplate:
    """Method and path template of an operation, and its query parameters with their JSON types."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def path_parameters(self) -> frozenset[str]:
        """The names in the path."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.path) if name)

    def url_path(self, values: Mapping[str, str]) -> str:
        """The path with its parameters filled in, each percent-encoded as one segment."""
        return self.path.format_map({name: quote(value, safe="") for name, value in values.items()})


OPERATIONS: Mapping[str, CallTemplate] = {
    "orchestrationgetServerInfo": CallTemplate("GET", "/api/orchestration/_info"),
    "listFlows": CallTemplate("GET", _FLOWS),
    "createWorkflow": CallTemplate("POST", _FLOWS),
    "getFlow": CallTemplate("GET", f"{_FLOWS}/{{flowId}}"),
    "listRuns": CallTemplate("GET", f"{_FLOWS}/{{flowId}}/runs", {"pageSize": "integer", "cursor": "string"}),
    "runWorkflow": CallTemplate("POST", f"{_FLOWS}/{{flowId}}/runs", {"wait": "boolean"}),
    "getWorkflowOccurrence": CallTemplate("GET", f"{_FLOWS}/{{flowId}}/runs/{{runId}}"),
}
