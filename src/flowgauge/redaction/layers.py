"""Ways in which text can be wrapped, and the way back from what was found inside to where it stands outside.

A layer is a pattern and what each of its matches becomes. Applying it is one substitution; only where
something was found is the text walked again, to turn places inside into places outside. So text in which
there is nothing costs little, however long it is.
"""

import html
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

__all__ = [
    "ESCAPES",
    "MEMBERS",
    "NOISE",
    "QUOTED",
    "SEPARATORS",
    "Layer",
    "Span",
    "spans_apart",
    "wrapped_parts",
]

Span = tuple[int, int]

_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Layer:
    """One kind of wrapping.

    It shows by one of its `marks` in the text, and where it `is_wide` by a character beyond ASCII, too; a
    `sign` must be there besides. Where `dropped` is given, a table of characters in ASCII, it is no more than
    those.
    """

    pattern: re.Pattern[str]
    becomes: Callable[[re.Match[str]], str] | str
    marks: str = ""
    sign: re.Pattern[str] | None = None
    is_wide: bool = False
    dropped: dict[int, None] | None = None

    def inside(self, text: str) -> str:
        """The text without this wrapping."""
        is_ascii = text.isascii()
        if self.dropped is not None and is_ascii:
            return text.translate(self.dropped)
        may_be_wide = self.is_wide and not is_ascii
        if self.marks and not may_be_wide and not any(mark in text for mark in self.marks):
            # Finding a character is a hundred times as quick as trying a pattern at each.
            return text
        if self.sign is not None and self.sign.search(text) is None:
            return text
        return self.pattern.sub(self.becomes, text)

    def outside(self, text: str, spans: Sequence[Span]) -> list[Span]:
        """Where in `text` that stands which makes up these spans (sorted, apart) of the text inside.

        What vanished within a span splits it.
        """
        found: list[Span] = []
        pieces = self._pieces(text)
        begins, ends, start, stop, is_plain = next(pieces)
        for first, last in spans:
            at = first
            while at < last:
                while ends <= at:
                    begins, ends, start, stop, is_plain = next(pieces)
                upto = min(last, ends)
                here = (start + at - begins, start + upto - begins) if is_plain else (start, stop)
                if found and found[-1][1] >= here[0]:
                    found[-1] = (found[-1][0], max(found[-1][1], here[1]))
                else:
                    found.append(here)
                at = upto
        return found

    def _pieces(self, text: str) -> Iterator[tuple[int, int, int, int, bool]]:
        """Begin and end inside, begin and end outside, and whether the two are the same text."""
        inside = done = 0
        for match in self.pattern.finditer(text):
            if match.start() > done:
                yield inside, inside + match.start() - done, done, match.start(), True
                inside += match.start() - done
            became = match.expand(self.becomes) if isinstance(self.becomes, str) else self.becomes(match)
            if became:
                yield inside, inside + len(became), match.start(), match.end(), False
                inside += len(became)
            done = match.end()
        yield inside, inside + len(text) - done, done, len(text), True


