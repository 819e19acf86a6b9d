"""Places of a document: checked access to members, and what a `$ref` names.

Whatever is read from a document is read through a `Node`, which knows where it stands: so every refusal names
the place as a JSON pointer, and a malformed document raises UsageError and nothing else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote

from flowgauge.errors import UsageError
from flowgauge.openapi.operations import Json
from flowgauge.openapi.source import escaped, unescaped

__all__ = ["DATA", "NAMES", "Node", "References"]

# What stands below DATA is data, and a `$ref` there is none; below NAMES stand names and not keywords.
DATA = frozenset({"example", "examples", "default", "enum", "const", "value"})
NAMES = frozenset(
    {"properties", "patternProperties", "dependentSchemas", "schemas", "$defs", "definitions", "responses"}
)

T = TypeVar("T", bound=object)
_KINDS = {dict: "a mapping", list: "a list", str: "a string", bool: "true or false"}


class References:
    """The whole of a document, for looking up places.

    `line` gives the line of a pointer where the document's text is known, else None.
    """

    def __init__(self, root: Json, name: str, line: Callable[[str], int | None]) -> None:
        self.root = root
        self._name = name
        self._line = line
        self._opened: dict[str, Json] = {}
        self._recursive: dict[str, bool] = {}

    def refused(self, pointer: str, sentence: str, *, hint: str | None = None) -> UsageError:
        """The error that refuses the document for what stands at a place."""
        line = self._line(pointer)
        where = f" (line {line})" if line is not None else ""
        return UsageError(f"{self._name}: {pointer or '(root)'}{where}: {sentence}", hint=hint)

    def at(self, pointer: str) -> "Node":
        """The node at a pointer. Raises KeyError where there is none."""
        value = self.root
        for part in unescaped(pointer):
            if isinstance(value, list):
                if not part.isdecimal() or int(part) >= len(value):
                    raise KeyError(pointer)
                value = value[int(part)]
            elif isinstance(value, dict):
                value = value[part]
            else:
                raise KeyError(pointer)
        return Node(self, value, pointer)

    def target(self, ref: Json, pointer: str) -> "Node":
        """What a reference names that stands at `pointer`. Raises UsageError where it names nothing."""
        if not isinstance(ref, str):
            raise self.refused(pointer, "a reference is a string")
        if ref != "#" and not ref.startswith("#/"):
            raise self.refused(
                pointer,
                f"the reference {ref!r} leads out of the document",
                hint="flowgauge follows JSON pointers (#/components/...) and, from a file, relative files; "
                "bundle the document into one file for anything else",
            )
        try:
            return self.at(unquote(ref[1:]))
        except KeyError:
            raise self.refused(pointer, f"{ref} names nothing in the document") from None

    def inlined(self, node: Json, pointer: str = "") -> Json:
        """`node` with every `$ref` replaced by what it names; recursive ones stay, but for an outermost one.

        `pointer` is where the node stands, for refusals. What two references name is one object in the
        result: a document whose schemas use each other a lot does not grow. Raises UsageError on a dangling
        reference, and on one that names itself.
        """
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            return self._target_inlined(node["$ref"], pointer)
        return self._parts_inlined(node, pointer, is_names=False)

    def _parts_inlined(self, node: Json, pointer: str, *, is_names: bool) -> Json:
        if isinstance(node, list):
            return [self._inner(item, f"{pointer}/{i}", is_names=False) for i, item in enumerate(node)]
        if not isinstance(node, dict):
            return node
        return {
            key: value
            if key in DATA and not is_names
            else self._inner(value, f"{pointer}/{escaped(key)}", is_names=key in NAMES and not is_names)
            for key, value in node.items()
        }

    def _inner(self, node: Json, pointer: str, *, is_names: bool) -> Json:
        if not is_names and isinstance(node, dict) and isinstance(node.get("$ref"), str):
            ref = node["$ref"]
            return node if self._is_recursive(ref, pointer) else self._target_inlined(ref, pointer)
        return self._parts_inlined(node, pointer, is_names=is_names)

    def _target_inlined(self, ref: str, pointer: str) -> Json:
        if ref not in self._opened:
            target = self.target(ref, f"{pointer}/$ref").followed()
            self._opened[ref] = self._parts_inlined(target.value, target.pointer, is_names=False)
        return self._opened[ref]

    def _is_recursive(self, ref: str, pointer: str) -> bool:
        """Whether what a reference names leads back to it."""
        if ref not in self._recursive:
            seen: set[str] = set()
            pending = [(ref, pointer)]
            while pending:
                target = self.target(pending[-1][0], f"{pending.pop()[1]}/$ref")
                fresh = {
                    r: at for r, at in _refs(target.value, target.pointer, is_names=False) if r not in seen
                }
                seen |= fresh.keys()
                pending += fresh.items()
            self._recursive[ref] = ref in seen
        return self._recursive[ref]


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document and where it stands."""

    references: References
    value: Json
    pointer: str

    def refused(self, sentence: str, *, hint: str | None = None) -> UsageError:
        """The error that refuses the document for this node."""
        return self.references.refused(self.pointer, sentence, hint=hint)

    def child(self, key: str | int) -> "Node":
        """The member or item of that name, which is there."""
        return Node(self.references, self.value[key], f"{self.pointer}/{escaped(str(key))}")

    def has(self, key: str) -> bool:
        """Whether a member is there."""
        return key in self.value

    def member(self, key: str, kind: type[T], absent: T | None = None) -> T:
        """A member's value, checked to be of a kind. Raises UsageError where it is not, or is missing."""
        if key not in self.value and absent is not None:
            return absent
        if key not in self.value:
            raise self.refused(f"{key!r} is missing")
        value = self.value[key]
        if not isinstance(value, kind):
            raise self.child(key).refused(f"this must be {_KINDS[kind]}")
        return value

    def members(self, key: str) -> Iterator[tuple[str, "Node"]]:
        """The members of a mapping that is itself a member; none where it is missing."""
        if key in self.value:
            node = self.child(key).checked(dict)
            for name in node.value:
                yield name, node.child(name)

    def items(self, key: str) -> Iterator["Node"]:
        """The items of a list that is a member; none where it is missing."""
        if key in self.value:
            node = self.child(key).checked(list)
            for index in range(len(node.value)):
                yield node.child(index)

    def checked(self, kind: type[T]) -> "Node":
        """Itself, checked to be of a kind. Raises UsageError."""
        if not isinstance(self.value, kind):
            raise self.refused(f"this must be {_KINDS[kind]}")
        return self

    def followed(self) -> "Node":
        """What this node names, if it is a reference; else itself. Raises UsageError on a circle."""
        node = self
        seen = {self.pointer}
        while isinstance(node.value, dict) and "$ref" in node.value:
            node = self.references.target(node.value["$ref"], f"{node.pointer}/$ref")
            if node.pointer in seen:
                raise self.refused("this reference leads to itself and names nothing")
            seen.add(node.pointer)
        return node


def _refs(node: Json, pointer: str, *, is_names: bool) -> Iterator[tuple[str, str]]:
    """The references in a node, and where they stand."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _refs(item, f"{pointer}/{index}", is_names=False)
    if not isinstance(node, dict):
        return
    if not is_names and isinstance(node.get("$ref"), str):
        yield node["$ref"], pointer
    for key, value in node.items():
        if is_names or key not in DATA:
            names = key in NAMES and not is_names
            yield from _refs(value, f"{pointer}/{escaped(key)}", is_names=names)
