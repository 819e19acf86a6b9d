"""What may be wrong with a request's query and body, by the document."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flowgauge.contract.judging.expectation import CODING, MEDIA_TYPE, TWICE, Problem
from flowgauge.contract.judging.knowledge import Knowledge
from flowgauge.contract.judging.reading import Asked, Unreadable
from flowgauge.contract.schema_values import FORMATS, at, places
from flowgauge.contract.strict_json import ABSENT, is_beyond_double, is_read_by_some
from flowgauge.openapi import Document, Json, Operation, Parameter, Violation
from flowgauge.openapi.media_types import JSON, is_declared, is_json
from flowgauge.openapi.source import unescaped
from flowgauge.results import Request

__all__ = ["LIMITS", "Limits", "body_problems", "may_be_illegal", "query_problems"]

_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
# What somebody might have made a cursor of.
_CURSOR = re.compile(r"[\w.~+/=:,%-]+", re.ASCII)
_INT64 = 2**63
# A schema of these alone forbids no text.
_UNBOUND = frozenset({"type", "description", "title", "example", "examples", "default", "deprecated"})
_MOST_DIGITS = 400
_KINDS: Mapping[type, str] = {
    type(None): "a null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a server may refuse what the document allows."""

    body_bytes: int = 256 * 1024
    depth: int = 32
    id_characters: int = 4096


LIMITS = Limits()


def query_problems(asked: Asked, operation: Operation, knowledge: Knowledge) -> Iterator[Problem]:
    """What is wrong with the query, if anything is."""
    if asked.query is None:
        yield _open("a query that is not UTF-8", 400)
        return
    # An addition of the document is nothing to a server that shows not to know it.
    declared = {
        p.name: p
        for p in operation.parameters
        if p.location == "query" and (knowledge.knows_additions or not p.is_addition)
    }
    found = knowledge.edition.role_of(operation.id)
    pages = found[0].pages if found is not None and found[1] == "list" else None
    names = [name for name, _ in asked.query]
    for name, parameter in declared.items():
        if parameter.required and name not in names:
            yield _query(name, f"{name} is missing")
    for name, value in asked.query:
        is_cursor = pages is not None and name == pages.cursor
        if name not in declared:
            yield _open(f"undeclared query parameter {name!r}", 400)
        elif names.count(name) > 1:
            many = declared[name].schema.get("type") == "array"
            detail = f"{name} is given {names.count(name)} times"
            # An array is written so; whatever else comes twice has no one meaning.
            yield _open(detail, 400) if many else _query(name, detail, TWICE)
        elif (is_legal := _is_legal(knowledge.edition.document, declared[name], value)) is False:
            yield _query(name, f"{name}={value!r}")
        elif is_cursor and value and not _CURSOR.fullmatch(value) and value not in knowledge.cursors:
            yield _query(name, f"a cursor that no page gave: {value!r}")
        elif is_cursor or is_legal is None:
            # Opaque, or beyond what a query's text tells: only the server knows.
            yield _open("a cursor" if is_cursor else f"{name}={value!r}", 400)


def may_be_illegal(document: Document, operation: Operation, name: str, text: str) -> bool:
    """Whether a path parameter's schema may forbid this text."""
    declared = [each for each in operation.parameters if each.location == "path" and each.name == name]
    is_bounded = any(
        each.schema.get("type", "string") != "string" or set(each.schema) - _UNBOUND
        for each in declared
        if isinstance(each.schema, dict)
    )
    return is_bounded and not all(_is_legal(document, parameter, text) for parameter in declared)


def _is_legal(document: Document, parameter: Parameter, text: str) -> bool | None:
    """Whether a parameter's text fits its schema; None where that cannot be told."""
    schema = parameter.schema if isinstance(parameter.schema, dict) else {}
    value: Json = text
    if any("\ud800" <= char <= "\udfff" for char in text):
        # Bytes that are no UTF-8 are no text, and no validator takes them.
        return False
    match schema.get("type") if parameter.media_type is None else None:
        case "boolean":
            if text not in {"true", "false"}:
                return False
            value = text == "true"
        case "integer":
            if not _INTEGER.fullmatch(text):
                return False
            # Of one with more digits than any machine's integer, no bound need be read to refuse it.
            value = int(text[:_MOST_DIGITS])
        case "string":
            pass
        case _:
            return None
    if "format" in schema and isinstance(value, str):
        return None
    if document.parameter_violations(parameter, value):
        return False
    is_large = isinstance(value, int) and abs(value) >= _INT64
    return None if is_large or {"pattern", "maxLength"} & schema.keys() else True


