"""An OpenAPI document as a value: operations, schemas, and validation against them.

Made from any OpenAPI 3.0 or 3.1 file or mapping. Two documents know nothing of each other: whatever is
computed from one is kept in it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flowgauge.errors import HarnessError, UsageError
from flowgauge.openapi.files import FILES, bundled
from flowgauge.openapi.operations import BRACED, Json, Operation, Parameter, SecurityScheme
from flowgauge.openapi.reading import read_operations, read_security_schemes
from flowgauge.openapi.references import Node, References
from flowgauge.openapi.source import line_of, node_tree, parsed, plain_json, read_text, unescaped
from flowgauge.openapi.validation import Validators, Violation

__all__ = ["Document", "PathMatch"]


@dataclass(frozen=True, slots=True)
class PathMatch:
    """A path of the document: its template, its operations by method, and the values found in the path."""

    template: str
    operations: Mapping[str, Operation]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Template:
    """A path's segments: text that must stand there, or a pattern with a group for each parameter."""

    path: str
    segments: tuple[str | re.Pattern[str], ...]
    names: tuple[str, ...]
    operations: dict[str, Operation]

    def values(self, segments: list[str]) -> dict[str, str] | None:
        """The parameters' values in a path of as many segments; None where it is not this path."""
        found: list[str] = []
        for part, segment in zip(self.segments, segments, strict=True):
            if isinstance(part, str):
                if part != segment:
                    return None
                continue
            match = part.fullmatch(segment)
            if match is None:
                return None
            found += match.groups()
        return {
            name: unquote(value, errors="surrogateescape") if "%" in value else value
            for name, value in zip(self.names, found, strict=True)
        }


