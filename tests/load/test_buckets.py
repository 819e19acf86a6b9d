"""The bucket layout against the package whose layout it is."""

from collections import Counter

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from flowgauge.load.engine.buckets import (
    BucketCounts,
    bucket_of,
    highest_of,
    histogram_of,
)
from flowgauge.results import Histogram
from flowgauge.results.histogram import HIGHEST_US

durations = st.one_of(st.integers(1, 5_000), st.integers(1, HIGHEST_US))


def package(values: list[int]) -> HdrHistogram:
    histogram = HdrHistogram(1, HIGHEST_US, 3)
    for value in values:
        histogram.record_value(value)
    return histogram


@given(durations)
def test_a_duration_falls_into_the_package_s_bucket(us: int) -> None:
    histogram = package([us])
    assert histogram.counts[bucket_of(us)] == 1
    assert highest_of(bucket_of(us)) == histogram.get_highest_equivalent_value(us)
    assert us <= highest_of(bucket_of(us)) <= us * 1.001 + 1


@given(st.lists(durations, min_size=1, max_size=60))
def test_the_encoded_form_is_the_package_s_to_the_byte(values: list[int]) -> None:
    ours = histogram_of(Counter(bucket_of(value) for value in values))
    theirs = Histogram()
    for value in values:
        theirs.record(value / 1e6)
    assert ours.encode() == theirs.encode()
    assert ours.count == len(values)


@given(st.lists(durations, min_size=1, max_size=60), st.floats(0.1, 100))
def test_figures_are_those_of_the_standard_histogram(values: list[int], percent: float) -> None:
    counts = Counter(bucket_of(value) for value in values)
    ours, standard = BucketCounts(counts), histogram_of(counts)
    assert ours.percentile(percent) == standard.percentile(percent)
    assert (ours.count, ours.minimum, ours.maximum) == (len(values), standard.minimum, standard.maximum)
    assert ours.mean == pytest.approx(standard.mean)


def test_counts_of_nothing_have_no_figures() -> None:
    none = BucketCounts({})
    assert (none.count, none.mean, none.minimum, none.maximum, none.percentile(50)) == (0, *[None] * 4)


@pytest.mark.parametrize(
    ("us", "bucket"), [(-5, 1), (0, 1), (1, 1), (2047, 2047), (2048, 2048), (2049, 2048)]
)
def test_durations_outside_the_range_are_clamped(us: int, bucket: int) -> None:
    assert bucket_of(us) == bucket
    assert bucket_of(HIGHEST_US * 10) == bucket_of(HIGHEST_US)


def test_without_data_there_is_no_percentile() -> None:
    assert BucketCounts({}).percentile(99) is None
    assert histogram_of({}).percentile(99) is None
