"""The bucket layout against the package whose layout it is."""

import tracemalloc
from collections import Counter

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from flowgauge.load.engine.buckets import (
    HIGHEST_BUCKET,
    BucketCounts,
    DenseCounts,
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


@given(st.lists(st.lists(durations, max_size=20), max_size=8))
def test_dense_counts_are_those_of_a_counter(seconds: list[list[int]]) -> None:
    dense, counter = DenseCounts(), Counter[int]()
    for second in seconds:
        counts = Counter(bucket_of(value) for value in second)
        dense.add(counts)
        counter += counts
    assert dict(dense) == counter
    assert (len(dense), sum(dense.values())) == (len(counter), counter.total())
    assert all(bucket not in dense for bucket in (0, HIGHEST_BUCKET + 1, -1))


def test_dense_counts_are_written_and_deleted_like_a_dictionary_s() -> None:
    dense = DenseCounts()
    dense[5] = 7
    assert (dense[5], dense.get(6), dense.pop(5), len(dense)) == (7, None, 7, 0)
    for missing in (5, HIGHEST_BUCKET):
        with pytest.raises(KeyError):
            del dense[missing]


def test_dense_counts_grow_with_the_longest_duration_alone() -> None:
    tracemalloc.start()
    try:
        dense = DenseCounts()
        dense.add({bucket_of(1_000_000): 1})
        before, _ = tracemalloc.get_traced_memory()
        for microseconds in range(1, 1_000_000, 83):
            dense.add({bucket_of(microseconds): 1 << 40})
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(dense) > 4_000
    assert after - before < 2_000


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
