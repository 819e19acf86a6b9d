"""Legal data that servers trip over: texts, numbers and shapes, one trait each.

A server that refuses, trims, folds, rounds or drops any of it does not give back what was written. Generated
data meets most of these traits once in a long while; here each is sent once, in every place that takes it.
"""

from collections.abc import Iterator
from typing import Any

__all__ = [
    "COUNTS",
    "INTEROPERABLE",
    "UNUSUAL_NUMBERS",
    "UNUSUAL_SHAPES",
    "UNUSUAL_TEXTS",
    "unusual_maps",
    "unusual_objects",
]

UNUSUAL_TEXTS: tuple[str, ...] = (
    "",
    " ",
    " padded\t",
    "UPPER and lower",
    "snake_case",
    "camelCase",
    # The same to the eye: composed, decomposed, and a compatibility form.
    "\u00e9",
    "e\u0301",
    "\ufb01\u00bd",
    "\u00df\u0130\u0131",
    "\u65e5\u672c\u8a9e",
    "\U0001f600\U0010ffff",
    "\u200b\u200d\u00ad",
    "\u202eabc",
    "\ufeffabc",
    "\ufffe\uffff\ufffd",
    "\u0000",
    "\u0001\u001f\u007f\u0085",
    "a\r\nb\rc\nd",
    "\u2028\u2029",
    "'",
    '"',
    "`",
    "\\",
    "\\u0041\\n",
    "/a//b",
    "%2F%00%",
    "a+b",
    "<b>&amp;</b>",
    "$a {a} $${b}",
    "$1 \\1 $& ${",
    "{{a}} {% b %} #{c}",
    "$ref",
    "a.b[0]",
    "__proto__",
    "constructor",
    "null",
    "true",
    "False",
    "1",
    "1.0",
    "01",
    "-1",
    "1e3",
    "2023-02-14T09:31:00+00:00",
    "=1+1",
    "-- ; DROP",
    "k" * 65,
    "k" * 256,
    "k" * 1_001,
    "k" * 65_536,
)
UNUSUAL_NUMBERS: tuple[int | float, ...] = (
    0,
    -1,
    255,
    2**31,
    -(2**31) - 1,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63),
    2**64 - 1,
    2**64,
    -(2**64),
    10**30,
    0.0,
    -0.0,
    1.0,
    -1.5,
    0.1,
    1 / 3,
    123456789.123456789,
    1e16,
    1e22,
    1e-7,
    5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
)
UNUSUAL_SHAPES: tuple[Any, ...] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    [{}],
    [None],
    [None, 1, None],
    [1],
    [[1], [2, [3]]],
    ["b", "a", "b", "a"],
    [1, 1.0, "1", True],
    [{"a": None}, {}, {"a": None}],
    {"a": None, "b": [], "c": {}},
    {"a": 1, "A": 2, "\u00e9": 3, "e\u0301": 4},
    {"z": 1, "y": {"x": 1, "w": {"v": 1}}},
    {f"member {number}": number for number in range(130)},
    list(range(1_030)),
)
# RFC 8259, section 6: within these bounds implementations agree on what an integer is.
INTEROPERABLE = 2**53 - 1
# How many items: around the sizes at which buffers, pages and columns end.
COUNTS = (1, 2, 16, 33, 65, 129, 257, 1_025)
_DEPTHS = (4, 8, 16, 28)


def unusual_objects() -> Iterator[dict[str, Any]]:
    """Objects whose members may be anything, each with one trait."""
    for text in UNUSUAL_TEXTS:
        # As a value, as a member's name, as both further down, and as the name of an empty member.
        yield {"text": text, "inner": [{text: text}]}
        yield {text: {}}
    for value in (*UNUSUAL_NUMBERS, *UNUSUAL_SHAPES):
        yield {"value": value, "inner": [{"value": [value]}]}
    for depth in _DEPTHS:
        lists: Any = depth
        objects: Any = depth
        for _ in range(depth // 2):
            lists, objects = [lists], {"a": objects}
        yield {"lists": [lists], "objects": objects}
    for count in (11, 65):
        yield {f"member {number}": {} for number in range(count)}


def unusual_maps(value: Any) -> Iterator[dict[str, Any]]:
    """Objects of members of one type, which `value` is of: each with an odd name, or very many."""
    for text in UNUSUAL_TEXTS:
        yield {text: value}
    for count in (12, 40, 150):
        yield {f"name {number}": value for number in range(count)}
