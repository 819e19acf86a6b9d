"""An answer is one to the suites where it is one to the load, and the same one, however it is cut."""

import pytest
from answer_bytes import LIMITS, by_the_load, by_the_suites

from flowgauge.load.transport import answer_reading, failures

OK = b"HTTP/1.1 200 OK\r\n"
TOLD = b"Content-Length: 2\r\n\r\nhi"
FINE = OK + TOLD
OLD = FINE.replace(b"1.1", b"1.0")
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNKS = b"2\r\nhi\r\n0\r\n\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
KEPT, CLOSED = (200, b"hi", True), (200, b"hi", False)


def with_fields(fields: bytes, answer: bytes = FINE) -> bytes:
    return answer.replace(b"\r\n", b"\r\n" + fields + b"\r\n", 1)


READ = {
    "a later HTTP/1": (FINE.replace(b"1.1", b"1.2"), KEPT),
    "a later hint": (EARLY.replace(b"1.1", b"1.9") + FINE, KEPT),
    "empty lines before it": (b"\r\n\r\n" + FINE, KEPT),
    "a folded first line": (with_fields(b" X: y"), KEPT),
    "a NUL in what is nothing": (with_fields(b" X: \x00"), KEPT),
    "no body, in a coding that nobody knows": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: zip\r\nContent-Length: 0\r\n\r\n",
        (200, b"", True),
    ),
    "a length that a fold hides": (with_fields(b"\tContent-Length: 3"), KEPT),
    "control characters": (with_fields(b"X: a\x01b\x0b\x0cc\x7f"), KEPT),
    "a length with an empty element": (FINE.replace(b": 2", b": ,2,"), KEPT),
    "a length with thousands of zeros": (FINE.replace(b": 2", b": " + b"0" * 3000 + b"2"), KEPT),
    "chunks, in a list with a tab behind": (CHUNKED.replace(b"chunked", b"\tchunked\t") + CHUNKS, KEPT),
    "chunks, in a list with empty elements": (CHUNKED.replace(b"chunked", b" , chunked , ") + CHUNKS, KEPT),
    "a length beside chunks": (with_fields(b"Content-Length: 7", CHUNKED + CHUNKS), KEPT),
    "blanks behind a chunk size": (CHUNKED + CHUNKS.replace(b"2\r", b"2  \r"), KEPT),
    "zeros before a chunk size": (CHUNKED + b"0" * 40 + CHUNKS, KEPT),
    "a coding of transfer that is none": (CHUNKED.replace(b"chunked", b"identity, chunked") + CHUNKS, KEPT),
    "lines of a hint that end with LF": (EARLY.replace(b"\r", b"") + FINE, KEPT),
    "lines of a hint and of all else that end with LF": ((EARLY + FINE).replace(b"\r", b""), KEPT),
    "a hint that says close": (with_fields(b"Connection: close", EARLY) + FINE, KEPT),
    "a hint of HTTP/1.0": (EARLY.replace(b"1.1", b"1.0") + CHUNKED + CHUNKS, KEPT),
    "hints that say close, and an odd one": (
        with_fields(b"Connection: close", EARLY) * 2 + with_fields(b"X: a\r\n b", EARLY) + FINE,
        KEPT,
    ),
    "HTTP/1.0, kept": (with_fields(b"Connection: Keep-Alive", OLD), KEPT),
    "HTTP/1.0, kept and closed": (with_fields(b"Connection: keep-alive, close", OLD), CLOSED),
    "HTTP/1.0, closed and kept": (with_fields(b"Connection: close\r\nConnection: keep-alive", OLD), CLOSED),
    "HTTP/1.0, kept by another name": (with_fields(b"Proxy-Connection: keep-alive", OLD), CLOSED),
    "HTTP/1.0, in chunks": (
        with_fields(b"Connection: keep-alive", CHUNKED.replace(b"1.1", b"1.0")) + CHUNKS,
        CLOSED,
    ),
    "304 that tells a length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", (304, b"", True)),
}
REFUSED = {
    "HTTP/2": FINE.replace(b"1.1", b"2.0"),
    "HTTP/0.9": FINE.replace(b"1.1", b"0.9"),
    "status 000": FINE.replace(b"200", b"000"),
    "status 099, after a hint": EARLY + FINE.replace(b"200", b"099"),
    "a CR in the first line": FINE.replace(b"OK", b"O\rK"),
    "a CR in a value": with_fields(b"X: a\rb"),
    "two CR": with_fields(b"X: a\r"),
    "two CR behind a length": FINE.replace(b"2\r", b"2\r\r"),
    "a NUL in a value": with_fields(b"X: a\x00b"),
    "a NUL in a folded value": with_fields(b"X: a\r\n \x00b"),
    "a NUL in a name": with_fields(b"X\x00: a"),
    "two words for a name": with_fields(b"X Y: a"),
    "a name that a fold ends": with_fields(b"X\r\n : a"),
    "a bad line in a hint before an odd answer": EARLY.replace(b"Link:", b"Link")
    + with_fields(b"X: a\r\n b"),
    "an empty length": FINE.replace(b" 2", b""),
    "a length in a line, and an empty one": with_fields(b"Content-Length:"),
    "a length with a strange blank": FINE.replace(b" 2", b" \xa02"),
    "a length of thousands of digits": FINE.replace(b"2\r", b"9" * 3000 + b"\r"),
    "no length beside chunks": with_fields(b"Content-Length: x", CHUNKED + CHUNKS),
    "an empty transfer coding": CHUNKED.replace(b"chunked", b"") + CHUNKS,
    "chunks of chunks": CHUNKED.replace(b"chunked", b"chunked, chunked") + CHUNKS,
    "a transfer coding that it is not in": CHUNKED.replace(b"chunked", b"gzip, chunked") + CHUNKS,
    "a transfer coding that nobody knows": CHUNKED.replace(b"chunked", b"x-secret") + CHUNKS,
    "a chunk size that ends with LF": CHUNKED + CHUNKS.replace(b"2\r", b"2"),
    "a chunk that ends with LF": CHUNKED + CHUNKS.replace(b"hi\r", b"hi"),
    "a line behind the chunks that is no field": CHUNKED + CHUNKS.replace(b"0\r\n", b"0\r\nrubbish\r\n"),
}


