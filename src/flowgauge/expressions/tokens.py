"""The words of the language: a source text cut into tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["SLIPS", "SPELLINGS", "Lexeme", "tokens"]

# Both code points that people type for micro.
SPELLINGS = {"\N{MICRO SIGN}s": "us", "\N{GREEK SMALL LETTER MU}s": "us"}
SLIPS = {
    "=": "write == for equality",
    "=>": "write >=",
    "=<": "write <=",
    "\N{LESS-THAN OR EQUAL TO}": "write <=",
    "\N{GREATER-THAN OR EQUAL TO}": "write >=",
    "&": "combine them as all(..., ...)",
    "|": "combine them as any(..., ...)",
    "-": "no measure is ever negative; names are written with underscores",
}
"""What people write by mistake, and what they mean."""

PATTERN = re.compile(
    r"\s*(?:(?P<name>[^\W\d]\w*(?:\.\w+)*)|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<symbol><=|>=|==|!=|=>|=<|/s\b|\S))"
)


@dataclass(frozen=True, slots=True)
class Lexeme:
    """`kind` is name, number, symbol or end; `start` the column, from 0."""

    kind: str
    text: str
    start: int


def tokens(source: str) -> Iterator[Lexeme]:
    """The tokens of `source`, then one of kind `end`. Every character but white space is in some token."""
    position = 0
    while match := PATTERN.match(source, position):
        kind = match.lastgroup
        assert kind is not None, "every alternative of PATTERN has a name"
        yield Lexeme(kind, match[kind], match.start(kind))
        position = match.end()
    yield Lexeme("end", "", len(source.rstrip()))
