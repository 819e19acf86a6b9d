"""Hostile text is shown, and does nothing."""

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowgauge.inert import body_text, csv_cell, inert

ACTIVE = {"Cc", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain <b>text</b>", "plain <b>text</b>"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\x00", "␛[31mred␀"),
        ("back\rover", "back␍over"),
        ("abc\u202edcba", "abc<U+202E>dcba"),
        ("lone \ud800", "lone <U+D800>"),
        ("emoji 👩\u200d🔧 holds together, and ❤\ufe0f", "emoji 👩\u200d🔧 holds together, and ❤\ufe0f"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("ad\u200dmin\u200b \xad \ufe0f", "ad<U+200D>min<U+200B> <U+00AD> <U+FE0F>"),
        ("👩\u200d", "👩<U+200D>"),
        ("\u3164\u2800\u034f\U000e0041\U000e0101", "<U+3164><U+2800><U+034F><U+E0041><U+E0101>"),
        ("\u2066a\u2069 \u061c\ufeff\u180e", "<U+2066>a<U+2069> <U+061C><U+FEFF><U+180E>"),
        ("c1 \x9b2J", "c1 <U+009B>2J"),
        ("\u2028", "<U+2028>"),
    ],
)
def test_what_acts_is_replaced_by_what_shows(text, shown):
    assert inert(text) == shown


@given(st.text())
def test_nothing_active_is_left(text):
    result = inert(text)
    assert not [c for c in result if unicodedata.category(c) in ACTIVE and c not in "\n\t"]
    result.encode("utf-8")


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n\"',;a \x1b\u202e")))
def test_no_cell_begins_a_formula_or_a_line_of_its_own(text):
    [[cell, end]] = csv.reader(io.StringIO(f"{csv_cell(text)},end\n"))
    assert end == "end"
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.binary(max_size=6000))
def test_any_body_becomes_inert_text_of_bounded_length(body):
    result = body_text(body)
    assert inert(result) == result
    assert len(result) <= 4 * 4000 + 40


def test_a_cut_body_says_how_much_is_missing():
    assert body_text(b"a" * 4100).endswith("\n... 100 more bytes")
