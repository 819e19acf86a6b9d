"""The text of a document: parsed into JSON, with the line of each place.

YAML is read by its 1.2 core schema, as OpenAPI asks: `on` and `no` are strings, dates are strings, and a
status that is a key without quotes is its digits.
"""

import json
import re
from collections.abc import Mapping
from math import isfinite
from pathlib import Path

import yaml

from flowgauge.errors import UsageError
from flowgauge.openapi.operations import Json

__all__ = ["escaped", "line_of", "node_tree", "parsed", "plain_json", "read_text", "unescaped"]

# Far more than any document needs, and far less than what a recursive walk can bear.
MAX_DEPTH = 100

_CORE = (
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$",
        list("-+.0123456789"),
    ),
    ("tag:yaml.org,2002:merge", r"^<<$", ["<"]),
)


# libyaml's loader is ten times as fast, and not in every build of the package.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's name


for _tag, _pattern, _first in _CORE:
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)
_Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value, 10))
_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: float(node.value))


def read_text(path: Path) -> str:
    """The text of a file. Raises UsageError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None


def parsed(text: str, name: str) -> Json:
    """What a YAML or JSON text says. Raises UsageError where it is neither."""
    if name.endswith(".json") or text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            # What begins like JSON may be YAML all the same.
            if name.endswith(".json"):
                raise UsageError(f"{name} is not JSON: {error}") from None
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: a tag that does not fit its value, as in `!!int x`.
        raise UsageError(f"{name} is not YAML: {error}") from None


def plain_json(value: Json, name: str) -> Json:
    """A copy of a parsed document that holds nothing but JSON, with strings for keys.

    Raises UsageError, with the place, on anything else, on cycles (YAML aliases can make them), and on
    documents nested deeper than MAX_DEPTH.
    """
    copies: dict[int, Json] = {}

    def copied(node: Json, pointer: str, depth: int) -> Json:
        if node is None or isinstance(node, str | bool | int):
            return node
        if isinstance(node, float) and isfinite(node):
            return node
        if not isinstance(node, Mapping | list | tuple):
            kind = f"{node}" if isinstance(node, float) else f"a {type(node).__name__}"
            raise UsageError(f"{name}: {pointer or '(root)'}: {kind} is not a JSON value")
        if depth == MAX_DEPTH:
            raise UsageError(f"{name}: {pointer[:200]}...: nested deeper than {MAX_DEPTH} levels")
        if id(node) not in copies:
            # What an alias repeats is copied once; a cycle ends at the depth.
            if isinstance(node, Mapping):
                copies[id(node)] = {
                    _key(key, name, pointer): copied(item, f"{pointer}/{escaped(str(key))}", depth + 1)
                    for key, item in node.items()
                }
            else:
                copies[id(node)] = [
                    copied(item, f"{pointer}/{index}", depth + 1) for index, item in enumerate(node)
                ]
        return copies[id(node)]

    return copied(value, "", 0)


def node_tree(text: str) -> yaml.Node | None:
    """The text as nodes that know their lines; None where it does not compose."""
    try:
        return yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError):
        return None


def line_of(node: yaml.Node | None, parts: tuple[str, ...]) -> int:
    """The line (from 1) on which the member `parts` stands, or its nearest parent."""
    line = 1
    for part in parts:
        members: list[tuple[str, yaml.Node, yaml.Node]] = []
        if isinstance(node, yaml.MappingNode):
            members = [(key.value, key, value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            members = [(str(index), item, item) for index, item in enumerate(node.value)]
        found = next(((key, value) for name, key, value in members if name == part), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def escaped(part: str) -> str:
    """A member's name as one part of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


def unescaped(pointer: str) -> tuple[str, ...]:
    """The parts of a JSON pointer."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def _key(key: Json, name: str, pointer: str) -> str:
    if isinstance(key, bool) or key is None:
        # Written without quotes in YAML: the word itself was meant.
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, str | int | float):
        return str(key)
    raise UsageError(f"{name}: {pointer or '(root)'}: the key {key!r} is not a string")
