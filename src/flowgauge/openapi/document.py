"""An OpenAPI document as a value: operations, schemas, and validation against them.

Made from any OpenAPI 3.0 or 3.1 file or mapping. Two documents know nothing of each other: whatever is
computed from one is kept in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

import yaml

from flowgauge.errors import HarnessError, UsageError
from flowgauge.openapi.operations import ADDITION, Json, Operation, Parameter, ResponseSpec
from flowgauge.openapi.validation import Validators, Violation

__all__ = ["Document", "PathMatch"]

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


@dataclass(frozen=True, slots=True)
class PathMatch:
    """A path of the document: its template, its operations by method, and the values found in the path."""

    template: str
    operations: Mapping[str, Operation]
    values: Mapping[str, str]


class Document:
    """One document. `root` is the whole of it, parsed: read it, never change it.

    `name` is what messages call it; `text` its source, where it came from a file.
    """

    def __init__(self, root: Mapping[str, Json], *, name: str = "the document", text: str = "") -> None:
        self.root = root
        self.name = name
        self._text = text
        self._validators = Validators(self)

    @classmethod
    def read(cls, path: Path) -> "Document":
        """The document in a YAML or JSON file. Raises UsageError where it is none."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be read: {error}") from None
        # libyaml's loader is ten times as fast, and not in every build of the package.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            root = yaml.load(text, Loader=loader)  # noqa: S506 - both are safe
        except yaml.YAMLError as error:
            raise UsageError(f"{path} is not YAML: {error}") from None
        if not isinstance(root, dict):
            raise UsageError(f"{path} is not an OpenAPI document: it is not a mapping")
        return cls(root, name=path.name, text=text)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, in the order of the document."""
        found = []
        for path, item in self.root["paths"].items():
            shared = self.inlined(item.get("parameters", []))
            found += [
                self._operation(path, method, self.inlined(item[method]), shared)
                for method in item
                if method in _METHODS
            ]
        return tuple(found)

    def operation(self, operation_id: str) -> Operation:
        """The operation of that id. Raises HarnessError where there is none."""
        try:
            return self._by_id[operation_id]
        except KeyError:
            raise HarnessError(f"{self.name} has no operation {operation_id!r}") from None

    def matched(self, path: str) -> PathMatch | None:
        """The path of the document that a raw path means, ids decoded after the split; None for no path.

        An empty segment where an id belongs is the empty id: it is legal to ask for. Bytes that are no
        UTF-8 become lone surrogates, which no id has.
        """
        segments = path.split("/")
        for template, parts, operations in self._templates.get(len(segments), ()):
            if all(
                part == segment or part.startswith("{") for part, segment in zip(parts, segments, strict=True)
            ):
                values = {
                    part[1:-1]: unquote(segment, errors="surrogateescape") if "%" in segment else segment
                    for part, segment in zip(parts, segments, strict=True)
                    if part.startswith("{")
                }
                return PathMatch(template, operations, values)
        return None

    @cached_property
    def token_path(self) -> str | None:
        """Path of the OAuth2 token endpoint (client credentials), relative to the server's root, if any."""
        for scheme in self.root.get("components", {}).get("securitySchemes", {}).values():
            url = self.inlined(scheme).get("flows", {}).get("clientCredentials", {}).get("tokenUrl")
            if url is not None:
                return str(url)
        return None

    def request_violations(
        self, operation_id: str, body: Json, *, closed: bool = False
    ) -> tuple[Violation, ...]:
        """How a body breaks the operation's request schema; empty where it does not."""
        return self._validators.request(self.operation(operation_id), body, closed=closed)

    def response_violations(
        self, operation_id: str, status: int, body: Json, *, closed: bool = False
    ) -> tuple[Violation, ...]:
        """How a body breaks the schema that the operation declares for a status (or its range, or `default`).

        A *closed* check also refuses members that the document does not declare. Empty where nothing is
        declared, or no schema.
        """
        return self._validators.response(self.operation(operation_id), status, body, closed=closed)

    def inlined(self, node: Json, *, _seen: tuple[str, ...] = ()) -> Json:
        """`node` with every local `$ref` replaced by what it names.

        Raises HarnessError on a cycle or a dangling reference.
        """
        if isinstance(node, list):
            return [self.inlined(item, _seen=_seen) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            ref = node["$ref"]
            if ref in _seen:
                raise HarnessError(f"{ref} refers to itself")
            return self.inlined(self.resolved(ref), _seen=(*_seen, ref))
        return {key: self.inlined(value, _seen=_seen) for key, value in node.items()}

    def resolved(self, ref: str) -> Json:
        """What a local reference names. Raises HarnessError where it names nothing."""
        node: Json = self.root
        for part in ref.removeprefix("#/").split("/"):
            try:
                node = node[part.replace("~1", "/").replace("~0", "~")]
            except (KeyError, TypeError):
                raise HarnessError(f"{ref} names nothing in {self.name}") from None
        return node

    def line_of(self, *parts: str) -> int:
        """The line (from 1) of the file on which the member `parts` stands, or of its nearest parent."""
        node = self._nodes
        line = 1
        for part in parts:
            if not isinstance(node, yaml.MappingNode):
                break
            for key, value in node.value:
                if key.value == part:
                    line, node = key.start_mark.line + 1, value
                    break
            else:
                break
        return line

    @cached_property
    def _nodes(self) -> yaml.Node | None:
        return yaml.compose(self._text, Loader=yaml.SafeLoader)

    @cached_property
    def _by_id(self) -> dict[str, Operation]:
        return {op.id: op for op in self.operations}

    @cached_property
    def _templates(self) -> dict[int, list[tuple[str, tuple[str, ...], dict[str, Operation]]]]:
        by_path: dict[str, dict[str, Operation]] = {}
        for op in self.operations:
            by_path.setdefault(op.path, {})[op.method] = op
        table: dict[int, list[tuple[str, tuple[str, ...], dict[str, Operation]]]] = {}
        for path, by_method in by_path.items():
            parts = tuple(path.split("/"))
            table.setdefault(len(parts), []).append((path, parts, by_method))
        return table

    def _operation(self, path: str, method: str, node: Json, shared: list[Json]) -> Operation:
        pointer = f"/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}"
        declared = {(p["name"], p["in"]): p for p in [*shared, *node.get("parameters", [])]}
        parameters = tuple(
            Parameter(
                name=p["name"],
                location=p["in"],
                required=p.get("required", False),
                schema=p.get("schema", {}),
                is_addition=bool(p.get(ADDITION)),
            )
            for p in declared.values()
        )
        responses = {
            str(key): _response(str(key), response, f"{pointer}/responses/{key}")
            for key, response in node["responses"].items()
        }
        body = node.get("requestBody")
        security = node.get("security", self.root.get("security", []))
        return Operation(
            id=node["operationId"],
            method=method.upper(),
            path=path,
            summary=node.get("summary", ""),
            parameters=parameters,
            request_schema=_json_schema(body) if body else None,
            request_required=bool(body and body.get("required", False)),
            responses=responses,
            is_secured=bool(security) and {} not in security,
            pointer=pointer,
        )


def _decoded(segment: str) -> str:
    return unquote(segment, errors="surrogateescape") if "%" in segment else segment


def _response(key: str, node: Json, pointer: str) -> ResponseSpec:
    content = node.get("content", {})
    return ResponseSpec(
        key=key,
        schema=_json_schema(node),
        media_types=tuple(content),
        pointer=pointer,
        is_addition=bool(node.get(ADDITION)),
    )


def _json_schema(node: Json) -> Json | None:
    for media_type, content in node.get("content", {}).items():
        if media_type.partition(";")[0].strip().lower() == "application/json":
            return content.get("schema")
    return None
