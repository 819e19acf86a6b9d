"""`flowgauge.toml`: what was inferred of a document, for people to read and to correct.

    document = "openapi.yaml"          # a path from here, or a URL
    greeting = "getHealth"             # anybody may call it at any time

    [things.pet]
    path = "/pets/{petId}"             # of one; what is not said here is not known, and not looked at
    create = "createPet"
    kept = { "/name" = "/name" }       # what is shown there is what was sent there
    unique = ["/name"]                 # no two may have the same

    [operations.createPet]
    body = { name = "Ada" }

    [left_alone]
    shutDown = "it stops the server"   # nothing is sent there

    [load]
    weights = { read = 6, list = 3, delete = 1 }

Every mistake is refused with the file, the key, and its line.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from flowgauge.edition import Pages, Steps, Teller
from flowgauge.errors import UsageError
from flowgauge.openapi import Json

__all__ = ["API_FILE", "ApiFile", "ThingEntry", "read_api_file"]

API_FILE = Path("flowgauge.toml")
_TOP = ("document", "greeting", "things", "operations", "left_alone", "load")
_ROLES = ("create", "read", "list", "delete")
_TEXTS = ("path", *_ROLES, "parent", "id", "told_by", "parent_id", "created_at", "updated_at")
_NAMES = ("view", "items", "unique")
_FLAGS = ("client_ids", "constant")
_TABLES = ("kept", "references", "periods")
_THING = (*_TEXTS, *_NAMES, *_FLAGS, *_TABLES, "pages", "steps")
_PAGES = ("size", "cursor", "frame", "next", "previous", "has_more", "page_size", "default_size")
_STEPS = ("size", "start", "counts_pages", "first")
_LOAD = ("weights", "things")


@dataclass(frozen=True, slots=True)
class ThingEntry:
    """One `[things.KIND]`: the values by their keys, each of the type that it has to be."""

    kind: str
    values: Mapping[str, Any]
    pages: Pages | None = None
    steps: Steps | None = None


@dataclass(frozen=True, slots=True)
class ApiFile:
    """What a `flowgauge.toml` says. `things` is None where it says nothing of them: all is inferred then.

    `bodies` are by operation id, `left_alone` reasons by operation id (None: what is inferred), `weights`
    numbers by what a journey does, and `load_kinds` the things that the load makes (None: all that it can).
    """

    path: Path
    text: str
    document: str
    greeting: str | None = None
    things: tuple[ThingEntry, ...] | None = None
    bodies: Mapping[str, Json] = field(default_factory=dict)
    left_alone: Mapping[str, str] | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    load_kinds: tuple[str, ...] | None = None

    def wrong(self, keys: tuple[str, ...], what: str, *, hint: str | None = None) -> UsageError:
        """The error that refuses what stands under these keys."""
        return _wrong(self.path, self.text, keys, what, hint=hint)


def read_api_file(path: Path) -> ApiFile:
    """What the file says. Raises UsageError with the key and the line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except FileNotFoundError:
        hint = "`flowgauge init --openapi FILE` writes one"
        raise UsageError(f"{path} does not exist", hint=hint) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from None
    return _Reader(path, text).read(content)


