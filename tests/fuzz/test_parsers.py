"""What the fuzzer begins with, and what it once broke something with, is read without a defect."""

import pytest
from fuzz import NAMES
from parsers import PARSERS

# Each of these was a defect: of the parser, unless the comment says otherwise.
FOUND = [
    # Asked as of a proxy, by a client of HTTP/1.0 without a Host: an exception in the protocol.
    ("requests", b"\x01GET http://x/api HTTP/1.0\r\n\r\n"),
    # An empty line by itself: the server turned in a circle for ever.
    ("requests", b"\x00\r\n"),
    # A HEAD that is refused was answered with a body.
    ("requests", b"\x00HEAD /api/orchestration/flows HTTP/2.0\r\n\r\n"),
    # Empty lines before an answer to a HEAD were taken for its head: status 0.
    ("answers-of-load", b"\x83\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
    # What was wrong with half a head had one name or another, with what came behind it.
    ("answers-of-load", b"\x02HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 00 O204 No Content\r\n\r 100 C\n"),
    ("answers-of-load", b"\x02\r\nHTTP/1.1\r\n "),
]


@pytest.mark.parametrize("name", PARSERS)
def test_what_the_fuzzer_begins_with_is_read(name: str) -> None:
    assert PARSERS[name].seeds
    for seed in PARSERS[name].seeds:
        assert len(seed) <= PARSERS[name].longest
        PARSERS[name].read(seed)
    assert set(NAMES) == set(PARSERS)


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_it_found_stays_mended(name: str, data: bytes) -> None:
    PARSERS[name].read(data)
