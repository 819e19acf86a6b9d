"""The table of operations: what there is to call, read from a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

__all__ = ["ADDITION", "DEFAULT", "Json", "Operation", "Parameter", "ResponseSpec"]

# JSON is recursive and mypy has no way to narrow it usefully; the name says what is meant.
Json = Any

ADDITION = "x-flowgauge-addition"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. `schema` has its references replaced where that ends."""

    name: str
    location: Literal["path", "query", "header", "cookie"]
    required: bool
    schema: Json
    is_addition: bool


@dataclass(frozen=True, slots=True)
class ResponseSpec:
    """One declared response. `key` is as the document has it: "200", "4XX" or "default".

    `schema` is None for one without JSON content (a 204, say), or whose content has no schema.
    `media_types` are those declared, empty for a response without content. `pointer` is where the
    response stands in the document (RFC 6901).
    """

    key: str
    schema: Json | None
    media_types: tuple[str, ...]
    pointer: str
    is_addition: bool

    def covers(self, status: int) -> bool:
        """Whether a status is declared here; `default` covers all."""
        return self.key == DEFAULT or self.key in {str(status), f"{status // 100}XX"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table.

    `path` is the template, with `{name}` for each path parameter. `request_schema` is None where the
    operation takes no JSON body. `is_secured` says whether a request needs a credential.
    """

    id: str
    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    request_schema: Json | None
    request_required: bool
    responses: Mapping[str, ResponseSpec]
    is_secured: bool
    pointer: str

    @property
    def successes(self) -> tuple[int, ...]:
        """The declared statuses from 200 to 299, in the order of the document; 200 for a bare `2XX`."""
        named = tuple(int(key) for key in self.responses if key.isdigit() and key.startswith("2"))
        return named or ((200,) if "2XX" in self.responses else ())

    @property
    def success(self) -> int:
        """The first of `successes`: what an ordinary request is answered with."""
        return self.successes[0]

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """Names of the path parameters, in the order of the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def query_parameters(self) -> tuple[str, ...]:
        """Names of the query parameters, in the order of the document."""
        return tuple(p.name for p in self.parameters if p.location == "query")

    def response(self, status: int) -> ResponseSpec | None:
        """What is declared for a status: by itself, by its range, by `default`; None where nothing is."""
        for key in (str(status), f"{status // 100}XX", DEFAULT):
            if key in self.responses:
                return self.responses[key]
        return None

    def url_path(self, ids: Mapping[str, str]) -> str:
        """The path with its parameters filled in, each percent-encoded as one segment."""
        path = self.path
        for name in self.path_parameters:
            path = path.replace("{" + name + "}", quote(ids[name], safe=""))
        return path
