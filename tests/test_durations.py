"""Durations as text: read and written in one place."""

import doctest

import pytest

from flowgauge import durations
from flowgauge.durations import duration_text, parsed_duration
from flowgauge.errors import UsageError
from flowgauge.results import histogram


@pytest.mark.parametrize("module", [durations, histogram])
def test_examples_hold(module) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("1h30m", 5400), ("1.5s", 1.5), ("250us", 0.00025), (" 2M ", 120), ("7", 7), ("0s", 0)],
)
def test_a_duration_is_the_sum_of_its_parts(text: str, seconds: float) -> None:
    assert parsed_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "5x", "-1s", "1 s", "1s-", "ever", "1..5s"])
def test_other_texts_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="is not a duration"):
        parsed_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 ms"), (0.00005, "50 us"), (0.0125, "12.5 ms"), (1.2345, "1.23 s")]
)
def test_a_duration_is_written_to_three_digits(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
