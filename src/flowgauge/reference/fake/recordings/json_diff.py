"""How one JSON value differs from another, a line for each difference."""

from collections.abc import Iterator

import msgspec

from flowgauge.openapi import Json

__all__ = ["json_diff"]

LONGEST_VALUE = 120
LONGEST_DIFF = 20


def json_diff(expected: Json, actual: Json) -> list[str]:
    """Lines like `~ /a/0: expected 1, is 2`; none where the values are the same JSON.

    Types count: 1 is neither 1.0 nor true.
    """
    lines = list(_differences(expected, actual, ""))
    if len(lines) > LONGEST_DIFF:
        lines[LONGEST_DIFF:] = [f"... and {len(lines) - LONGEST_DIFF} more"]
    return lines


def _differences(expected: Json, actual: Json, pointer: str) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in [*expected, *(extra for extra in actual if extra not in expected)]:
            place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in actual:
                yield f"- {place}: expected {_shown(expected[name])}, is missing"
            elif name not in expected:
                yield f"+ {place}: {_shown(actual[name])} is not expected"
            else:
                yield from _differences(expected[name], actual[name], place)
    elif isinstance(expected, list) and isinstance(actual, list):
        for index in range(max(len(expected), len(actual))):
            place = f"{pointer}/{index}"
            if index >= len(actual):
                yield f"- {place}: expected {_shown(expected[index])}, is missing"
            elif index >= len(expected):
                yield f"+ {place}: {_shown(actual[index])} is not expected"
            else:
                yield from _differences(expected[index], actual[index], place)
    elif type(expected) is not type(actual) or expected != actual:
        yield f"~ {pointer or '(root)'}: expected {_shown(expected)}, is {_shown(actual)}"


def _shown(value: Json) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."