def body_problems(asked: Asked, operation: Operation, knowledge: Knowledge) -> Iterator[Problem]:
    """What is wrong with the body, if anything is."""
    request = asked.request
    if asked.sent is ABSENT:
        if operation.request_required:
            yield _body("no body", "an absent body", "", 400, 415, 422)
        return
    if operation.request_schema is None:
        yield _open("a body where none is declared", 400, 413, 415)
        return
    yield from _media(request, operation)
    assert request.body is not None
    if len(request.body) > LIMITS.body_bytes:
        yield _open("a very large body", 413, 400)
    if isinstance(asked.sent, Unreadable):
        detail = f"body: {asked.sent.reason}"
        reason = asked.sent.reason.partition(" at character")[0]
        is_open = asked.sent.is_open or (knowledge.edition.is_inferred and is_read_by_some(request.body))
        yield _open(detail, 400) if is_open else _body(detail, "a body that is not JSON", reason)
        return
    brackets = request.body.count(b"[") + request.body.count(b"{")
    if brackets > LIMITS.depth and _depth(asked.sent) > LIMITS.depth:
        yield _open("a deeply nested body", 400, 413)
    for violation in knowledge.edition.document.request_violations(operation.id, asked.sent)[:3]:
        detail, sort = f"body {violation}"[:200], "a body that breaks its schema"
        value = at(asked.sent, unescaped(violation.pointer)) if knowledge.edition.is_inferred else ABSENT
        if value is None or (value is not ABSENT and violation.schema_pointer.endswith("/type")):
            # Whoever takes a null for what is absent, or a boolean for an integer, does so everywhere.
            yield _body(detail, sort, f"{_KINDS.get(type(value), 'a value')} of another type")
        else:
            yield _body(detail, sort, _broken_rule(violation, asked.sent))
    if asked.sent and _is_of_a_format(knowledge.edition.document, operation, asked.sent):
        yield _open("a text of a format that is not known here", 400, 422)
    if is_beyond_double(asked.sent):
        yield _open("a number beyond the range of a double", 400)


def _media(request: Request, operation: Operation) -> Iterator[Problem]:
    values = [value for name, value in request.headers if name.lower() == "content-type"]
    if len(values) != 1 or not is_declared(values[0], operation.request_media_types):
        if len(values) == 1 and is_json(values[0]) and is_declared(JSON, operation.request_media_types):
            # Whoever knows JSON can read it by its suffix, and may (RFC 6839, section 3.1).
            yield _open("a media type that ends in +json", 415, 400)
        else:
            yield _body(f"media type {values!r}", MEDIA_TYPE, _essence(values), 415, 400)
    elif not is_json(values[0]):
        yield _open(f"a body in {values[0]}, which is not read here", 400, 415)
    elif ";" in values[0] and "utf-8" not in values[0].lower():
        yield _open("a media type parameter", 415, 400)
    if request.header("content-encoding") not in {None, "identity"}:
        yield _body("an unsupported content coding", CODING, "", 415, 400)


def _essence(media_types: list[str]) -> str:
    return media_types[0].partition(";")[0].strip().lower() if len(media_types) == 1 else ""


def _broken_rule(violation: Violation, body: Json) -> str:
    """The schema that is broken; or that a member is there under a name in other letters."""
    place, _, keyword = violation.schema_pointer.rpartition("/")
    if keyword == "required" and violation.pointer == "" and isinstance(body, dict):
        name = violation.message.split('"')[1]
        if any(name.casefold() == other.casefold() for other in body):
            return f"{name} in other letters"
    return f"#{place}"


def _is_of_a_format(document: Document, operation: Operation, body: Json) -> bool:
    """Whether a text in the body is of a format of the document's own: only the server can read it."""
    found = places(document, operation.request_schema, body)
    return any(
        isinstance(at(body, place.path), str) and place.schema.get("format", "date") not in FORMATS
        for place in found
    )


def _query(name: str, detail: str, sort: str = "a wrong query") -> Problem:
    return Problem("query", detail, frozenset({400}), sort, name)


def _body(detail: str, sort: str, which: str, *statuses: int) -> Problem:
    return Problem("body", detail, frozenset(statuses or {400}), sort, which)


def _open(detail: str, *statuses: int) -> Problem:
    return Problem("unspecified", detail, frozenset(statuses))


def _depth(value: Json) -> int:
    depth, level = 0, [value]
    while level := [node for node in level if isinstance(node, dict | list)]:
        depth += 1
        level = [c for node in level for c in (node.values() if isinstance(node, dict) else node)]
    return depth
