"""The paths of an API as those of things: which stands below which, how it is called, what is done there."""

import re
from functools import cached_property

from flowgauge.openapi import Document, Operation

__all__ = ["Paths"]

_BRACED = re.compile(r"\{[^{}/]+\}")
_ITEM = re.compile(r"(?<=/)\{[^{}/]+\}")


class Paths:
    """The paths of a document: those of one thing (prefixes, `/shelves/{}`), and what is done at each."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._at = {(_bare(op.path), op.method): op for op in document.operations}

    def at(self, path: str, method: str) -> Operation | None:
        """The operation at a bare path."""
        return self._at.get((path, method))

    @cached_property
    def parameters(self) -> dict[str, dict[str, str]]:
        """By prefix, the parameter that is the thing's id in each operation at it and below."""
        found: dict[str, dict[str, str]] = {}
        for op in self.document.operations:
            for match in _ITEM.finditer(op.path):
                before, after = op.path[: match.start()], op.path[match.end() :]
                # What follows no word of the path, or is a part of a segment, is no thing's id.
                if not before.strip("/") or before.endswith("}/") or (after and not after.startswith("/")):
                    continue
                found.setdefault(_bare(op.path[: match.end()]), {})[op.id] = match[0][1:-1]
        return found

    @cached_property
    def templates(self) -> dict[str, str]:
        """The prefixes by what the document calls them: that of the first operation below each."""
        found: dict[str, str] = {}
        for prefix, operations in self.parameters.items():
            path = self.document.operation(next(iter(operations))).path
            template = "/".join(path.split("/")[: prefix.count("/") + 1])
            found[template] = prefix
        return found

    def prefix_of(self, template: str) -> str | None:
        """The prefix that a path of one thing means, whatever its parameters are called there."""
        prefix = _bare(template)
        return prefix if prefix in self.parameters else None

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """The outermost first."""
        return tuple(
            sorted(
                self.parameters, key=lambda prefix: (prefix.count("{}"), list(self.parameters).index(prefix))
            )
        )

    @cached_property
    def kinds(self) -> dict[str, str]:
        """What a thing at each prefix is called: its segment in the singular, or more where that is taken."""
        found: dict[str, str] = {}
        for prefix in self.prefixes:
            name = _singular(prefix.split("/")[-2])
            parent = self.parent_of(prefix)
            if name in found.values() and parent is not None:
                name = f"{found[parent]} {name}"
            while name in found.values():
                name = f"{name} of {prefix}"
            found[prefix] = name
        return found

    def parent_of(self, prefix: str) -> str | None:
        """The nearest prefix above."""
        above = [other for other in self.parameters if prefix.startswith(f"{other}/")]
        return max(above, key=len) if above else None


def _bare(path: str) -> str:
    return _BRACED.sub("{}", path).rstrip("/")


def _singular(word: str) -> str:
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ves", "f"), ("xes", "x"), ("ches", "ch")):
        if word.endswith(ending):
            return word.removesuffix(ending) + instead
    return word.removesuffix("s") if word.endswith("s") and not word.endswith("ss") else word
