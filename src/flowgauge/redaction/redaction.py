"""Secrets found in whatever wrapping, and replaced by what they are known by."""

import binascii
import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from flowgauge.redaction.layers import (
    ESCAPES,
    MEMBERS,
    NOISE,
    QUOTED,
    SEPARATORS,
    Layer,
    Span,
    spans_apart,
    wrapped_parts,
)
from flowgauge.redaction.secret import GRAM, Secret, found_in, lowered

__all__ = ["Redaction"]

T = TypeVar("T")
View = tuple[str, list[tuple[Layer, str]]]

# So many wrappings in each other: JSON in JSON in a query is three.
_DEPTH = 4
# Ways to read one text.
_VIEWS = 16
# Of a text of more characters, only what stands around wrappings is read in every way.
_LONG_TEXT, _AROUND = 1 << 12, 1 << 9
# Long text is taken piece by piece, cut where something ends, or it would take much memory.
_PIECE, _MARGIN = 1 << 20, 1 << 16
# Names and values of headers, and members, come again and again.
_SHORT, _MOST_SHORT = 128, 4096
_ENDS = ",}]\n &"
# The whole of a run: a try at each of its characters would take its time.
_PACKED = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}")
_DIGITS = re.compile(r"(?:[0-9a-fA-F]{2})+")
_TEXT = re.compile(rb"[\x20-\x7e\x00]{12}")
_BASE64 = str.maketrans("-_", "+/")


