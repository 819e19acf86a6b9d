"""One secret in the spellings that are looked for."""

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from flowgauge.redaction.layers import SEPARATORS

__all__ = ["GRAM", "LONG", "Secret", "found_in", "lowered"]

LONG = 8
"""A secret of at least so many characters is found anywhere, and so is a piece of one."""
GRAM = 5
"""Pieces are found by so many of their characters."""
_SHORT, _SHORTEST_CORE = 4, 6
# What is one word, or one number, may well stand in an answer by chance.
_WORD = re.compile(r"[a-z]{1,20}|[A-Z][a-z]{0,19}|[A-Z]{1,20}|[0-9]{1,12}")
_NO_WORD = re.compile(r"[A-Za-z][0-9]|[0-9][A-Za-z]|[a-z][A-Z]|[A-Z]{2}[a-z]")
_NAMED = r"(?:bearer|basic|token|secret|password|api-?key|authorization)[\"']?[\s:=]+[\"']?"


class Secret:
    """A secret, by its placeholder.

    `needles` are looked for in squeezed text in small letters, `spellings` in text that is not squeezed;
    `alone` is a pattern with a group `secret` for one that is too short or too ordinary for that; `grams` are
    parts of `squeezed` with their places, one of which any longer piece has whole, and `letters` what it is
    made of.
    """

    __slots__ = (
        "_cased",
        "_spellings",
        "alone",
        "grams",
        "letters",
        "needles",
        "placeholder",
        "spellings",
        "squeezed",
    )

    def __init__(self, placeholder: str, secret: str) -> None:
        self.placeholder = placeholder
        self._cased = SEPARATORS.inside(secret)
        self.squeezed = lowered(self._cased)
        is_word = _WORD.fullmatch(secret) is not None
        is_long = len(self.squeezed) >= LONG and not is_word
        is_seen = is_long or (len(secret) >= _SHORT and not is_word)
        spellings = _spellings(secret)
        self.letters = "".join({letter for letter in self.squeezed if letter.isascii()})
        self.needles: set[str] = set()
        # Where nothing in it separates anything, it is found in squeezed text all the same.
        self._spellings = {lowered(spelling) for spelling in spellings}
        self.spellings = self._spellings if is_long and self._cased != secret else set()
        if is_long:
            self.needles |= {lowered(SEPARATORS.inside(each)) for each in spellings}
        if is_seen:
            self.needles |= {core for core in _cores(secret) if len(core) >= _SHORTEST_CORE}
        self.alone: re.Pattern[str] | None = None
        if not is_long:
            either = "|".join(re.escape(each) for each in spellings)
            before = "(?<![A-Za-z0-9])" if is_seen else _NAMED
            self.alone = re.compile(f"{before}(?P<secret>{either})(?![A-Za-z0-9])", re.IGNORECASE)
        last = len(self.squeezed) - GRAM if is_long else -1
        self.grams = [(at, self.squeezed[at : at + GRAM]) for at in range(0, last + 1, LONG - GRAM + 1)]

    def by_itself(self, text: str, small: str) -> Iterator[tuple[int, int]]:
        """Where one that is short or ordinary stands as a secret; `small` is the text in small letters."""
        # A search for it first: the pattern takes a hundred times as long.
        if self.alone is not None and any(spelling in small for spelling in self._spellings):
            yield from (match.span("secret") for match in self.alone.finditer(text))

    def whole(self, text: str) -> Iterator[tuple[int, int]]:
        """Where all of it stands, with what separates its own pieces, in text in small letters."""
        for spelling in self.spellings:
            yield from found_in(text, spelling)

    def is_told_by(self, place: int, size: int) -> bool:
        """Whether a piece of it gives it away: nearly all of it, or what can hardly be ordinary words."""
        if size < LONG:
            return False
        return size * 4 >= len(self._cased) * 3 or bool(_NO_WORD.search(self._cased, place, place + size))


def found_in(text: str, needle: str) -> Iterator[tuple[int, int]]:
    """Where the needle stands in the text."""
    at = text.find(needle)
    while at >= 0:
        yield at, at + len(needle)
        at = text.find(needle, at + len(needle))


def lowered(text: str) -> str:
    """In small letters, each where it was.

    One letter becomes two, and one another at the end of a word: they are written as what they resemble.
    """
    if not text.isascii():
        text = text.replace("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i").replace(
            "\N{GREEK CAPITAL LETTER SIGMA}", "\N{GREEK SMALL LETTER SIGMA}"
        )
    return text.lower()


def _spellings(secret: str) -> set[str]:
    """How it may stand in text once all escapes are gone."""
    wide = secret.encode("utf-16-be", "surrogatepass")
    pairs = "".join(chr(int.from_bytes(wide[at : at + 2], "big")) for at in range(0, len(wide), 2))
    narrow = secret.encode("utf-8", "surrogatepass").decode("latin-1")
    return {secret, secret.replace(" ", "+"), narrow, pairs}


def _cores(secret: str) -> Iterator[str]:
    """What in base64, from wherever it begins, and in hexadecimal digits, is all of the secret's making."""
    forms = {secret, quote(secret, safe=""), quote_plus(secret), secret.replace("/", "\\/")}
    for data in {form.encode("utf-8", "surrogatepass") for form in forms}:
        yield data.hex()
        for before in range(3):
            packed = base64.b64encode(bytes(before) + data).decode().rstrip("=")
            core = lowered(packed[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6])
            yield from (SEPARATORS.inside(core), core.replace("+", "-").replace("/", "_"))