class _Reader:
    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text

    def read(self, content: Mapping[str, Any]) -> ApiFile:
        self._known((), content, _TOP)
        document = content.get("document")
        if not isinstance(document, str) or not document:
            hint = 'write document = "openapi.yaml"'
            raise self._wrong(("document",), "names no OpenAPI document", hint=hint)
        things = self._table((), content, "things")
        operations = self._table((), content, "operations")
        left_alone = self._table((), content, "left_alone")
        load = self._table((), content, "load") or {}
        self._known(("load",), load, _LOAD)
        return ApiFile(
            path=self._path,
            text=self._text,
            document=document,
            greeting=self._text_at((), content, "greeting"),
            things=None if things is None else tuple(self._thing(kind, things) for kind in things),
            bodies=dict(self._bodies(operations or {})),
            left_alone=None if left_alone is None else self._texts(("left_alone",), left_alone),
            weights=self._weights(load),
            load_kinds=self._list(("load",), load, "things") if "things" in load else None,
        )

    def _thing(self, kind: str, things: Mapping[str, Any]) -> ThingEntry:
        keys = ("things", kind)
        entry = self._table(("things",), things, kind)
        assert entry is not None
        self._known(keys, entry, _THING)
        if "path" not in entry:
            hint = 'write path = "/pets/{petId}", as the document spells it'
            raise self._wrong(keys, "has no `path`", hint=hint)
        values: dict[str, Any] = {}
        for name in entry:
            if name in _TEXTS:
                values[name] = self._text_at(keys, entry, name)
                if name == "told_by" and values[name] not in get_args(Teller):
                    raise self._wrong((*keys, name), f"is none of {', '.join(get_args(Teller))}")
            elif name in _NAMES:
                values[name] = self._list(keys, entry, name)
            elif name in _FLAGS:
                values[name] = self._typed(keys, entry, name, bool, "true or false")
            elif name in _TABLES:
                values[name] = self._texts((*keys, name), self._table(keys, entry, name) or {})
        return ThingEntry(kind, values, self._pages(keys, entry), self._steps(keys, entry))

    def _pages(self, keys: tuple[str, ...], entry: Mapping[str, Any]) -> Pages | None:
        table = self._table(keys, entry, "pages")
        if table is None:
            return None
        keys = (*keys, "pages")
        self._known(keys, table, _PAGES)
        for name in ("size", "cursor", "next"):
            if name not in table:
                raise self._wrong(keys, f"has no `{name}`")
        size = self._number(keys, table, "default_size")
        names = {
            name: self._text_at(keys, table, name)
            for name in table
            if name in _PAGES[:-1] and name != "frame"
        }
        return Pages(
            size=str(names.pop("size")),
            cursor=str(names.pop("cursor")),
            next=str(names.pop("next")),
            frame=self._list(keys, table, "frame"),
            default_size=size,
            **names,
        )

    def _steps(self, keys: tuple[str, ...], entry: Mapping[str, Any]) -> Steps | None:
        table = self._table(keys, entry, "steps")
        if table is None:
            return None
        keys = (*keys, "steps")
        self._known(keys, table, _STEPS)
        for name in ("size", "start"):
            if name not in table:
                raise self._wrong(keys, f"has no `{name}`")
        counts_pages = "counts_pages" in table and self._typed(
            keys, table, "counts_pages", bool, "true or false"
        )
        return Steps(
            size=str(self._text_at(keys, table, "size")),
            start=str(self._text_at(keys, table, "start")),
            counts_pages=bool(counts_pages),
            first=self._number(keys, table, "first") or 0,
        )

    def _number(self, keys: tuple[str, ...], table: Mapping[str, Any], name: str) -> int | None:
        found = table.get(name)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
            raise self._wrong((*keys, name), "is not a whole number")
        return found

    def _bodies(self, operations: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
        for name in operations:
            entry = self._table(("operations",), operations, name)
            assert entry is not None
            self._known(("operations", name), entry, ("body",))
            if "body" in entry:
                yield name, entry["body"]

    def _weights(self, load: Mapping[str, Any]) -> dict[str, float]:
        table = self._table(("load",), load, "weights") or {}
        self._known(("load", "weights"), table, _ROLES)
        for name, value in table.items():
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not 0 <= value < float("inf"):
                raise self._wrong(("load", "weights", name), "is not a number from 0 on")
        return {name: float(value) for name, value in table.items()}

    def _table(self, keys: tuple[str, ...], table: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
        found = table.get(name)
        if found is not None and not isinstance(found, dict):
            raise self._wrong((*keys, name), "is not a table")
        return found

    def _texts(self, keys: tuple[str, ...], table: Mapping[str, Any]) -> dict[str, str]:
        return {name: str(self._text_at(keys, table, name)) for name in table}

    def _text_at(self, keys: tuple[str, ...], table: Mapping[str, Any], name: str) -> str | None:
        return None if name not in table else str(self._typed(keys, table, name, str, "a text"))

    def _typed(
        self, keys: tuple[str, ...], table: Mapping[str, Any], name: str, kind: type, told: str
    ) -> object:
        if not isinstance(table[name], kind):
            raise self._wrong((*keys, name), f"is not {told}")
        return table[name]

    def _list(self, keys: tuple[str, ...], table: Mapping[str, Any], name: str) -> tuple[str, ...]:
        found = table.get(name, [])
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise self._wrong((*keys, name), "is not a list of texts")
        return tuple(found)

    def _known(self, keys: tuple[str, ...], table: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for name in table:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
                raise self._wrong((*keys, name), "is an unknown key", hint=hint)

    def _wrong(self, keys: tuple[str, ...], what: str, *, hint: str | None = None) -> UsageError:
        return _wrong(self._path, self._text, keys, what, hint=hint)


def _wrong(path: Path, text: str, keys: tuple[str, ...], what: str, *, hint: str | None = None) -> UsageError:
    line = _line_of(text, keys)
    where = "" if line is None else f", line {line}"
    return UsageError(f"{path}{where}: `{'.'.join(keys)}` {what}", hint=hint)


def _line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """The line of a key, or of the nearest above it: the last of those with which the text is still TOML."""
    found = None
    table: tuple[str, ...] = ()
    best = 0
    for number, line in enumerate(text.splitlines(), start=1):
        header, name = line.strip(), line.partition("=")[0].strip()
        if header.startswith("[") and not header.startswith("[["):
            table = tuple(_key_parts(header.partition("]")[0][1:]))
            at = table
        elif "=" in line and not header.startswith("#"):
            at = (*table, *_key_parts(name))
        else:
            continue
        alike = min(len(at), len(keys))
        if keys[:alike] == at[:alike] and alike > best:
            found, best = number, alike
    return found


def _key_parts(text: str) -> Iterator[str]:
    """The parts of a dotted key; nothing where it is none."""
    try:
        value: Any = tomllib.loads(f"{text} = 0")
    except tomllib.TOMLDecodeError:
        return
    while isinstance(value, dict):
        ((name, value),) = value.items()
        yield name
