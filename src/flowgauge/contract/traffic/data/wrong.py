"""Texts that must be refused, or must at least not break the server: bodies, parameters, ids, media types."""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = [
    "BOUNDARY_IDS",
    "BROKEN_VALUES",
    "MEDIA_TYPES",
    "NOT_JSON",
    "UNKNOWN_CURSORS",
    "WRONG_BOOLEANS",
    "WRONG_CURSORS",
    "YAML_TYPES",
    "broken_texts",
    "wrong_integers",
]

NOT_JSON = (
    b"{",
    b"[",
    b"nope",
    b"\xff\xfe{}",
    b"\x00",
    b"<a/>",
    b"a: 1",
    b" ",
    b"\n",
    b'{"a"}',
    b"[1 2]",
)
# No values of JSON, though one language or another reads them.
BROKEN_VALUES = (
    b"NaN",
    b"Infinity",
    b"01",
    b'"\xff"',
    b'"\n"',
    b"/* */",
    b"True",
    b"0x1",
    b"+1",
    b".5",
    b"1.",
    b'"\\x41"',
    b"[,]",
)


def broken_texts(text: str) -> Iterator[bytes]:
    """Texts that are nearly the JSON text `text`, and are no JSON."""
    body = text.encode()
    # A number may end early and still be one.
    if text[-1:] in ']}"':
        yield body[:-1]
    yield from (body + b" trailing", body + body, body + b", // \n", body.replace(b'"', b"'"))
    if text.startswith("{") and text != "{}":
        yield body[:-1] + b",}"
        yield body.replace(b'"', b"", 2)
    yield text.encode("utf-16")
    for value in BROKEN_VALUES:
        if text.startswith("{"):
            yield b'{"other": ' + value + (b"}" if text == "{}" else b", " + body[1:])
        else:
            yield b"[" + value + b"]"
    if text.startswith("{"):
        yield '{"\u00e9": 1'.encode("latin-1") + (b"}" if text == "{}" else b", " + body[1:])


WRONG_BOOLEANS = (
    *("TRUE", "True", "tRUE", "FALSE", "False", "t", "f", "T", "F", "yes", "no", "y", "n", "on", "off"),
    *(
        "1",
        "0",
        "2",
        "-1",
        "1.0",
        "null",
        "none",
        "undefined",
        "banana",
        "",
        "banana",
        "tru",
        "truee",
        "falsee",
    ),
    *(" ", " true", "true ", "\ttrue", "true\n", " false", "true\u0000", "true,false", "truefalse", "true;"),
    *('"true"', "'true'", "[true]", "true]", "\u3000true", "\u0442rue", "\uff54\uff52\uff55\uff45"),
)
# Whether "01" or "+1" is an integer is left open; these are none.
_NO_INTEGERS = (
    *("banana", "", "1.5", "15.0x", "1e2", "0x10", "1_0", "1,0", "15a", "a15", "true", "null", "NaN"),
    *("Infinity", "[15]", '"15"', "\uff11", "\u0661", "15\u0000", "-"),
)
_BIG = (2_000, 100_000, 2**31, 2**32 + 1, 2**63, 10**20 - 1)


def wrong_integers(schema: Mapping[str, Any]) -> Iterator[str]:
    """Texts that are no integer, and integers beyond the bounds of a schema, where it has any."""
    yield from _NO_INTEGERS
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if lowest is not None:
        yield from (str(number) for number in (lowest - 1, lowest - 2, lowest - 16))
    if highest is not None:
        yield from (str(number) for number in (highest + 1, *_BIG) if number > highest)


# Not one of them can be the next or the previous of a page.
WRONG_CURSORS = ("", " ", "not a cursor", "\u0000", "\u2603", "'", '{"offset": 0}', "<x>", "..\\..")
# Whether one of these is a cursor, only the server can tell; it has to be able to.
UNKNOWN_CURSORS = (
    *(
        "x",
        "0",
        "1",
        "-1",
        "null",
        "undefined",
        "true",
        "eA",
        "e30",
        "bnVsbA",
        "W10=",
        "AAAA",
        "====",
        "a=b=c",
    ),
    *("ey.J.9", "../..", "x" * 255, "x" * 4000, "00000000-0000-0000-0000-000000000000"),
)
MEDIA_TYPES = (
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "text/vnd.yaml",
    "text/json",
    "application/jsonx",
    "application/x-json",
    "application/problem+json",
    "application/vnd.api+json",
    "application/x-ndjson",
    "application/json, text/plain",
    "json",
    "*/*",
    "",
)
YAML_TYPES = ("text/vnd.yaml", "application/yaml", "application/x-yaml")
# As they stand in the path, percent-encoded. None of them was ever given out.
BOUNDARY_IDS = (
    "",
    "x",
    "0",
    "-1",
    "null",
    "undefined",
    ".",
    "..",
    "%2E%2E",
    "%2F",
    "..%2Fx",
    "%00",
    "a%00",
    "%20",
    "%25",
    "%5C",
    "a%5Cb",
    "+",
    "*",
    "%2A",
    "%09",
    "%26%3D",
    "-",
    "true",
    "%0A",
    "%FF",
    "%zz",
    "caf%C3%A9",
    "%F0%9F%98%80",
    "'%20OR%20'1'='1",
    ";drop",
    "$ID",
    "a" * 36,
    "a" * 37,
    "a" * 255,
    "a" * 4096,
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "%7B00000000-0000-0000-0000-000000000000%7D",
)
