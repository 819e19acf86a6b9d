"""Hostile text made inert: what a server sent may hold anything, and must only ever be looked at.

HTML escaping alone leaves control characters (which move a terminal's cursor and are not allowed in
XML at all), bidirectional overrides (which make text read otherwise than it is), characters that nobody sees
(in which text can hide) and lone surrogates (which no file can be written with). Each becomes a visible mark.
"""

import unicodedata

__all__ = ["LONGEST_BODY", "body_text", "csv_cell", "inert"]

LONGEST_BODY = 4_000
"""Bytes of a body that a report shows; the whole of it stays in the run folder."""

# Emoji and several scripts need these, between two characters of their own; between others they hide.
JOINERS = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{VARIATION SELECTOR-16}")
# Letters, marks and symbols by category, of which nothing is seen.
UNSEEN = frozenset(
    "\N{COMBINING GRAPHEME JOINER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}\N{HANGUL FILLER}"
    "\N{HALFWIDTH HANGUL FILLER}"
    "\N{KHMER VOWEL INHERENT AQ}\N{KHMER VOWEL INHERENT AA}\N{BRAILLE PATTERN BLANK}"
) | {chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))}
PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\N{SYMBOL FOR DELETE}"}


def inert(text: str, *, keep: str = "\n\t") -> str:
    """`text` with every character that does more than show itself replaced by a mark that shows it."""
    if text.isascii() and text.isprintable():
        return text
    before = ""
    shown = []
    for at, char in enumerate(text):
        if char in keep or (char in JOINERS and _joins(before, text[at + 1 : at + 2], char)):
            shown.append(char)
        else:
            shown.append(_mark(char))
        before = char
    return "".join(shown)


def csv_cell(text: str) -> str:
    """`text` as a cell of a CSV file that begins no formula in whatever opens it.

    >>> print(csv_cell("=1+1, x"))
    "'=1+1, x"
    """
    shown = inert(text, keep="")
    if shown.startswith(("=", "+", "-", "@", "\N{SYMBOL FOR HORIZONTAL TABULATION}")):
        shown = f"'{shown}"
    return '"' + shown.replace('"', '""') + '"'


def body_text(body: bytes | None, *, limit: int = LONGEST_BODY) -> str:
    """A body as inert text: UTF-8 where it is, escaped bytes where it is not, cut at `limit` bytes."""
    if not body:
        return ""
    shown = inert(body[:limit].decode("utf-8", errors="backslashreplace"))
    if len(body) > limit:
        shown += f"\n... {len(body) - limit:,} more bytes"
    return shown


def _joins(before: str, after: str, char: str) -> bool:
    """Whether a joiner stands where text needs one: behind what is not ASCII, and before more of that."""
    if not before or before.isascii():
        return False
    return char == "\N{VARIATION SELECTOR-16}" or (bool(after) and not after.isascii())


def _mark(char: str) -> str:
    code = ord(char)
    if code in PICTURES:
        return PICTURES[code]
    category = unicodedata.category(char)
    if category in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or char in UNSEEN:
        return f"<U+{code:04X}>"
    return char
