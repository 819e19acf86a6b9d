"""The table of operations: what there is to call, read from the document."""

from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import quote

from flowgauge.errors import HarnessError
from flowgauge.openapi.document import Json, document, inlined

__all__ = ["ADDITION", "Operation", "Parameter", "operation", "operations", "token_path"]

ADDITION = "x-flowgauge-addition"
_METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One path or query parameter."""

    name: str
    location: Literal["path", "query"]
    required: bool
    schema: Json
    is_addition: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table.

    `path` is the template, with `{name}` for each path parameter. `request_schema` is None where the
    operation takes no body. `response_schemas` is keyed by status, with the document's `default` as 0.
    """

    id: str
    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    success: int
    request_schema: Json | None
    response_schemas: dict[int, Json]

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """Names of the path parameters, in the order of the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def query_parameters(self) -> tuple[str, ...]:
        """Names of the query parameters, in the order of the document."""
        return tuple(p.name for p in self.parameters if p.location == "query")

    def url_path(self, **ids: str) -> str:
        """The path with its parameters filled in, each percent-encoded as one segment."""
        path = self.path
        for name in self.path_parameters:
            path = path.replace("{" + name + "}", quote(ids[name], safe=""))
        return path


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation, in the order of the document."""
    found = []
    for path, item in document()["paths"].items():
        shared = inlined(item.get("parameters", []))
        found += [_operation(path, m, inlined(item[m]), shared) for m in item if m in _METHODS]
    return tuple(found)


@cache
def _by_id() -> dict[str, Operation]:
    return {op.id: op for op in operations()}


def operation(operation_id: str) -> Operation:
    """The operation of that id. Raises HarnessError where there is none."""
    try:
        return _by_id()[operation_id]
    except KeyError:
        raise HarnessError(f"the document has no operation {operation_id!r}") from None


@cache
def token_path() -> str:
    """Path of the OAuth2 token endpoint, relative to the server's root."""
    schemes = document()["components"]["securitySchemes"]
    path: str = schemes["Authorization"]["flows"]["clientCredentials"]["tokenUrl"]
    return path


def _operation(path: str, method: str, node: Json, shared: list[Json]) -> Operation:
    parameters = tuple(
        Parameter(
            name=p["name"],
            location=p["in"],
            required=p.get("required", False),
            schema=p["schema"],
            is_addition=bool(p.get(ADDITION)),
        )
        for p in [*shared, *node.get("parameters", [])]
    )
    responses = {
        0 if status == "default" else int(status): _json_schema(response)
        for status, response in node["responses"].items()
    }
    successes = [status for status in responses if 200 <= status < 300]
    if len(successes) != 1:
        raise HarnessError(f"{node['operationId']} must declare exactly one success")
    body = node.get("requestBody")
    return Operation(
        id=node["operationId"],
        method=method.upper(),
        path=path,
        summary=node["summary"],
        parameters=parameters,
        success=successes[0],
        request_schema=_json_schema(body) if body else None,
        response_schemas=responses,
    )


def _json_schema(node: Json) -> Json:
    return node["content"]["application/json"]["schema"]
