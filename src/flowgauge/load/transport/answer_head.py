"""Heads of answers: in every dress that a client has to take, or may (RFC 9112)."""

import re

__all__ = [
    "END",
    "codings_of",
    "end_of",
    "headers_of",
    "is_ended_by_close",
    "is_kept",
    "is_misread",
    "is_odd",
    "plain_head",
    "without_interim",
]

END = b"\r\n\r\n"
_INTERIM = re.compile(rb"HTTP/1\.[0-9] 1(?!01)[0-9][0-9][ \r\n]")
# Any of it, and the parser would look for a body where none may be.
_FRAMING = re.compile(
    rb"\n(?:transfer-encoding[ \t]*:|content-length[ \t]*:(?![ \t]*0*[ \t]*\r?\n))", re.IGNORECASE
)
# Legal, and not what the parser takes for chunked.
_MISREAD = re.compile(rb"\ntransfer-encoding[ \t]*:[^\n]*[\t,][ \t]*\r?\n", re.IGNORECASE)
_BEGINNING = b"HTTP/1."
_LATER_MINOR = re.compile(rb"HTTP/1\.[2-9]")
_FOLD = re.compile(rb"\n[ \t]+")
_BLANKS = re.compile(rb"\n([^\s:]+)[ \t]+:")
# Most heads name no coding: it is not worth it to take them apart.
_CODED = re.compile(rb"\n(?:content-encoding|transfer-encoding(?!: chunked\r))", re.IGNORECASE)
# What a value may not hold, and most recipients bear with (RFC 9110, 5.5).
_SPACED = bytes(32 if byte in {*range(1, 9), 11, 12, *range(14, 32), 127} else byte for byte in range(256))
# A line so far, of which its rest says whether it is only odd.
_UNTOLD = re.compile(rb"\n(?:content-length[ \t]*:[^\n]*|[^\s:]+[ \t]+)", re.IGNORECASE)


def end_of(head: bytes, start: int = 0) -> tuple[int, int] | None:
    r"""Where a head ends, without the end of its last line, and where its body begins; None where neither is.

    >>> end_of(b"HTTP/1.1 204 No Content" + END), end_of(b"HTTP/1.1 200 OK\n\n{}")
    ((23, 27), (15, 17))
    """
    found = [
        (at, size) for line, size in ((b"\n\r\n", 3), (b"\n\n", 2)) if (at := head.find(line, start)) >= 0
    ]
    if not found:
        return None
    at, size = min(found)
    return at - head.endswith(b"\r", 0, at), at + size


def without_interim(head: bytes) -> bytes | None:
    """What was received from the final answer's first byte on; all of it where there is no interim one.

    None where an interim answer tells the length of a body, which none may have (RFC 9110, 8.6; RFC 9112,
    6.1), or where what follows it begins no answer: nobody knows then where the final one begins. Line ends
    after an interim answer are nothing's: the parser passes over them. It takes any version and status, too.

    >>> without_interim(b"HTTP/1.1 103 Early Hints" + END + b"HTTP/1.1 200 OK")
    b'HTTP/1.1 200 OK'
    """
    while _INTERIM.match(head) and (end := end_of(head)):
        if _FRAMING.search(head, 0, end[1]):
            return None
        head = head[end[1] :].lstrip(b"\r\n")
    is_begun = _BEGINNING.startswith(head[: len(_BEGINNING)]) and head[9:10] != b"0"
    return head if is_begun else None


def is_misread(head: bytes) -> bool:
    """Whether the parser takes a head for something else, and does not refuse it."""
    end = head.find(END)
    return _MISREAD.search(head, 0, end + 2 if end >= 0 else len(head)) is not None


def is_odd(head: bytes) -> bool:
    """Whether a head, or what came of it, differs from its plain form, or may yet."""
    end = end_of(head)
    if end:
        head = head[: end[1]]
        return plain_head(head[: end[0]]) + END != head
    head = head.removesuffix(b"\r")
    return plain_head(head) != head or bool(_UNTOLD.fullmatch(head, max(head.rfind(b"\n"), 0)))


def plain_head(head: bytes) -> bytes:
    r"""A head, without its empty line, with all that a client may take written as everybody takes it.

    Folded lines are one (RFC 9112, 5.2), and none where they follow the first line (2.2), as are lengths that
    agree (RFC 9110, 8.6); a line may end with LF (RFC 9112, 2.2), blanks before a colon are none of the name
    (5.1), a list may have empty elements, a control character is a blank, a later HTTP/1 is HTTP/1.1 (2.3).

    >>> plain_head(b"HTTP/1.1 200 OK" b"\nContent-Length : 2," b"\r\n 2")
    b'HTTP/1.1 200 OK\r\nContent-Length: 2'
    """
    head = head.replace(b"\r\n", b"\n")
    first = head.partition(b"\n")[0]
    # A name ends in the line that it begins in.
    rest = _BLANKS.sub(rb"\n\1:", head[len(first) :])
    _, *lines = _FOLD.sub(b" ", rest).split(b"\n")
    plain, lengths = [_LATER_MINOR.sub(b"HTTP/1.1", first)], set[bytes]()
    for line in lines:
        name, colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            elements = value.split(b",")
            told = [length for each in elements if (length := each.strip(b" \t"))]
            new = [each for each in dict.fromkeys(told) if each not in lengths]
            if told and not new:
                continue
            lengths.update(new)
            value = value if len(new) == len(elements) else b" " + b", ".join(new)
        elif name.lower() == b"transfer-encoding":
            codings = [coding for each in value.split(b",") if (coding := each.strip(b" \t"))]
            value = b" " + b", ".join(codings) if codings else value
        else:
            value = value.translate(_SPACED)
        plain.append(name + colon + value)
    return b"\r\n".join(plain)


def headers_of(head: bytes) -> tuple[tuple[str, str], ...]:
    """Names and values of a head, which may have its body behind it."""
    lines = head.partition(END)[0].decode("latin-1").split("\r\n")[1:]
    parted = (line.partition(":") for line in lines)
    return tuple((name, value.strip()) for name, colon, value in parted if colon)


def codings_of(head: bytes) -> list[str]:
    r"""The codings of an answer's body, the last of which was applied last (RFC 9110, 8.4; RFC 9112, 6.1).

    Without the chunks, which the parser takes off.

    >>> codings_of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked" + END)
    ['gzip']
    """
    if not _CODED.search(head, 0, head.find(END) + 2):
        return []
    transfer = _listed(head, "transfer-encoding")
    return _listed(head, "content-encoding") + transfer[: -1 if transfer[-1:] == ["chunked"] else None]


def is_ended_by_close(head: bytes) -> bool:
    """Whether the answer's length is told by the end of the connection (RFC 9112, 6.3)."""
    if END not in head:
        return False
    names = {name.strip().lower() for name, _ in headers_of(head)}
    if "transfer-encoding" in names:
        return _listed(head, "transfer-encoding")[-1:] not in ([], ["chunked"])
    return "content-length" not in names


def is_kept(head: bytes) -> bool:
    r"""Whether an answer of HTTP/1.0 keeps its connection; the parser asks for less (RFC 9112, 6.1 and 9.3).

    >>> is_kept(b"HTTP/1.0 200 OK\r\nConnection: keep-alive, close" + END)
    False
    """
    options = _listed(head, "connection")
    return "keep-alive" in options and "close" not in options and not _listed(head, "transfer-encoding")


def _listed(head: bytes, wanted: str) -> list[str]:
    values = (value for name, value in headers_of(head) if name.strip().lower() == wanted)
    return [element for value in values for each in value.split(",") if (element := each.strip().lower())]
