"""The table of operations: what there is to call, read from a document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from flowgauge.errors import UsageError

__all__ = [
    "ADDITION",
    "BRACED",
    "DEFAULT",
    "Json",
    "Link",
    "Operation",
    "Parameter",
    "ResponseSpec",
]

# JSON is recursive and mypy has no way to narrow it usefully; the name says what is meant.
Json = Any

ADDITION = "x-flowgauge-addition"
DEFAULT = "default"
BRACED = re.compile(r"\{([^{}/]+)\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation.

    `schema` has its references replaced where that ends; it stands at `schema_pointer`, if anywhere.
    `media_type` is that of a parameter whose value is written in one (`content` in the document), else None.
    """

    name: str
    location: Literal["path", "query", "header", "cookie"]
    required: bool
    schema: Json
    is_addition: bool
    media_type: str | None = None
    schema_pointer: str | None = None


@dataclass(frozen=True, slots=True)
class ResponseSpec:
    """One declared response. `key` is as the document has it: "200", "4XX" or "default".

    `schema` is None for one without JSON content (a 204, say), or whose content has no schema.
    `media_types` are those declared, empty for a response without content. `pointer` is where the
    response stands in the document (RFC 6901), `schema_pointer` where its schema does.
    """

    key: str
    schema: Json | None
    media_types: tuple[str, ...]
    pointer: str
    is_addition: bool
    schema_pointer: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Which operation may follow a response (its key), and where its parameters' values come from."""

    name: str
    response: str
    operation_id: str
    parameters: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table.

    `id` is made from method and path where the document gives none. `path` is the template, with `{name}`
    for each path parameter. `request_schema` is None where the operation takes no JSON body.
    `is_secured` says whether a request needs a credential.
    """

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    request_schema: Json | None
    request_required: bool
    responses: Mapping[str, ResponseSpec]
    is_secured: bool
    pointer: str
    links: tuple[Link, ...] = ()
    request_media_types: tuple[str, ...] = ()
    request_pointer: str | None = None
    path_parameters: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "path_parameters", tuple(BRACED.findall(self.path)))

    @property
    def successes(self) -> tuple[int, ...]:
        """The declared statuses from 200 to 299, in the order of the document; 200 for a bare `2XX`."""
        named = tuple(int(key) for key in self.responses if key.isdigit() and key.startswith("2"))
        return named or ((200,) if "2XX" in self.responses else ())

    @property
    def success(self) -> int:
        """The first of `successes`: what an ordinary request is answered with.

        Raises UsageError where the document declares none: it is not ours to guess.
        """
        if not self.successes:
            raise UsageError(
                f"{self.pointer}/responses: {self.id} declares no success",
                hint="declare the status of an ordinary answer, from 200 to 299",
            )
        return self.successes[0]

    @property
    def possible_successes(self) -> frozenset[int]:
        """The statuses with which it may succeed: any, where the document leaves open with which."""
        if "2XX" in self.responses or not self.successes:
            return frozenset(range(200, 300))
        return frozenset(self.successes)

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
