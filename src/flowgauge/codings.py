"""Bodies in a content coding (RFC 9110, section 8.4): gzip, deflate, and br where it can be read.

Whatever is unpacked comes in small pieces, and no more of it than a limit allows: of a few bytes, a coding
can make gigabytes.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from flowgauge.limits import PeerLimits, size_text

try:
    import brotli  # type: ignore[import-untyped,import-not-found,unused-ignore]
except ImportError:  # not a dependency
    brotli = None

__all__ = ["BrokenAnswer", "Unpacking", "decoded"]

_PIECE = 1 << 16
_BR_PIECE = 256

Step = Callable[[bytes | None], Iterator[bytes]]
"""Takes the next bytes of a body, None for its end, and yields what they unpack to."""


class BrokenAnswer(Exception):
    """What came is no answer that HTTP allows, or none that could be read; the message says why."""


class Unpacking:
    """A body, piece by piece, without its codings, the last of which was applied last.

    Raises BrokenAnswer for what is not in its coding, is cut off, or is larger than the limits allow.
    """

    def __init__(self, codings: Sequence[str], limits: PeerLimits) -> None:
        self._steps = [step for coding in reversed(codings) if (step := _step_of(coding)) is not None]
        self._limits = limits
        self._taken = self._given = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes unpack to."""
        self._taken += len(data)
        if self._taken > self._limits.answer:
            raise BrokenAnswer(f"the body is larger than {size_text(self._limits.answer)}")
        if data:
            yield from self._counted(self._through(data, 0))

    def end(self) -> Iterator[bytes]:
        """What is left at the end of the body. One that is empty is in no coding."""
        if self._taken:
            yield from self._counted(self._through(None, 0))

    def _through(self, data: bytes | None, at: int) -> Iterator[bytes]:
        if at == len(self._steps):
            yield from [data] if data else []
            return
        for piece in self._steps[at](data):
            yield from self._through(piece, at + 1)
        if data is None:
            yield from self._through(None, at + 1)

    def _counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._given += len(piece)
            if self._given > self._limits.unpacked:
                raise BrokenAnswer(f"the body unpacks to more than {size_text(self._limits.unpacked)}")
            yield piece


def decoded(body: bytes, codings: Sequence[str], limits: PeerLimits | None = None) -> bytes:
    """A whole body without its codings. Raises BrokenAnswer."""
    unpacking = Unpacking(codings, limits or PeerLimits())
    if not codings:
        # As it is: the check alone.
        return b"".join(unpacking.feed(body))
    return b"".join([*unpacking.feed(body), *unpacking.end()])


def _step_of(coding: str) -> Step | None:
    match coding.lower():
        case "identity":
            return None
        case "gzip" | "x-gzip":
            return _Members("gzip").step
        case "deflate":
            return _Members("deflate").step
        case "br" if brotli is not None:
            return _Brotli().step
    raise BrokenAnswer(f"the body is in the content coding {coding!r}, which nobody asked for")


class _Members:
    """What zlib knows; a body of gzip may have several members (RFC 1952, section 2.2)."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._waiting = b""
        self._unpacking: "zlib._Decompress | None" = None  # noqa: UP037 - a name of typeshed's alone

    def step(self, data: bytes | None) -> Iterator[bytes]:
        if data is None:
            if self._waiting and self._unpacking is None:
                # A single byte, too little to tell one dress of deflate from the other.
                yield from self._unpacked(self._waiting)
            if self._unpacking is not None:
                raise BrokenAnswer(f"the body in {self._coding} is cut off")
            return
        self._waiting += data
        if len(self._waiting) > 1 or self._unpacking is not None:
            data, self._waiting = self._waiting, b""
            yield from self._unpacked(data)

    def _unpacked(self, data: bytes) -> Iterator[bytes]:
        while data:
            unpacking = self._unpacking = self._unpacking or zlib.decompressobj(self._window(data))
            try:
                piece = unpacking.decompress(data, _PIECE)
            except zlib.error as error:
                raise BrokenAnswer(f"the body is not {self._coding}: {error}") from None
            data = unpacking.unconsumed_tail
            if unpacking.eof:
                data, self._unpacking = unpacking.unused_data, None
            if piece:
                yield piece

    def _window(self, data: bytes) -> int:
        if self._coding == "gzip":
            return 31
        # Some leave the frame of zlib out (RFC 9110, section 8.4.1.2).
        is_framed = len(data) > 1 and data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
        return 15 if is_framed else -15


class _Brotli:
    def __init__(self) -> None:
        self._unpacking = brotli.Decompressor()
        self._has_begun = False

    def step(self, data: bytes | None) -> Iterator[bytes]:
        if data is None:
            if self._has_begun and not self._unpacking.is_finished():
                raise BrokenAnswer("the body in br is cut off")
            return
        self._has_begun = True
        try:
            for start in range(0, len(data), _BR_PIECE):
                yield self._unpacking.process(data[start : start + _BR_PIECE])
        except brotli.error as error:
            raise BrokenAnswer(f"the body is not br: {error}") from None