def spans_apart(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, what overlaps or touches made one."""
    apart: list[Span] = []
    for start, stop in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(stop, apart[-1][1]))
        else:
            apart.append((start, stop))
    return apart


def _unescaped(match: re.Match[str]) -> str:
    kind = match.lastgroup
    code = match[kind] if kind else ""
    if kind == "entity":
        return html.unescape(match[0])
    if kind == "number":
        # The others know better than HTML what they mean by 0 and 128.
        return chr(min(int(code), sys.maxunicode))
    if kind in {"utf8", "utf8x"}:
        data = bytes.fromhex(re.sub(r"[%x\\]", "", code))
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode("latin-1")
    if kind == "octal":
        return chr(int(code, 8) & 0xFF)
    if kind == "symbol":
        return code
    if kind == "control":
        return _CONTROLS[code]
    return chr(int(code, 16))


# What follows the first byte of a character in UTF-8.
_GOES_ON = r"(?:(?:%|\\x)[89abAB][0-9a-fA-F]){1,3}"
ESCAPES = Layer(
    re.compile(
        # Each of the three begins with its own character: only so does the engine skip all others.
        r"\\(?:(?P<symbol>[^0-9A-Za-z])"
        rf"|(?P<utf8x>x[c-fC-F][0-9a-fA-F]{_GOES_ON})"
        r"|u(?P<unicode>[0-9a-fA-F]{4})"
        r"|u\{0*(?P<braced>[0-9a-fA-F]{1,4})\}"
        r"|x(?P<hex>[0-9a-fA-F]{2})"
        r"|(?P<octal>[0-3][0-7]{2})"
        r"|(?P<control>[bfnrt]))"
        rf"|%(?:(?P<utf8>[c-fC-F][0-9a-fA-F]{_GOES_ON})"
        r"|(?P<percent>[0-9a-fA-F]{2})"
        r"|u(?P<wide>[0-9a-fA-F]{4}))"
        r"|&(?:\#(?P<number>[0-9]{1,7})"
        r"|\#[xX](?P<sixteen>[0-9a-fA-F]{1,5})"
        r"|(?P<entity>[a-zA-Z]{2,8}));",
        re.DOTALL,
    ),
    _unescaped,
    marks="\\%&",
)
"""One round of what JSON, JavaScript, shells, Python, URLs and HTML write for a character."""

QUOTED = Layer(
    re.compile(r"\\([0-9A-Za-z])"),
    r"\1",
    marks="\\",
    # Two of them close together; each by itself is most often an escape of JSON.
    sign=re.compile(r"\\[0-9A-Za-z].{0,2}\\[0-9A-Za-z]", re.DOTALL),
)
"""A backslash before what needs none, as it may stand in a quoted string of a header (RFC 9110, 5.6.4)."""

_NO_WIDTH = r"\x00\xad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff"
_BREAK = r"(?<=[A-Za-z0-9+/])\r?\n[ \t]*(?=[A-Za-z0-9+/=])"
NOISE = Layer(
    re.compile(rf"[{_NO_WIDTH}]+|{_BREAK}"),
    "",
    marks="\x00\n",
    is_wide=True,
)
"""What is not seen: characters of no width, half of each in UTF-16, and breaks in too long a line."""

# Quotes, commas, brackets and blanks; backslashes, which a quoted string of a header may put before anything;
# and characters of no width.
_APART = rf"[\s\"'`,;\[\]{{}}()<>\\{_NO_WIDTH}]"
SEPARATORS = Layer(
    re.compile(_APART + "+"),
    "",
    dropped=dict.fromkeys(code for code in range(128) if re.match(_APART, chr(code))),
)
"""What may stand between two pieces of one text."""

MEMBERS = Layer(
    re.compile(
        rf"(?:{_APART}|(?<=[\s\"'`])\+(?=[\s\"'`]))+"
        r"(?:(?<=[\"',{])[^\"'\s:,{}\[\]]{1,64}[\"']?\s*:[\s\"'\[{]*)?|&[^&=\s]{1,64}=",
    ),
    "",
)
"""The same, with the name of a member (in an object or a query) that follows, and a plus between strings."""

_WRAPPED = re.compile(rf"[\\%&{_NO_WIDTH}]|{_BREAK}")


def wrapped_parts(text: str, margin: int) -> Iterator[Span]:
    """The parts of a text in which anything is wrapped in escapes or noise, each with so much around it."""
    start = stop = -1
    for match in _WRAPPED.finditer(text):
        at = match.start()
        if start >= 0 and at <= stop + 2 * margin:
            stop = match.end()
            continue
        if start >= 0:
            yield max(0, start - margin), stop + margin
        start, stop = at, match.end()
    if start >= 0:
        yield max(0, start - margin), stop + margin
