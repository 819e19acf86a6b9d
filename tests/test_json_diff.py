"""How JSON values differ: line by line, and in a phrase."""

from typing import Any

import pytest

from flowgauge.json_diff import first_difference, json_diff


@pytest.mark.parametrize(
    ("expected", "actual", "lines"),
    [
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, []),
        (1, 1.0, ["~ (root): expected 1, is 1.0"]),
        (1, True, ["~ (root): expected 1, is true"]),
        ({"a": 1}, {"b": 1}, ["- /a: expected 1, is missing", "+ /b: 1 is not expected"]),
        ([1, 2], [1], ["- /1: expected 2, is missing"]),
        ([1], [1, 2], ["+ /1: 2 is not expected"]),
        (0.0, -0.0, ["~ (root): expected 0.0, is -0.0"]),
        ({"a/b~": 1}, {"a/b~": 2}, ["~ /a~1b~0: expected 1, is 2"]),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, ['~ /a/b: expected "x", is "y"']),
    ],
)
def test_a_diff_names_each_difference(expected: Any, actual: Any, lines: list[str]) -> None:
    assert json_diff(expected, actual) == lines


def test_a_long_diff_is_cut() -> None:
    lines = json_diff(list(range(100)), list(range(100, 200)))
    assert len(lines) == 21
    assert lines[-1] == "... and 80 more"


@pytest.mark.parametrize(
    ("written", "read", "phrase"),
    [
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, None),
        (1, 1.0, "value: 1 became 1.0"),
        (True, 1, "value: true became 1"),
        (0.0, -0.0, "value: 0.0 became -0.0"),
        ({"a": 1, "b": 2}, {"a": 2}, "/b: is missing"),
        ({"a": 1}, {"a": 2, "b": 2}, "/b: was added"),
        ([1, 2], [3], "list: 2 items became 1"),
        ({"a": [1]}, {"a": []}, "/a: 1 items became 0"),
        ([{"a": "x"}], [{"a": "\u00e4"}], '/0/a: "x" became "\\u00e4"'),
        ("x" * 80, "", f'value: "{"x" * 56}... became ""'),
    ],
)
def test_the_first_difference_is_a_phrase(written: Any, read: Any, phrase: str | None) -> None:
    assert first_difference(written, read) == phrase


def test_the_phrase_says_what_the_values_are_called() -> None:
    assert first_difference([1], ["1"], "stages") == 'stages/0: 1 became "1"'
    assert first_difference([1], [], "stages") == "stages: 1 items became 0"
