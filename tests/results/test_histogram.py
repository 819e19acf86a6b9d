"""Histograms: right to three digits, exact in their counts, and None where there is nothing."""

import gc
import random

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from flowgauge.results import Histogram

STEADY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
durations = st.floats(1e-6, 3600, allow_nan=False)
HALF_A_DIGIT = 1.001e-3


def of(*seconds: float) -> Histogram:
    histogram = Histogram()
    for one in seconds:
        histogram.record(one)
    return histogram


@pytest.mark.parametrize(
    ("percent", "seconds"),
    [(0, 0.001), (1, 0.001), (50, 0.050), (90, 0.090), (99, 0.099), (99.5, 0.1), (100, 0.1)],
)
def test_percentiles_of_known_data(percent: float, seconds: float) -> None:
    histogram = of(*(k / 1000 for k in random.Random(1).sample(range(1, 101), 100)))
    assert histogram.percentile(percent) == pytest.approx(seconds, rel=HALF_A_DIGIT)


@STEADY
@given(values=st.lists(durations, min_size=1, max_size=200), percent=st.floats(0, 100))
def test_a_percentile_is_one_of_the_data_to_three_digits(values: list[float], percent: float) -> None:
    histogram = of(*values)
    got = histogram.percentile(percent)
    assert got is not None
    assert any(got == pytest.approx(value, rel=2e-3, abs=1e-6) for value in values)
    at_or_below = sum(value <= got * (1 + 2e-3) + 1e-6 for value in values)
    assert at_or_below >= percent / 100 * len(values) - 1e-9


@STEADY
@given(one=st.lists(durations, max_size=50), other=st.lists(durations, max_size=50))
def test_adding_is_the_same_as_recording_all(one: list[float], other: list[float]) -> None:
    merged = of(*one)
    merged.add(of(*other))
    assert merged == of(*one, *other)
    assert merged.count == len(one) + len(other)
    assert list(merged.buckets()) == list(of(*other, *one).buckets())


@STEADY
@given(values=st.lists(durations, max_size=50))
def test_the_encoded_form_is_read_back(values: list[float]) -> None:
    histogram = of(*values)
    assert Histogram.decode(histogram.encode()) == histogram


@STEADY
@given(values=st.lists(durations, min_size=1, max_size=100))
def test_buckets_account_for_every_count_shortest_first(values: list[float]) -> None:
    histogram = of(*values)
    buckets = list(histogram.buckets())
    assert sum(count for _, count in buckets) == len(values)
    assert [edge for edge, _ in buckets] == sorted({edge for edge, _ in buckets})
    assert all(count > 0 for _, count in buckets)
    assert histogram.minimum == pytest.approx(min(values), rel=2e-3, abs=1e-6)
    assert histogram.maximum == pytest.approx(max(values), rel=2e-3, abs=1e-6)
    assert buckets[-1][0] >= max(values) * (1 - 1e-9) - 1e-6


def test_a_percentile_leaves_no_more_above_it_than_it_says() -> None:
    # 99 % of 151 are 149.49: the 149th leaves two of 151 above it, which is more than one per cent.
    histogram = of(*(k / 1000 for k in range(1, 152)))
    assert histogram.percentile(99) == pytest.approx(0.150, rel=HALF_A_DIGIT)


@pytest.mark.parametrize("count", [10, 1000, 10_000])
@pytest.mark.parametrize("percent", [0.1, 10, 29, 57, 99.9])
def test_a_whole_rank_is_that_rank(count: int, percent: float) -> None:
    rank = percent * count / 100
    if rank == pytest.approx(round(rank)) and round(rank):
        histogram = of(*[0.001] * round(rank), *[1.0] * (count - round(rank)))
        assert histogram.percentile(percent) == pytest.approx(0.001)


def test_the_mean_is_to_three_digits() -> None:
    assert of(0.1, 0.2, 0.6).mean == pytest.approx(0.3, rel=HALF_A_DIGIT)


def test_without_data_every_figure_is_none() -> None:
    empty = Histogram()
    assert empty.count == 0
    assert [empty.percentile(p) for p in (0, 50, 100)] == [None] * 3
    assert (empty.mean, empty.minimum, empty.maximum) == (None, None, None)
    assert list(empty.buckets()) == []
    assert Histogram.decode(empty.encode()) == empty


def test_nothing_added_to_nothing_is_nothing() -> None:
    empty = Histogram()
    empty.add(Histogram())
    assert empty.percentile(50) is None
    full = of(0.5)
    full.add(Histogram())
    empty.add(full)
    assert full == empty == of(0.5)


@pytest.mark.parametrize(("seconds", "kept"), [(0.0, 1e-6), (-1.0, 1e-6), (1e-9, 1e-6), (7200.0, 3600.0)])
def test_what_is_out_of_range_is_clamped_and_counted(seconds: float, kept: float) -> None:
    histogram = of(seconds)
    assert histogram.count == 1
    assert histogram.percentile(50) == pytest.approx(kept, rel=HALF_A_DIGIT)


def test_histograms_differ_by_their_counts_and_have_no_hash() -> None:
    assert of(0.1) != of(0.1, 0.1)
    assert of(0.1) != of(0.2)
    assert of(0.1) != "a histogram"
    with pytest.raises(TypeError):
        hash(of(0.1))


def test_histograms_are_freed_without_a_garbage_collection() -> None:
    def alive() -> int:
        return sum(isinstance(one, HdrHistogram) for one in gc.get_objects())

    encoded = of(0.1, 0.2).encode()
    gc.collect()
    gc.disable()
    try:
        before = alive()
        total = Histogram()
        total.add(Histogram.decode(encoded))
        assert total.percentile(50) == Histogram.decode(encoded).percentile(50)
        assert Histogram.decode(total.encode()) == total
        del total
        assert alive() == before
    finally:
        gc.enable()
