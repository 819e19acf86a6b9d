"""Documents in several files: what references to other files and URLs name is taken into one document."""

import os.path
from pathlib import Path
from urllib.parse import quote, unquote, urljoin

from flowgauge.errors import UsageError
from flowgauge.openapi.fetching import is_url, text_at
from flowgauge.openapi.operations import Json
from flowgauge.openapi.references import DATA, NAMES
from flowgauge.openapi.source import escaped, parsed, plain_json

__all__ = ["FILES", "bundled"]

FILES = "x-flowgauge-files"


def bundled(root: Json, place: str) -> Json:
    """The document at a path or URL, with what it refers to below `x-flowgauge-files`.

    Files stand there by their paths from the document, others by their URLs. Raises UsageError, with the
    place, for what cannot be read.
    """
    bundle = _Bundle(place)
    whole = bundle.rewritten(root, "", "", is_names=False)
    return {**whole, FILES: bundle.files} if bundle.files else whole


class _Bundle:
    def __init__(self, place: str) -> None:
        self._place = place if is_url(place) else str(Path(place).resolve())
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
        place = f"{file or self._place.rpartition('/')[2]}: {pointer}"
        if not target:
            return f"{_prefix(file)}{fragment}" if not fragment or fragment.startswith("/") else ref
        name = self._name(target, file, place)
        if not name:
            return f"#{fragment}"
        if name not in self.files:
            self.files[name] = None  # Before it is read: files may refer to each other.
            content = plain_json(parsed(self._text(name, place), name), name)
            self.files[name] = self.rewritten(content, name, "", is_names=False)
        return f"{_prefix(name)}{fragment}"

    def _name(self, target: str, file: str, place: str) -> str:
        """What a file that is referred to is called: its URL, or its path from the document; "" for that."""
        base = file if is_url(file) else self._place
        if is_url(target) or is_url(base):
            found = urljoin(base, target)
            if not is_url(found):
                raise UsageError(f"{place}: {target!r} is neither a file nor an http or https URL")
            return "" if found == self._place else found
        if "://" in target or target.startswith("//"):
            raise UsageError(f"{place}: {target!r} is neither a file nor an http or https URL")
        folder = Path(self._place).parent
        try:
            path = (folder / Path(file).parent / unquote(target)).resolve()
        except (OSError, ValueError, RuntimeError) as error:  # No name of a file, or links in a circle.
            raise UsageError(f"{place}: {target!r} names no file: {error}") from None
        return "" if str(path) == self._place else Path(os.path.relpath(path, folder)).as_posix()

    def _text(self, name: str, place: str) -> str:
        if is_url(name):
            return text_at(name)
        path = Path(self._place).parent / name
        if not path.is_file():
            raise UsageError(f"{place}: there is no file {name} beside the document")
        return text_at(str(path))


def _prefix(file: str) -> str:
    return f"#/{FILES}/{quote(escaped(file), safe='~')}" if file else "#"


def _is_ref(value: Json) -> bool:
    return isinstance(value, str) and ("#" in value or "/" in value)