class Redaction:
    r"""What must not be seen, and what stands in its place: pairs of a placeholder and a secret.

    A secret is found in every spelling that JSON, URLs, HTML, shells and quoted strings allow for it, in
    base64 and hexadecimal digits, one within another, in pieces over members of an object or a list, cut
    off, and in the other case. The shorter it is, and the more like a word, the more must point at it: one
    of less than eight characters must stand alone, an ordinary word or number behind `Bearer` or the like.

    >>> Redaction([("$TOKEN", "s3/cretive")]).of('{"a": "s3\\/cretive", "b": "x=s3%2Fcretive"}')
    '{"a": "$TOKEN", "b": "x=$TOKEN"}'
    """

    def __init__(self, secrets: Iterable[tuple[str, str]]) -> None:
        # The longest first: one may hold another.
        ordered = sorted(secrets, key=lambda pair: len(pair[1]), reverse=True)
        self._secrets = [Secret(*pair) for pair in ordered if pair[1]]
        self._margin = _AROUND + 4 * max((len(secret.squeezed) for secret in self._secrets), default=0)
        self._short: dict[str, str] = {}

    def of(self, value: T) -> T:
        """The same text, bytes or JSON-like data without the secrets; all else as it is."""
        redacted: Any = value
        if not self._secrets:
            return value
        if isinstance(value, str) and len(value) <= _SHORT:
            redacted = self._short.get(value)
            if redacted is None:
                if len(self._short) >= _MOST_SHORT:
                    self._short.clear()
                redacted = self._short[value] = self._text(value)
        elif isinstance(value, str):
            redacted = "".join(map(self._text, _pieces(value)))
        elif isinstance(value, bytes):
            # Any byte there and back again.
            redacted = self.of(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        elif isinstance(value, dict):
            redacted = {self.of(name): self.of(member) for name, member in value.items()}
        elif isinstance(value, list | tuple):
            redacted = type(value)([self.of(item) for item in value])
        return redacted  # type: ignore[no-any-return]

    def _text(self, text: str) -> str:
        # Replacing one may bring two halves of another together, hardly ever twice.
        for _ in range(_DEPTH):
            found = self._found(text, _DEPTH)
            if not found:
                break
            text = _replaced(text, found)
        return text

    def _found(self, text: str, depth: int) -> list[tuple[Span, str]]:
        """Where secrets stand in the text, in whatever wrapping, and what is to stand there."""
        if len(text) <= _LONG_TEXT:
            return list(self._in_views(_views(text, depth), depth))
        found = list(self._in_views([(text, [])], depth))
        # Unwrapped, all else of the text stays as it is, and was read.
        for start, stop in wrapped_parts(text, self._margin):
            views = islice(_views(text[start:stop], depth), 1, None)
            found += [
                ((first + start, last + start), placeholder)
                for (first, last), placeholder in self._in_views(views, depth)
            ]
        return found

    def _in_views(self, views: Iterable[View], depth: int) -> Iterator[tuple[Span, str]]:
        """Where secrets stand in a text by its views, as places in the text."""
        for view, around in views:
            for placeholder, spans in self._bare(view, depth):
                here = spans
                for layer, outer in around:
                    here = layer.outside(outer, here)
                yield from ((span, placeholder) for span in here)

    def _bare(self, text: str, depth: int) -> Iterator[tuple[str, list[Span]]]:
        """Where they stand in text that has no escapes."""
        small = lowered(text)
        for secret in self._secrets:
            if spans := [*secret.whole(small), *secret.by_itself(text, small)]:
                yield secret.placeholder, sorted(spans)
        # Most texts do not even have its letters.
        may_be_shared_out = any(all(map(small.__contains__, s.letters)) for s in self._secrets)
        for layer in (SEPARATORS, MEMBERS) if may_be_shared_out else (SEPARATORS,):
            squeezed = lowered(layer.inside(text))
            places: dict[str, list[Span]] = {}
            for placeholder, span in self._places(squeezed):
                places.setdefault(placeholder, []).append(span)
            for placeholder, spans in places.items():
                yield placeholder, _with_backslashes(text, layer.outside(text, spans_apart(spans)))
        for match in _PACKED.finditer(text) if depth > 0 else ():
            for inner in _unpacked(match[0]):
                if inside := self._found(inner, depth - 1):
                    yield inside[0][1], [match.span()]

    def _places(self, text: str) -> Iterator[tuple[str, Span]]:
        """Where they stand in squeezed text, whole or in pieces of at least eight characters."""
        for secret in self._secrets:
            for needle in secret.needles:
                for span in found_in(text, needle):
                    yield secret.placeholder, span
        for secret in self._secrets:
            for place, gram in secret.grams:
                for at, _ in found_in(text, gram):
                    begin, end, first = _around(text, at, secret.squeezed, place)
                    if secret.is_told_by(first, end - begin):
                        yield secret.placeholder, (begin, end)


def _views(text: str, depth: int) -> Iterator[View]:
    """The text as it is and as it may be read, each with the way back out."""
    seen, waiting = {text}, deque[View]([(text, [])])
    while waiting:
        view, around = waiting.popleft()
        yield view, around
        for layer in (ESCAPES, QUOTED, NOISE) if len(around) < depth else ():
            inner = layer.inside(view)
            if inner not in seen and len(seen) < _VIEWS:
                seen.add(inner)
                waiting.append((inner, [(layer, view), *around]))


def _around(text: str, at: int, whole: str, place: int) -> tuple[int, int, int]:
    """From where to where a piece of `whole` stands around a gram from a place in it, and its own place."""
    begin, end = at, at + GRAM
    while begin > 0 and place > 0 and text[begin - 1] == whole[place - 1]:
        begin, place = begin - 1, place - 1
    upto = place + end - begin
    while end < len(text) and upto < len(whole) and text[end] == whole[upto]:
        end, upto = end + 1, upto + 1
    return begin, end, place


def _with_backslashes(text: str, spans: list[Span]) -> list[Span]:
    """The spans with the backslashes that belong to them: what was JSON must be JSON still."""
    joined: list[Span] = []
    for start, stop in spans:
        begin = start
        while begin > 0 and text[begin - 1] == "\\":
            begin -= 1
        if joined and joined[-1][1] >= begin:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start - (start - begin) % 2, stop))
    return joined


def _unpacked(text: str) -> Iterator[str]:
    """What a run of base64, wherever it begins, or of hexadecimal digits may say, where that is text."""
    if _DIGITS.fullmatch(text):
        data = bytes.fromhex(text)
        if _TEXT.search(data):
            yield data.decode("utf-8", "surrogateescape")
    if text.islower() or text.isupper():
        # Digits and small letters, as in most ids: text has both cases in base64.
        return
    plain = text.translate(_BASE64)
    for skipped in range(4):
        run = plain[skipped:]
        run = run[: len(run) - (len(run) % 4 == 1)]
        data = binascii.a2b_base64(run + "=" * (-len(run) % 4))
        if _TEXT.search(data):
            yield data.decode("utf-8", "surrogateescape")


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _PIECE:
        end = start + _PIECE
        cut = max(text.rfind(mark, end - _MARGIN, end) for mark in _ENDS) + 1 or end
        yield text[start:cut]
        start = cut
    yield text[start:]


def _replaced(text: str, found: list[tuple[Span, str]]) -> str:
    """The text with each span replaced; of two that overlap, both by what stands for the first."""
    pieces, done = [], 0
    for (start, stop), placeholder in sorted(found, key=lambda each: (each[0][0], -each[0][1])):
        if start >= done:
            pieces += [text[done:start], placeholder]
        done = max(done, stop)
    return "".join([*pieces, text[done:]])
