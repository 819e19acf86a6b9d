"""An edition of a document as a `flowgauge.toml` describes it."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from flowgauge.edition import Resource, Role
from flowgauge.editions.from_document.api_file import ApiFile, ThingEntry
from flowgauge.editions.from_document.inference import Inference, plain_parameters
from flowgauge.editions.from_document.paths import Paths
from flowgauge.errors import HarnessError, UsageError
from flowgauge.openapi import Document

__all__ = ["corrected"]

_ROLES: Mapping[Role, str] = {"create": "POST", "read": "GET", "list": "GET", "delete": "DELETE"}


def corrected(found: Inference, file: ApiFile) -> Inference:
    """What was inferred, with what the file says in its place.

    Raises UsageError with the key and its line where that does not fit the document.
    """
    document = found.edition.document
    for name, body in file.bodies.items():
        _operation(document, file, ("operations", name), name)
        wrong = next(iter(document.request_violations(name, body)), None)
        if wrong is not None:
            raise file.wrong(
                ("operations", name, "body"), f"is no legal body: {wrong.pointer or '/'} {wrong.message}"
            )
    for name in file.left_alone or {}:
        _operation(document, file, ("left_alone", name), name)
    left_alone = found.left_alone if file.left_alone is None else dict(file.left_alone)
    edition = found.edition
    if file.greeting is not None:
        _operation(document, file, ("greeting",), file.greeting)
        edition = replace(edition, greeting=file.greeting)
    if file.things is not None:
        things = _Things(document, file)
        resources = tuple(things.resource(entry) for entry in file.things)
        edition = replace(edition, resources=resources, plain=plain_parameters(document, resources))
    return replace(found, edition=edition, left_alone=left_alone, bodies=file.bodies)


class _Things:
    def __init__(self, document: Document, file: ApiFile) -> None:
        self._document, self._file = document, file
        self._paths = Paths(document)
        self._kinds = [entry.kind for entry in file.things or ()]

    def resource(self, entry: ThingEntry) -> Resource:
        """The resource that an entry describes."""
        keys, values = ("things", entry.kind), dict(entry.values)
        prefix = self._paths.prefix_of(values.pop("path"))
        if prefix is None:
            hint = f"there are {', '.join(self._paths.templates)}"
            raise self._file.wrong((*keys, "path"), "is no path of one thing in the document", hint=hint)
        for role in _ROLES:
            if role in values:
                self._check_role((*keys, role), values[role], prefix)
        parent = values.get("parent")
        if parent is not None and parent not in self._kinds:
            raise self._file.wrong((*keys, "parent"), f"is {parent!r}, and there is no [things.{parent}]")
        for pointer, kind in values.get("references", {}).items():
            if kind not in self._kinds:
                raise self._file.wrong((*keys, "references", pointer), f"names {kind!r}, which is no thing")
        return self._made(entry, prefix, values)

    def _made(self, entry: ThingEntry, prefix: str, values: dict[str, Any]) -> Resource:
        return Resource(
            kind=entry.kind,
            ids=self._paths.parameters[prefix],
            view=values.pop("view", ()),
            items=values.pop("items", ()),
            reuses_ids=values.pop("client_ids", False),
            is_constant=values.pop("constant", False),
            pages=entry.pages,
            steps=entry.steps,
            **values,
        )

    def _check_role(self, keys: tuple[str, ...], name: str, prefix: str) -> None:
        operation = _operation(self._document, self._file, keys, name)
        role = keys[-1]
        takes_it = name in self._paths.parameters[prefix]
        if takes_it != (role in {"read", "delete"}):
            what = "has" if takes_it else "has not"
            raise self._file.wrong(
                keys, f"is {name}, and its path {operation.path} {what} the id of one thing in it"
            )
        if name in (self._file.left_alone or {}):
            raise self._file.wrong(keys, f"is {name}, which is to be left alone ([left_alone])")


def _operation(document: Document, file: ApiFile, keys: tuple[str, ...], name: str) -> Any:
    try:
        return document.operation(name)
    except HarnessError:
        raise _unknown(document, file, keys, name) from None


def _unknown(document: Document, file: ApiFile, keys: tuple[str, ...], name: str) -> UsageError:
    names = [op.id for op in document.operations]
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
    return file.wrong(keys, f"names {name!r}, which is no operation of {document.name}", hint=hint)
