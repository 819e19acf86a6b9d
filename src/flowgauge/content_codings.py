"""Bodies in a content coding (RFC 9110, section 8.4): gzip, deflate, and br where it can be read."""

import zlib
from collections.abc import Callable, Sequence

try:
    import brotli  # type: ignore[import-untyped,import-not-found,unused-ignore]
except ImportError:  # not a dependency
    brotli = None

__all__ = ["LIMIT", "BrokenAnswer", "decoded"]

# Of a body, as it is sent and as it unpacks: more bytes than this are not an answer but an attack.
LIMIT = 64 * 1024 * 1024
_BR_PIECE = 256


class BrokenAnswer(Exception):
    """What came is no answer that HTTP allows, or none that could be read; the message says why."""


def decoded(body: bytes, codings: Sequence[str], *, limit: int = LIMIT) -> bytes:
    """The body without its codings, the last of which was applied last. Raises BrokenAnswer."""
    for coding in reversed(codings if body else ()):
        match coding.lower():
            case "identity":
                pass
            case "gzip" | "x-gzip":
                body = _members(body, 31, "gzip", limit)
            case "deflate":
                # Some leave the frame of zlib out (RFC 9110, section 8.4.1.2).
                is_framed = len(body) > 1 and body[0] & 15 == 8 and int.from_bytes(body[:2]) % 31 == 0
                body = _members(body, 15 if is_framed else -15, "deflate", limit)
            case "br" if brotli is not None:
                body = _unbrotlied(body, limit)
            case _:
                raise BrokenAnswer(f"the body is in the content coding {coding!r}, which nobody asked for")
    return body


def _members(body: bytes, window: int, coding: str, limit: int) -> bytes:
    """Unpack what zlib knows; a body of gzip may have several members (RFC 1952, section 2.2)."""
    unpacked = b""
    while body:
        unpacking = zlib.decompressobj(window)
        try:
            unpacked += unpacking.decompress(body, limit + 1 - len(unpacked))
        except zlib.error as error:
            raise BrokenAnswer(f"the body is not {coding}: {error}") from None
        _check_size(len(unpacked), limit)
        if not unpacking.eof:
            raise BrokenAnswer(f"the body in {coding} is cut off")
        body = unpacking.unused_data
    return unpacked


def _unbrotlied(body: bytes, limit: int) -> bytes:
    unpacking, pieces, size = brotli.Decompressor(), [], 0
    _process: Callable[[bytes], bytes] = unpacking.process
    try:
        for start in range(0, len(body), _BR_PIECE):
            pieces.append(_process(body[start : start + _BR_PIECE]))
            size += len(pieces[-1])
            _check_size(size, limit)
    except brotli.error as error:
        raise BrokenAnswer(f"the body is not br: {error}") from None
    if not unpacking.is_finished():
        raise BrokenAnswer("the body in br is cut off")
    return b"".join(pieces)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise BrokenAnswer(f"the body unpacks to more than {limit // 1024 // 1024} MiB")