class Document:
    """One document. `root` is the whole of it, parsed: read it, never change it.

    `name` is what messages call it; `text` its source, where it came from a file. `operations` are in the
    order of the document; `security_schemes` by name. Raises UsageError, with the place as a JSON pointer,
    where the document is not one that can be worked with.
    """

    def __init__(self, root: Mapping[str, Json], *, name: str = "the document", text: str = "") -> None:
        self.root: Mapping[str, Json] = plain_json(root, name)
        self.name = name
        self._text = text
        self._references = References(self.root, name, self._line)
        self._root = Node(self._references, self.root, "")
        version = _version(self._root)
        self._validators = Validators(self._references, is_3_0=version.startswith("3.0"))
        try:
            self.security_schemes: Mapping[str, SecurityScheme] = read_security_schemes(self._root)
            self.operations: tuple[Operation, ...] = read_operations(self._root, self.security_schemes)
            self._validators.compile_all(self.operations)
        except RecursionError:
            raise self._root.refused("its references are nested too deeply to follow") from None

    @classmethod
    def read(cls, path: Path) -> "Document":
        """The document in a YAML or JSON file.

        Files beside it that it refers to become part of it. Raises UsageError where it is none.
        """
        text = read_text(path)
        root = plain_json(parsed(text, path.name), path.name)
        if not isinstance(root, dict):
            raise UsageError(f"{path} is not an OpenAPI document: it is not a mapping")
        return cls(bundled(root, path), name=path.name, text=text)

    def operation(self, operation_id: str) -> Operation:
        """The operation of that id. Raises HarnessError where there is none."""
        try:
            return self._by_id[operation_id]
        except KeyError:
            raise HarnessError(f"{self.name} has no operation {operation_id!r}") from None

    def matched(self, path: str) -> PathMatch | None:
        """The path of the document that a raw path means, ids decoded after the split; None for no path.

        A segment that the document spells out goes before one that is a parameter. An empty segment where an
        id belongs is the empty id: it is legal to ask for. Bytes that are no UTF-8 become lone surrogates,
        which no id has.
        """
        segments = path.split("/")
        for template in self._templates.get(len(segments), ()):
            values = template.values(segments)
            if values is not None:
                return PathMatch(template.path, template.operations, values)
        return None

    def without_security(self) -> "Document":
        """The same document where no operation asks for a credential."""
        paths = {
            path: {
                name: {k: v for k, v in node.items() if k != "security"} if isinstance(node, dict) else node
                for name, node in item.items()
            }
            for path, item in self.root.get("paths", {}).items()
        }
        root = {key: value for key, value in self.root.items() if key != "security"}
        return Document(root | {"paths": paths}, name=self.name, text=self._text)

    @cached_property
    def base_path(self) -> str:
        """The path of the first server, "" for none; no slash at its end. `Operation.path` lacks it."""
        for server in self._root.items("servers"):
            url = server.checked(dict).member("url", str)
            for name, variable in server.members("variables"):
                url = url.replace(f"{{{name}}}", variable.checked(dict).member("default", str))
            try:
                return urlsplit(url).path.rstrip("/")
            except ValueError:
                raise server.child("url").refused(f"{url!r} is not a URL") from None
        return ""

    @cached_property
    def token_path(self) -> str | None:
        """Path of the OAuth2 token endpoint (client credentials), relative to the server's root, if any."""
        return next((s.token_path for s in self.security_schemes.values() if s.token_path is not None), None)

    def parameter_violations(self, parameter: Parameter, value: Json) -> tuple[Violation, ...]:
        """How the value of one of the document's parameters, read as its type, breaks its schema."""
        return self._validators.parameter(parameter, value)

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

    def inlined(self, node: Json) -> Json:
        """`node` with every local `$ref` replaced by what it names; those of recursive schemas stay inside.

        Raises UsageError on a dangling reference, and on one that names itself.
        """
        return self._references.inlined(node)

    def resolved(self, ref: str) -> Json:
        """What a local reference names. Raises UsageError where it names nothing."""
        return self._references.target(ref, "").value

    def line_of(self, *parts: str) -> int:
        """The line (from 1) of the file on which the member `parts` stands, or of its nearest parent."""
        return line_of(self._nodes, parts)

    def _line(self, pointer: str) -> int | None:
        parts = unescaped(pointer)
        return self.line_of(*parts) if self._text and parts[:1] != (FILES,) else None

    @cached_property
    def _nodes(self) -> Json:
        return node_tree(self._text)

    @cached_property
    def _by_id(self) -> dict[str, Operation]:
        return {op.id: op for op in self.operations}

    @cached_property
    def _templates(self) -> dict[int, list[_Template]]:
        by_path: dict[str, dict[str, Operation]] = {}
        for op in self.operations:
            by_path.setdefault(op.path, {})[op.method] = op
        table: dict[int, list[_Template]] = {}
        for path, by_method in by_path.items():
            segments = tuple(_segment(part) for part in path.split("/"))
            names = tuple(BRACED.findall(path))
            table.setdefault(len(segments), []).append(_Template(path, segments, names, by_method))
        for templates in table.values():
            templates.sort(key=lambda template: [not isinstance(part, str) for part in template.segments])
        return table


def _segment(part: str) -> str | re.Pattern[str]:
    if "{" not in part:
        return part
    # Of `{a}.{b}`, each takes as little as it can; one that is alone may be empty.
    texts = [re.escape(text) for text in BRACED.split(part)[::2]]
    return re.compile("(.*)" if texts == ["", ""] else "(.+?)".join(texts), re.DOTALL)


def _version(root: Node) -> str:
    """The document's version of OpenAPI. Raises UsageError on any but 3.0 and 3.1."""
    if root.has("swagger"):
        raise root.child("swagger").refused(
            "this is an OpenAPI 2.0 (Swagger) document, and flowgauge reads 3.0 and 3.1",
            hint="convert it: npx swagger2openapi old.yaml --yaml --outfile new.yaml",
        )
    if not root.has("openapi"):
        raise root.refused(
            "the member `openapi` is missing, so this is not an OpenAPI document",
            hint='begin it with the version of OpenAPI that it keeps: `openapi: "3.1.0"`',
        )
    version = root.value["openapi"]
    # Without quotes, YAML reads 3.1 as a number.
    if not re.fullmatch(r"3\.[01](\..*)?", str(version)):
        raise root.child("openapi").refused(f"flowgauge reads OpenAPI 3.0 and 3.1, not {version!r}")
    if not root.has("paths") and not (root.has("webhooks") and str(version).startswith("3.1")):
        raise root.refused(
            "the member `paths` is missing: there is no operation to call",
            hint="a document of schemas alone cannot be tested; name the one that has the paths",
        )
    return str(version)
