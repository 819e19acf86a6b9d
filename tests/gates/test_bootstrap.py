"""The block bootstrap: what it answers, and how often it is wrong."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_values import bursty_seconds

from flowgauge.gates import Sample, compare
from flowgauge.results import Histogram

FAMILY = (50.0, 90.0, 95.0, 99.0)
# How much of the time the server stalls, for how long (seconds), how many stalls in a row.
REGIMES = ((0.02, 0.2, 2), (0.05, 0.3, 1), (0.1, 0.5, 1))
MINIMUM = 0.1


def histogram(values):
    counts = Histogram()
    for value in values:
        counts.record(value)
    return counts


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.lists(st.floats(0.0001, 5.0), max_size=30), min_size=1, max_size=12), st.floats(0.1, 100.0)
)
def test_the_percentile_of_a_sample_is_that_of_its_merged_histogram(seconds, percent):
    merged = Histogram()
    for values in seconds:
        merged.add(histogram(values))
    if not merged.count:
        return
    sample = Sample([[histogram(values) for values in seconds]])
    below = sum(count for value, count in merged.buckets() if value <= sample.percentile(percent))
    short = sum(count for value, count in merged.buckets() if value < sample.percentile(percent))
    assert below >= percent / 100 * merged.count - 1e-6
    assert short < percent / 100 * merged.count + 1e-6


def test_too_few_seconds_give_no_answer_instead_of_a_guess():
    few, many = (Sample([[histogram([0.01])] * count]) for count in (9, 10))
    assert compare(few, many, percents=[50.0]) is None
    assert compare(many, few, percents=[50.0]) is None
    assert compare(many, many, percents=[50.0]) is not None
    assert Sample([[Histogram()] * 50]).seconds == 0


def test_equal_samples_show_no_change_and_the_same_question_the_same_answer():
    sample = Sample([bursty_seconds(random.Random(1), seconds=20, share=0.05, length=0.3)])
    once = compare(sample, sample, percents=FAMILY, draws=100)
    assert [effect.change for effect in once] == [0.0] * 4
    assert all(effect.low <= 0 <= effect.high for effect in once)
    assert once == compare(sample, sample, percents=FAMILY, draws=100)


def test_more_percentiles_at_once_widen_each_interval():
    before, after = (
        Sample([bursty_seconds(random.Random(seed), seconds=30, share=0.05, length=0.3)]) for seed in (1, 2)
    )
    [alone] = compare(before, after, percents=[90.0])
    together = compare(before, after, percents=[90.0] * 8)[0]
    assert together.high - together.low > alone.high - alone.low


def test_runs_that_differ_among_themselves_widen_the_interval():
    """Two runs at 20 ms and two at 30 ms: pooled seconds look precise, pooled runs do not."""
    runs = [
        bursty_seconds(random.Random(seed), seconds=20, share=0, length=1, factor=factor)
        for seed, factor in enumerate((1.0, 1.5, 1.0, 1.5))
    ]
    as_runs = compare(Sample(runs), Sample(runs), percents=[50.0], draws=300)[0]
    joined = Sample([[second for run in runs for second in run]])
    as_one = compare(joined, joined, percents=[50.0], draws=300)[0]
    assert as_runs.high - as_runs.low > 1.5 * (as_one.high - as_one.low)


def alarms(*, factor, trials, seconds=60):
    """The share of trials in which a comparison of one run with another calls any percentile a regression."""
    raised = 0
    for trial in range(trials):
        share, length, burst = REGIMES[trial % len(REGIMES)]
        rng = random.Random(9000 + trial)
        before, after = (
            Sample(
                [bursty_seconds(rng, seconds=seconds, share=share, length=length, burst=burst, factor=slower)]
            )
            for slower in (1.0, factor)
        )
        effects = compare(before, after, percents=FAMILY, draws=200, seed=trial)
        raised += any(effect.is_regression(MINIMUM) for effect in effects)
    return raised / trials


@pytest.mark.long
def test_false_alarms_are_rare_under_bursty_stalls():
    assert alarms(factor=1.0, trials=80) <= 0.05


@pytest.mark.long
def test_a_server_slower_by_a_fifth_is_found_under_bursty_stalls():
    assert alarms(factor=1.2, trials=30) >= 0.9


@pytest.mark.parametrize("factor", [0.7, 1.05])
def test_what_got_faster_or_hardly_slower_is_no_regression(factor):
    assert alarms(factor=factor, trials=15) == 0
