"""The text of a `flowgauge.toml`: what was inferred, with the reasons, fit to be corrected by hand."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from flowgauge.edition import Pages, Resource, Steps
from flowgauge.editions.from_document.inference import Inference
from flowgauge.editions.from_document.paths import Paths

__all__ = ["api_text"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEAD = """\
# What flowgauge takes this API to be, inferred from its document. Correct what is wrong; what is not said
# here is not known, and not looked at. `flowgauge things --url URL` shows what of it fits a server.
document = {document}
"""
_TAIL = """\
# A body to begin with, where the document has no example that the server accepts:
# [operations.createPet]
# body = { name = "Ada" }

# What a journey of the load does beside making one thing of each kind, on the average.
[load]
weights = { read = 6, list = 3, delete = 1 }
"""


def api_text(found: Inference, document: str) -> str:
    """The text for a document that stands at that path or URL."""
    return "\n".join(_lines(found, document))


def _lines(found: Inference, document: str) -> Iterator[str]:
    paths = Paths(found.edition.document)
    templates = {paths.kinds[prefix]: template for template, prefix in paths.templates.items()}
    yield _HEAD.format(document=_value(document))
    if found.edition.greeting is not None:
        yield "# Anybody may call it at any time."
        yield f"greeting = {_value(found.edition.greeting)}\n"
    for resource in found.edition.resources:
        for reason in found.reasons:
            if reason.kind == resource.kind and getattr(resource, reason.what, None) is None:
                yield f"# {reason.what}: {reason.why}"
        yield f"[things.{_key(resource.kind)}]"
        yield f"path = {_value(templates[resource.kind])}"
        yield from _thing(resource)
        yield ""
    yield "# Nothing is sent to these operations. Take out what is harmless, and put in what is not."
    yield "[left_alone]"
    for name, why in found.left_alone.items():
        op = found.edition.operation(name)
        yield f"{_key(name)} = {_value(why)}  # {op.method} {op.path}"
    yield ""
    yield _TAIL


def _thing(resource: Resource) -> Iterator[str]:
    for name in ("parent", "create", "read", "list", "delete"):
        if (value := getattr(resource, name)) is not None:
            yield f"{name} = {_value(value)}"
    if resource.create or resource.read:
        yield f"view = {_value(resource.view)}  # where one stands in an answer"
    if resource.list:
        yield f"items = {_value(resource.items)}  # where they stand in the answer to a list"
    if resource.create or resource.read or resource.list:
        yield f"id = {_value(resource.id)}"
    if resource.told_by != "view":
        yield f"told_by = {_value(resource.told_by)}  # what tells the id of one that was made"
    for name in ("parent_id", "created_at", "updated_at"):
        if (value := getattr(resource, name)) is not None:
            yield f"{name} = {_value(value)}"
    yield from _tables(resource)
    if resource.create:
        told = '# JSON pointers into the body, such as "/name", of what no two may have the same'
        yield f"unique = {_value(resource.unique)}  {told}"
    if resource.reuses_ids:
        yield "client_ids = true"


def _tables(resource: Resource) -> Iterator[str]:
    if resource.kept:
        yield f"kept = {_value(resource.kept)}"
    if resource.periods:
        yield f"periods = {_value(resource.periods)}  # what is over, and when it began"
    if resource.pages is not None:
        yield f"pages = {_value(_members(resource.pages))}"
    if resource.steps is not None:
        yield f"steps = {_value(_members(resource.steps))}"


def _members(pages: Pages | Steps) -> dict[str, object]:
    found = {each.name: getattr(pages, each.name) for each in fields(pages)}
    return {name: value for name, value in found.items() if value not in {None, ()}}


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(name))} = {_value(each)}" for name, each in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
