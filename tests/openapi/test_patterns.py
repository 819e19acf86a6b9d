"""A text is read off the patterns that schemas have, or there is none."""

import re

import pytest

from flowgauge.openapi import text_of_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "^[0-9]{4}$",
        r"^\+[0-9]{6,15}$",
        r"^[0-9]{1,9}\.[0-9]{2}$",
        "^[a-z0-9]+(?:-[a-z0-9]+)*$",
        "^[A-Z]{2,10}$",
        r"^(?P<kind>inv|acc)_\d{3}\w+?$",
        "^#(?:[0-9a-fA-F]{3}){1,2}$",
        r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
        r"^\x41\u0042[\]\-x]$",
        "[-+]?[.]",
        "^(a|b(c|d))$",
        "",
        r"^\d{4}-\d{2}-\d{2}T\S+\D\W\s$",
        "^[^a0A1 \\-_.@:/+]$",
        "^[!-~]{3,}$",
        "^x{0}y*z{2,}?$",
    ],
)
def test_what_is_read_off_a_pattern_fits_it(pattern: str) -> None:
    text = text_of_pattern(pattern)
    assert text is not None
    assert re.search(pattern, text)


@pytest.mark.parametrize(
    "pattern",
    [
        "^(?=a)a$",
        "^(?!b)a$",
        r"^(a)\1$",
        r"^\bword\b$",
        r"^\p{L}+$",
        "^(a",
        "^a)",
        "[a",
        "a**",
        "\\",
        "a{2000}",
    ],
)
def test_what_is_not_read_gives_no_text(pattern: str) -> None:
    assert text_of_pattern(pattern) is None
