"""Ids and bodies that servers stumble over."""

from flowgauge.reference.world.inputs import MAX_DEPTH

# As they stand in a path, with their escapes.
ODD_IDS = [
    "",
    ".",
    "..",
    "%2e%2e",
    "%2E",
    "%00",
    "a%00b",
    "%2F",
    "..%2Fflows",
    "%",
    "%zz",
    "%ff",
    "%C3%28",
    "%F0%9F%98%80",
    "%ed%a0%80",
    "null",
    "undefined",
    "0",
    "-1",
    "' OR 1=1 --".replace(" ", "%20"),
    "{flowId}",
    "%7BflowId%7D",
    "a;b=c",
    "a:b@c",
    "_info",
    "flows",
    *("x" * length for length in (1, 35, 36, 37, 255, 256, 4096)),
    "%41" * 4096,
]


def nested(depth: int) -> bytes:
    """A body whose value is so many levels deep."""
    inner = depth - 3
    return b'{"stages":[{"a":' + b"[" * inner + b"]" * inner + b"}]}"


MALFORMED = [
    b"{",
    b"[",
    b'"',
    b"nul",
    b" ",
    b'{"stages":[]} x',
    b'{"stages":[]}{"stages":[]}',
    b'{"stages":[]}\0',
    b'{"stages":[],}',
    b"{'stages':[]}",
    b'\xef\xbb\xbf{"stages":[]}',
    b'{"stages":[{"a":NaN}]}',
    b'{"stages":[{"a":Infinity}]}',
    b'{"stages":[{"a":-Infinity}]}',
    b'{"stages":[{"a":1e400}]}',
    b'{"stages":[{"a":-1e400}]}',
    b'{"stages":[{"a":1' + b"0" * 400 + b"}]}",
    b'{"stages":[{"a":' + b"9" * 5000 + b"}]}",
    b'{"stages":[{"a":01}]}',
    b'{"stages":[{"a":"\xff"}]}',
    rb'{"stages":[{"a":"\ud800"}]}',
    b'{"stages":[{"a":"\n"}]}',
    '{"stages":[]}'.encode("utf-16"),
    nested(MAX_DEPTH + 1),
    nested(100_000),
]