@pytest.mark.parametrize(("answer", "expected"), READ.values(), ids=READ.keys())
def test_what_a_client_may_take_both_read(answer: bytes, expected: tuple[int, bytes, bool]) -> None:
    answer_reading.known_heads.clear()
    for size in sizes(answer):
        assert by_the_suites(answer, size) == expected, size
        assert by_the_load(answer, size) == (*expected, ""), size


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED.keys())
def test_what_no_client_must_take_both_refuse(answer: bytes) -> None:
    answer_reading.known_heads.clear()
    for size in sizes(answer):
        assert by_the_suites(answer, size) == "BrokenAnswer", size
        assert by_the_load(answer, size)[-1] in {failures.NOT_HTTP, failures.MISCODED, failures.CLOSED_EARLY}


def sizes(answer: bytes) -> list[int]:
    """Of pieces; of a long answer only some."""
    return [size for size in range(1, len(answer) + 1) if size < 300 or size >= len(answer) - 1]


@pytest.mark.parametrize("body", [b"hi", b"hiHTTP/1.1 200 OK\r\n\r\n"])
def test_what_comes_behind_the_head_of_an_answer_to_head_is_no_body(body: bytes) -> None:
    answer = FINE[:-2] + body
    for size in sizes(answer):
        answer_reading.known_heads.clear()
        status, read, is_kept, flaw = by_the_load(answer, size, is_head=True)
        assert (status, read) == (200, b"")
        # What stands behind it shows only where it came with it.
        assert flaw == ("" if is_kept else failures.SURPLUS)


@pytest.mark.parametrize(
    ("begun", "failure"),
    [
        (b"HTTP/1.1 00 OK\r\nX: a\n", failures.NOT_HTTP),
        (OK + b"X(Y \t", failures.NOT_HTTP),
        (b"HTTP/1.1\r\n ", failures.NOT_HTTP),
        (OK + b" ", failures.CLOSED_EARLY),
        (OK + b"X: a\r\n b", failures.CLOSED_EARLY),
        (OK + b"Content-Length: 2,", failures.CLOSED_EARLY),
    ],
)
def test_what_ends_in_a_head_is_named_by_all_of_it(begun: bytes, failure: str) -> None:
    assert len(begun) < LIMITS.head
    assert {by_the_load(begun, size) for size in sizes(begun)} == {(failure,)}


@pytest.mark.parametrize(("longer", "is_read"), [(0, True), (1, False), (50, False)])
def test_a_line_is_too_long_to_the_suites_however_it_is_cut(longer: int, is_read: bool) -> None:
    size = b"2;" + b"a" * (LIMITS.head - 3 + longer)
    answer = CHUNKED + CHUNKS.replace(b"2", size, 1)
    for cut in (1, 60, 4000, len(answer)):
        assert by_the_suites(answer, cut) == (KEPT if is_read else "BrokenAnswer"), cut
