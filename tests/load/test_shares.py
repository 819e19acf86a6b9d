"""Several scenarios share the arrivals by their weights."""

from collections import Counter
from itertools import islice, pairwise

import pytest

from flowgauge.load.journeys.shares import in_turn


@pytest.mark.parametrize(
    ("weights", "turns", "expected"),
    [
        ({"a": 1}, 5, {"a": 5}),
        ({"a": 0.5}, 5, {"a": 5}),
        ({"a": 6, "b": 3, "c": 1}, 100, {"a": 60, "b": 30, "c": 10}),
        ({"a": 1.5, "b": 0.5}, 100, {"a": 75, "b": 25}),
        ({"a": 1_000_000_000, "b": 1_000_000_000}, 10, {"a": 5, "b": 5}),
    ],
)
def test_each_has_as_many_turns_as_its_weight_says(weights, turns, expected) -> None:
    assert Counter(islice(in_turn(weights), turns)) == expected


def test_a_rare_one_is_spread_out_evenly() -> None:
    turns = list(islice(in_turn({"a": 9, "b": 1}), 100))
    places = [place for place, name in enumerate(turns) if name == "b"]
    assert {after - before for before, after in pairwise(places)} == {10}
