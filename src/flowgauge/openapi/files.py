"""Documents in several files: what relative references name is taken into one document."""

import os.path
from pathlib import Path
from urllib.parse import quote, unquote

from flowgauge.errors import UsageError
from flowgauge.openapi.operations import Json
from flowgauge.openapi.references import DATA, NAMES
from flowgauge.openapi.source import escaped, parsed, plain_json, read_text

__all__ = ["FILES", "bundled"]

FILES = "x-flowgauge-files"


def bundled(root: Json, path: Path) -> Json:
    """The document with the files that it refers to below `x-flowgauge-files`, by their relative paths.

    Raises UsageError, with the place, for a file that cannot be read and for a reference to the network.
    """
    bundle = _Bundle(path.resolve())
    whole = bundle.rewritten(root, "", "", is_names=False)
    return {**whole, FILES: bundle.files} if bundle.files else whole


class _Bundle:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.files: dict[str, Json] = {}

    def rewritten(self, node: Json, file: str, pointer: str, *, is_names: bool) -> Json:
        """A copy with references from one file to another made references within one document."""
        if isinstance(node, list):
            return [
                self.rewritten(item, file, f"{pointer}/{index}", is_names=False)
                for index, item in enumerate(node)
            ]
        if not isinstance(node, dict):
            return node
        copy = {}
        for key, value in node.items():
            at = f"{pointer}/{escaped(key)}"
            if not is_names and key in DATA:
                copy[key] = value
            elif not is_names and key == "$ref" and isinstance(value, str):
                copy[key] = self._local(value, file, at)
            elif not is_names and key == "mapping" and isinstance(value, dict):
                copy[key] = {
                    name: self._local(ref, file, f"{at}/{escaped(name)}") if _is_ref(ref) else ref
                    for name, ref in value.items()
                }
            else:
                copy[key] = self.rewritten(value, file, at, is_names=not is_names and key in NAMES)
        return copy

    def _local(self, ref: str, file: str, pointer: str) -> str:
        target, _, fragment = ref.partition("#")
        place = f"{file or self._path.name}: {pointer}"
        if "://" in target or target.startswith("//"):
            raise UsageError(
                f"{place}: the reference {ref!r} leads to the network",
                hint="save what it names in a file beside the document, and refer to that",
            )
        if not target:
            return f"{_prefix(file)}{fragment}" if not fragment or fragment.startswith("/") else ref
        try:
            found = (self._path.parent / Path(file).parent / unquote(target)).resolve()
        except (OSError, ValueError, RuntimeError) as error:  # No name of a file, or links in a circle.
            raise UsageError(f"{place}: {target!r} names no file: {error}") from None
        if found == self._path:
            return f"#{fragment}"
        name = Path(os.path.relpath(found, self._path.parent)).as_posix()
        if name not in self.files:
            if not found.is_file():
                raise UsageError(f"{place}: there is no file {name} beside the document")
            self.files[name] = None  # Before it is read: files may refer to each other.
            content = plain_json(parsed(read_text(found), found.name), name)
            self.files[name] = self.rewritten(content, name, "", is_names=False)
        return f"{_prefix(name)}{fragment}"


def _prefix(file: str) -> str:
    return f"#/{FILES}/{quote(escaped(file), safe='~')}" if file else "#"


def _is_ref(value: Json) -> bool:
    return isinstance(value, str) and ("#" in value or "/" in value)
