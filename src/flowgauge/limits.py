"""What a peer may make us read, keep or wait for: all limits, in one place."""

import re
from dataclasses import dataclass, fields, replace

from flowgauge.errors import UsageError

__all__ = ["GIB", "KIB", "MIB", "PeerLimits", "is_deeper", "limits_of", "size_text"]

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
_UNITS = {"": 1, "KiB": KIB, "MiB": MIB, "GiB": GIB, "s": 1}
_SIZE = re.compile(r"([0-9]{1,12})(KiB|MiB|GiB|s|)")
_NO_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"?|[^\[\]{}"]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class PeerLimits:
    """Sizes in bytes, times in seconds; the rest are counts.

    Of answers: `answer` is the body as it is sent, `unpacked` as it unpacks, `head` all before it, `depth`
    how deep its JSON may be nested; `redirects` is how many of them one call follows. Of requests to the
    reference server: `request_head` and `request_body`, the seconds that either may take, and
    `request_depth`; `connections` is how many it keeps open, `memory` how much its process may take, and
    `refusals` how many credentials of one address it refuses in a minute before it slows that address down.
    """

    answer: int = 64 * MIB
    unpacked: int = 64 * MIB
    head: int = 256 * KIB
    depth: int = 500
    redirects: int = 5
    request_head: int = 128 * KIB
    request_head_seconds: int = 30
    request_body: int = MIB
    request_body_seconds: int = 60
    request_depth: int = 100
    connections: int = 4096
    memory: int = GIB
    refusals: int = 1000


def limits_of(text: str, default: PeerLimits | None = None) -> PeerLimits:
    """The limits that a text sets: `unpacked=16MiB,redirects=0`. Raises UsageError.

    >>> limits_of("unpacked=16MiB, redirects=0").unpacked
    16777216
    """
    known = {field.name for field in fields(PeerLimits)}
    chosen: dict[str, int] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        match = _SIZE.fullmatch(value)
        if name not in known or match is None:
            raise UsageError(
                f"{part!r} is no limit",
                hint=f"give NAME=NUMBER[KiB|MiB|GiB|s], of {', '.join(sorted(known))}",
            )
        chosen[name] = int(match[1]) * _UNITS[match[2]]
        if chosen[name] == 0 and name != "redirects":
            raise UsageError(f"the limit {name} must be more than 0")
    return replace(default or PeerLimits(), **chosen)


def size_text(size: int) -> str:
    """A size as people read it.

    >>> size_text(64 * MIB), size_text(1000)
    ('64 MiB', '1000 bytes')
    """
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


def is_deeper(body: bytes, depth: int) -> bool:
    """Whether a JSON text is nested deeper than that.

    >>> is_deeper(b'[["[[["]]', 2), is_deeper(b'[["[[["]]', 1)
    (False, True)
    """
    if body.count(b"[") + body.count(b"{") <= depth:
        return False
    level = 0
    for bracket in _NO_BRACKET.sub(b"", body):
        level += 1 if bracket in b"[{" else -1
        if level > depth:
            return True
    return False
