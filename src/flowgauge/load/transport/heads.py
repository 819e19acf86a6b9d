"""Answer heads met before.

Most answers of one server begin with the same few heads: their date changes once a second, their length
takes a handful of values. A head that was parsed once says all there is to know about the next answer that
begins with exactly these bytes, so parsing, which costs more than all else the generator does for a
request, is done once a second and not for every answer. A head never met goes to the parser, as does any
answer that did not arrive whole.
"""

__all__ = ["END", "known_heads", "remember"]

END = b"\r\n\r\n"
_MOST = 1024

known_heads: dict[bytes, tuple[int, int]] = {}
"""Head, with its empty line -> status and length of the body; only of answers that keep the connection."""


def remember(answer: bytes, status: int, body_length: int) -> None:
    """Note the head of an answer that arrived whole and in one piece, and keeps the connection."""
    end = answer.find(END) + len(END)
    # Chunked bodies carry more than themselves: what follows the head does not have the body's length.
    if len(answer) - end == body_length:
        if len(known_heads) >= _MOST:
            known_heads.clear()
        known_heads[answer[:end]] = (status, body_length)
