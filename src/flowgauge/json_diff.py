"""How one JSON value differs from another: the first difference as a phrase, or a line for each.

Types count, and signs of zero: 1 is neither 1.0 nor true, and -0.0 is not 0.0.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, assert_never

import msgspec

__all__ = ["JsonDifference", "differences", "first_difference", "json_diff", "told"]

LONGEST_VALUE = 120
LONGEST_PHRASE_VALUE = 60
LONGEST_DIFF = 20


@dataclass(frozen=True, slots=True)
class JsonDifference:
    """One difference at a JSON pointer (RFC 6901).

    `missing` stands on the expected side alone and `added` on the other; lists of another `length` also show
    which of their items differ.
    """

    pointer: str
    kind: Literal["missing", "added", "length", "changed"]
    expected: Any
    actual: Any


def differences(expected: Any, actual: Any, pointer: str = "") -> Iterator[JsonDifference]:
    """All differences; of two objects or lists, first the members or items that one of them lacks."""
    if isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield JsonDifference(pointer, "length", expected, actual)
        expected, actual = _members(expected), _members(actual)
    if not (isinstance(expected, dict) and isinstance(actual, dict)):
        if type(expected) is not type(actual) or expected != actual or repr(expected) != repr(actual):
            yield JsonDifference(pointer, "changed", expected, actual)
        return
    places = {name: f"{pointer}/{_escaped(name)}" for name in [*expected, *actual]}
    for name, value in expected.items():
        if name not in actual:
            yield JsonDifference(places[name], "missing", value, None)
    for name, value in actual.items():
        if name not in expected:
            yield JsonDifference(places[name], "added", None, value)
    for name, value in expected.items():
        if name in actual:
            yield from differences(value, actual[name], places[name])


def _members(items: list[Any]) -> dict[str, Any]:
    return {str(index): item for index, item in enumerate(items)}


def json_diff(expected: Any, actual: Any) -> list[str]:
    """Lines like `~ /a/0: expected 1, is 2`; none where the values are the same JSON."""
    lines = [_line(found) for found in differences(expected, actual) if found.kind != "length"]
    if len(lines) > LONGEST_DIFF:
        lines[LONGEST_DIFF:] = [f"... and {len(lines) - LONGEST_DIFF} more"]
    return lines


def first_difference(written: Any, read: Any, where: str = "") -> str | None:
    """Where and how two values differ, such as `stages/0/a: 1 became 1.0`; None where they do not.

    `where` is what the values are called.
    """
    found = next(differences(written, read, where), None)
    return None if found is None else told(found)


def told(found: JsonDifference) -> str:
    """A difference as a phrase."""
    match found.kind:
        case "missing":
            return f"{found.pointer}: is missing"
        case "added":
            return f"{found.pointer}: was added"
        case "length":
            return f"{found.pointer or 'list'}: {len(found.expected)} items became {len(found.actual)}"
        case "changed":
            return f"{found.pointer or 'value'}: {_phrase(found.expected)} became {_phrase(found.actual)}"
        case _ as never:
            assert_never(never)


def _line(found: JsonDifference) -> str:
    match found.kind:
        case "missing":
            return f"- {found.pointer}: expected {_shown(found.expected)}, is missing"
        case "added":
            return f"+ {found.pointer}: {_shown(found.actual)} is not expected"
        case _:
            place = found.pointer or "(root)"
            return f"~ {place}: expected {_shown(found.expected)}, is {_shown(found.actual)}"


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _shown(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


def _phrase(value: Any) -> str:
    # ASCII: it stands in reports, beside text that must not be turned around or hidden.
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= LONGEST_PHRASE_VALUE else text[: LONGEST_PHRASE_VALUE - 3] + "..."
