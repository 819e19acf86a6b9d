"""Hostile text made inert: what a server sent may hold anything, and must only ever be looked at.

HTML escaping alone leaves control characters (which move a terminal's cursor and are not allowed in
XML at all), bidirectional overrides (which make text read otherwise than it is) and lone surrogates
(which no file can be written with). Each becomes a visible mark.
"""

import unicodedata

__all__ = ["LONGEST_BODY", "body_text", "inert"]

LONGEST_BODY = 4_000
"""Bytes of a body that a report shows; the whole of it stays in the run folder."""

# Format characters that text needs: zero-width joiners hold emoji and several scripts together.
HARMLESS_FORMAT = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{SOFT HYPHEN}")
PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\N{SYMBOL FOR DELETE}"}


def inert(text: str, *, keep: str = "\n\t") -> str:
    """`text` with every character that does more than show itself replaced by a mark that shows it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char in keep else _mark(char) for char in text)


def body_text(body: bytes | None, *, limit: int = LONGEST_BODY) -> str:
    """A body as inert text: UTF-8 where it is, escaped bytes where it is not, cut at `limit` bytes."""
    if not body:
        return ""
    shown = inert(body[:limit].decode("utf-8", errors="backslashreplace"))
    if len(body) > limit:
        shown += f"\n... {len(body) - limit:,} more bytes"
    return shown


def _mark(char: str) -> str:
    code = ord(char)
    if code in PICTURES:
        return PICTURES[code]
    category = unicodedata.category(char)
    if category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} or (category == "Cf" and char not in HARMLESS_FORMAT):
        return f"<U+{code:04X}>"
    return char
