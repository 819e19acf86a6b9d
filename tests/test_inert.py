"""Hostile text is shown, and does nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowgauge.inert import body_text, inert

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
        ("emoji 👩\u200d🔧 holds together", "emoji 👩\u200d🔧 holds together"),
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


@given(st.binary(max_size=6000))
def test_any_body_becomes_inert_text_of_bounded_length(body):
    result = body_text(body)
    assert inert(result) == result
    assert len(result) <= 4 * 4000 + 40


def test_a_cut_body_says_how_much_is_missing():
    assert body_text(b"a" * 4100).endswith("\n... 100 more bytes")
