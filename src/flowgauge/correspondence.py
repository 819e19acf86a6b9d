"""Which value of one server stands for which of another that was asked the same.

Two servers give out different ids, cursors and times for the same thing. So where both sides have an id,
the first meeting pairs the two, and from then on one must come wherever the other does; times must have the
same form, and the same number of them.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

__all__ = ["Correspondence", "is_time"]

Json = Any
# A shorter value may be a part of others.
_LONG = 8
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def is_time(value: Json) -> bool:
    """Whether a value is an RFC 3339 date-time, in whatever spelling."""
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


class Correspondence:
    """Which value of one server stands for which of the other.

    `opaque` are the members whose values each server makes up for itself.
    """

    def __init__(self, opaque: frozenset[str] = frozenset()) -> None:
        self._opaque = opaque
        self._there: dict[str, str] = {}
        self._back: dict[str, str] = {}
        self._spelled: dict[str, list[tuple[str, str]]] = {}

    def translated(self, text: str) -> str:
        """`text`, such as the target of a request, with the one server's values replaced by the other's."""
        # Long ones first: a cursor may hold an id.
        for live in sorted(self._there, key=len, reverse=True):
            fake = self._there[live]
            if len(live) >= _LONG:
                for one, other in self._spelled[live]:
                    text = text.replace(one, other)
            else:
                # A counter may stand in anything.
                text = fake.join(re.split(rf"(?<![\w.%-]){re.escape(live)}(?![\w.%-])", text))
        return text

    def partner(self, live: str) -> str | None:
        """What stands for a value of the one server on the other."""
        return self._there.get(live)

    def is_partner(self, fake: str) -> bool:
        """Whether a value of the other server stands for one that is known."""
        return fake in self._back

    def clear(self) -> None:
        """Forget all pairs: what is given out from now on may be given out again."""
        self._there.clear()
        self._back.clear()
        self._spelled.clear()

    def pair(self, live: str, fake: str) -> bool:
        """Whether the two stand for each other; strangers are paired."""
        if live not in self._there and fake not in self._back:
            self._there[live], self._back[fake] = fake, live
            self._spelled[live] = list(zip(_spellings(live), _spellings(fake), strict=True))
        return self._there.get(live) == fake and self._back.get(fake) == live

    def differing(self, live: Json, fake: Json, pointer: str = "") -> Iterator[tuple[str, str, str]]:
        """The pointers at which two values differ, with what stands there."""
        if isinstance(live, dict) and isinstance(fake, dict):
            for name in sorted({*live, *fake}):
                if name in live and name in fake:
                    yield from self.differing(live[name], fake[name], f"{pointer}/{name}")
                else:
                    yield f"{pointer}/{name}", _shown(live, name), _shown(fake, name)
        elif isinstance(live, list) and isinstance(fake, list) and len(live) == len(fake):
            for index, (one, other) in enumerate(zip(live, fake, strict=True)):
                yield from self.differing(one, other, f"{pointer}/{index}")
        elif not self.is_same(live, fake, pointer.rpartition("/")[2]):
            yield pointer or "(root)", _text(live), _text(fake)

    def is_same(self, live: Json, fake: Json, name: str) -> bool:
        """Whether two values of a member of that name stand for each other."""
        if isinstance(live, str) and isinstance(fake, str):
            if name in self._opaque or (_UUID.fullmatch(live) and _UUID.fullmatch(fake)):
                return self.pair(live, fake)
            one, other = _TIME.fullmatch(live), _TIME.fullmatch(fake)
            if one and other:
                return len(one[1] or "") == len(other[1] or "") and one[2] == other[2]
        return type(live) is type(fake) and bool(live == fake)


def _spellings(value: str) -> tuple[str, ...]:
    """As it is, and as it may stand in a path or a query: any character may be escaped."""
    escaped = "".join(f"%{byte:02x}" for byte in value.encode())
    return value, quote(value, safe=""), escaped, f"{escaped[:3].upper()}{value[1:]}"


def _shown(holder: dict[str, Json], name: str) -> str:
    return _text(holder[name]) if name in holder else "nothing"


def _text(value: Json) -> str:
    return msgspec.json.encode(value).decode()[:200]
