"""A text that fits a regular expression, read off the expression.

What most patterns of schemas are made of is read: characters, classes, groups, alternatives, repetitions and
anchors. Whatever else there is (a look-ahead, a back-reference) gives no text, and what comes out has to be
judged by whoever needs it to be legal.
"""

import re
import sys
from itertools import chain

__all__ = ["text_of_pattern"]

# The first of them that a class has stands for it.
_LIKELY = "a0A1 -_.@:/+"
_CLASSES = {"d": "0123456789", "w": "a0A1_", "s": " "}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_REPEATED = re.compile(r"\{(\d+)(?:,\d*)?\}")
_CODE = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]+)\}")
_MOST = 1000


class _Unread(Exception):
    """A part of a pattern that is not read here."""


def text_of_pattern(pattern: str) -> str | None:
    """A short text that the pattern has; None where it says more than is read here.

    >>> text_of_pattern("^[0-9]{1,9}[.][0-9]{2}$"), text_of_pattern("^(?:red|green)-(?=x)")
    ('0.00', None)
    """
    reader = _Reader(pattern)
    try:
        text = reader.alternatives()
    except (_Unread, IndexError, RecursionError):
        return None
    return text if reader.is_at_end else None


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._pattern)

    def alternatives(self) -> str:
        """The text of the first of what stands between bars."""
        first = self._sequence()
        while self._took("|"):
            self._sequence()
        return first

    def _sequence(self) -> str:
        text = ""
        while not self.is_at_end and self._pattern[self._at] not in "|)":
            text += self._atom() * self._count()
            if len(text) > _MOST:
                raise _Unread
        return text

    def _atom(self) -> str:
        char = self._next()
        match char:
            case "^" | "$":
                return ""
            case ".":
                return "a"
            case "[":
                return self._class()
            case "(":
                return self._group()
            case "\\":
                return self._escaped()[:1]
            case "*" | "+" | "?":
                raise _Unread
        return char

    def _group(self) -> str:
        if self._took("?") and not self._took(":"):
            name = re.compile(r"P?<\w+>").match(self._pattern, self._at)
            if name is None:
                raise _Unread
            self._at = name.end()
        text = self.alternatives()
        if self._next() != ")":
            raise _Unread
        return text

    def _count(self) -> int:
        """How often what stands before has to be there."""
        if self.is_at_end:
            return 1
        count = 1
        if found := _REPEATED.match(self._pattern, self._at):
            count, self._at = int(found[1]), found.end()
        elif self._took("*") or self._took("?"):
            count = 0
        elif not self._took("+"):
            return 1
        # As few as it can, it says: they are few here.
        self._took("?")
        return min(count, _MOST + 1)

    def _class(self) -> str:
        is_negated, members = self._took("^"), list[str]()
        while (char := self._next()) != "]":
            first = self._escaped() if char == "\\" else char
            if len(first) == 1 and self._pattern[self._at] == "-" and self._pattern[self._at + 1] != "]":
                self._next()
                last = self._next()
                last = self._escaped() if last == "\\" else last
                if len(last) != 1:
                    raise _Unread
                members.append("".join(map(chr, range(ord(first), min(ord(last), ord(first) + 255) + 1))))
            else:
                members.append(first)
        found = set(chain.from_iterable(members))
        if is_negated:
            return next(
                (char for char in _LIKELY if char not in found), "\N{LATIN SMALL LETTER E WITH ACUTE}"
            )
        return next((char for char in _LIKELY if char in found), members[0][0])

    def _escaped(self) -> str:
        """The characters that an escape may stand for."""
        if code := _CODE.match(self._pattern, self._at):
            self._at = code.end()
            number = int(code[1] or code[2] or code[3], 16)
            if number > sys.maxunicode:
                raise _Unread
            return chr(number)
        char = self._next()
        if char in "DWS":
            return {"D": "a", "W": " -", "S": "a0"}[char]
        if char.isalnum() and char not in _CLASSES and char not in _CONTROLS:
            # A word's edge, a property of letters, or what a group held.
            raise _Unread
        return _CLASSES.get(char) or _CONTROLS.get(char) or char

    def _next(self) -> str:
        char = self._pattern[self._at]
        self._at += 1
        return char

    def _took(self, char: str) -> bool:
        is_next = self._pattern[self._at : self._at + 1] == char
        self._at += is_next
        return is_next
