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
from flowgauge.openapi.fetching import is_url, text_at
from flowgauge.openapi.files import FILES, bundled
from flowgauge.openapi.operations import BRACED, Json, Operation, Parameter
from flowgauge.openapi.reading import read_operations, read_token_path
from flowgauge.openapi.references import Node, References
from flowgauge.openapi.source import line_of, node_tree, parsed, plain_json, unescaped
from flowgauge.openapi.validation import Validators, Violation

__all__ = ["Document", "PathMatch"]


@dataclass(frozen=True, slots=True)
class PathMatch:
    """A path of the document: its template, its operations by method, and the values found in the path."""

    template: str
    operations: Mapping[str, Operation]
    values: Mapping[str, str]


class Document:
    """One document. `root` is the whole of it, parsed: read it, never change it.

    `name` is what messages call it; `text` its source, where it came from a file. `operations` are in the
    order of the document; `token_path` is where its OAuth2 client credentials are exchanged for a token, if
    anywhere. Raises UsageError, with the place as a JSON pointer,
    where the document is not one that can be worked with.
    """

    def __init__(self, root: Mapping[str, Json], *, name: str = "the document", text: str = "") -> None:
        self.root: Mapping[str, Json] = plain_json(root, name)
        self.name = name
        self._text = text
        self._references = References(self.root, name, self._line)
        self._root = Node(self._references, self.root, "")
        is_3_0 = _version(self._root).startswith("3.0")
        # Of a request's parts and of answers: each side has members that the other does not show.
        self._asked = Validators(self._references, "request", is_3_0=is_3_0)
        self._answered = Validators(self._references, "response", is_3_0=is_3_0)
        try:
            self.token_path = read_token_path(self._root)
            self.operations: tuple[Operation, ...] = read_operations(self._root)
            # What cannot be judged is refused now.
            for operation in self.operations:
                asked = (operation.request_pointer, *(p.schema_pointer for p in operation.parameters))
                self._asked.compile(*asked)
                self._answered.compile(*(r.schema_pointer for r in operation.responses.values()))
        except RecursionError:
            raise self._root.refused("its references are nested too deeply to follow") from None

    @classmethod
    def read(cls, place: Path | str) -> "Document":
        """The document in a YAML or JSON file, or at an http or https URL.

        Files and URLs that it refers to become part of it. Raises UsageError where it is none.
        """
        place = str(place)
        name = urlsplit(place).path.rpartition("/")[2] or place if is_url(place) else Path(place).name
        text = text_at(place)
        root = plain_json(parsed(text, name), name)
        if not isinstance(root, dict):
            raise UsageError(f"{place} is not an OpenAPI document: it is not a mapping")
        return cls(bundled(root, place), name=name, text=text)

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
        for pattern, template, operations in self._templates.get(path.count("/"), ()):
            if found := pattern.fullmatch(path):
                texts = (unquote(text, errors="surrogateescape") for text in found.groups())
                values = dict(zip(BRACED.findall(template), texts, strict=True))
                return PathMatch(template, operations, values)
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

    def parameter_violations(self, parameter: Parameter, value: Json) -> tuple[Violation, ...]:
        """How the value of one of the document's parameters, read as its type, breaks its schema."""
        return self._asked.violations(parameter.schema_pointer, value)

    def request_violations(
        self, operation_id: str, body: Json, *, closed: bool = False
    ) -> tuple[Violation, ...]:
        """How a body breaks the operation's request schema; empty where it does not."""
        return self._asked.violations(self.operation(operation_id).request_pointer, body, closed=closed)

    def response_violations(
        self, operation_id: str, status: int, body: Json, *, closed: bool = False
    ) -> tuple[Violation, ...]:
        """How a body breaks the schema that the operation declares for a status (or its range, or `default`).

        A *closed* check also refuses members that the document does not declare. Empty where nothing is
        declared, or no schema.
        """
        declared = self.operation(operation_id).response(status)
        pointer = declared.schema_pointer if declared else None
        return self._answered.violations(pointer, body, closed=closed)

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
    def _templates(self) -> dict[int, list[tuple[re.Pattern[str], str, dict[str, Operation]]]]:
        """Patterns of the paths by their numbers of slashes; what is spelled out stands in front."""
        by_path: dict[str, dict[str, Operation]] = {}
        for op in self.operations:
            by_path.setdefault(op.path, {})[op.method] = op
        table: dict[int, list[tuple[re.Pattern[str], str, dict[str, Operation]]]] = {}
        for path in sorted(by_path, key=lambda path: ["{" in part for part in path.split("/")]):
            pattern = re.compile("/".join(map(_segment, path.split("/"))))
            table.setdefault(path.count("/"), []).append((pattern, path, by_path[path]))
        return table


def _segment(part: str) -> str:
    """The pattern of a segment, with a group for each parameter."""
    # Of `{a}.{b}`, each takes as little as it can; one that is alone may be empty.
    texts = [re.escape(text) for text in BRACED.split(part)[::2]]
    return "([^/]*)" if texts == ["", ""] else "([^/]+?)".join(texts)


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
