"""Conditions that stop a run, or that a rate has to hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowgauge.errors import UsageError
from flowgauge.load.engine.buckets import bucket_of
from flowgauge.load.engine.tally import Interval
from flowgauge.load.runs.capacity import capacity_of, next_rate
from flowgauge.load.runs.condition import merged, parsed_conditions
from flowgauge.results import CapacityStep


def second(
    number: int = 0, *, run: dict[float, int] | None = None, lag: float = 0.0, failed: int = 0
) -> Interval:
    """A second with answers to `run` by their latency in seconds."""
    answered = {bucket_of(round(latency * 1e6)): count for latency, count in (run or {}).items()}
    counts = {"run.latency": answered} if answered else {}
    if lag:
        counts["schedule_lag"] = {bucket_of(round(lag * 1e6)): 1}
    requests = sum(answered.values()) + failed
    errors = {"run": {"status 500": failed}} if failed else {}
    return Interval(
        number, float(number), 1.0, counts, {"run.requests": requests} if requests else {}, errors
    )


@pytest.mark.parametrize(
    ("text", "interval", "expected"),
    [
        ("p99 > 2s", second(run={3.0: 10}), True),
        ("p99 > 2s", second(run={1.0: 10}), False),
        ("p50>100ms", second(run={0.05: 10, 0.5: 9}), False),
        ("run.p99 <= 250ms", second(run={0.2: 5}), True),
        ("create.p99 > 1ms", second(run={3.0: 10}), False),
        ("errors > 5%", second(run={0.1: 94}, failed=6), True),
        ("errors > 5%", second(run={0.1: 95}, failed=5), False),
        ("run.errors >= 50%", second(failed=1), True),
        ("errors < 1%", second(run={0.1: 1}), True),
        ("rate >= 10/s", second(run={0.1: 10}), True),
        ("schedule_lag.p99 > 5ms", second(lag=0.02), True),
        ("p99 < 1s", second(), False),
        ("p99 > 1s", second(), False),
        ("errors < 1%", second(), False),
    ],
)
def test_a_second_meets_a_condition_or_not(text: str, interval: Interval, expected: bool) -> None:
    (condition,) = parsed_conditions(text)
    assert condition.is_met(interval) is expected


def test_a_window_needs_each_of_its_seconds() -> None:
    (condition,) = parsed_conditions("p99 > 2s for 3s")
    slow, fast, silent = second(run={3.0: 1}), second(run={0.1: 1}), second()
    assert condition.is_met_by_each([fast, slow, slow, slow])
    assert not condition.is_met_by_each([slow, slow])
    assert not condition.is_met_by_each([slow, fast, slow])
    assert not condition.is_met_by_each([slow, silent, slow])


def test_several_conditions_stand_in_one_line() -> None:
    conditions = parsed_conditions(" p99>2s for 10s;; errors > 5% for 5s ; ")
    assert [(c.statistic, c.window) for c in conditions] == [("p99", 10), ("errors", 5)]
    assert parsed_conditions("") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p99", "is not a condition"),
        ("p99 ~ 5s", "is not a condition"),
        ("p99 > 5", "needs a unit"),
        ("p99 > 5x", "is not a duration"),
        ("p0 > 5s", "a percentile lies"),
        ("p101 > 5s", "a percentile lies"),
        ("errors > 0.05", "in per cent"),
        ("rate > fast", "is not a condition"),
        ("rate > 5x", "compared with a number"),
        ("start.p99 > 5s", "there is no 'start'"),
        ("schedule_lag.errors > 5%", "there is no 'schedule_lag'"),
        ("p99 > 5s for 500ms", "whole seconds"),
        ("p99 > 5s for ever", "is not a duration"),
    ],
)
def test_a_faulty_condition_is_quoted(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parsed_conditions(f"p50 < 1s; {text}")


def test_seconds_merge_into_one_interval() -> None:
    whole = merged([second(0, run={0.1: 2}), second(1, run={0.1: 3}, failed=1)])
    assert (whole.length, whole.figures) == (2.0, {"run.requests": 6})


def search(limit: float, *, start: float = 50.0, unfit_from: float = 1e9) -> list[CapacityStep]:
    """A search against a server that holds up to `limit`."""
    steps: list[CapacityStep] = []
    while (rate := next_rate(steps, start=start)) is not None:
        invalid = ("lag",) if rate >= unfit_from else ()
        steps.append(CapacityStep(rate, 1.0, rate <= limit, 1.0, {}, invalid))
    return steps


@given(st.floats(2, 50_000), st.floats(1, 2_000))
def test_the_search_ends_within_ten_per_cent_below_the_limit(limit: float, start: float) -> None:
    found = capacity_of(search(limit, start=start))
    assert found is not None
    assert limit / 1.12 <= found <= limit


def test_a_search_that_never_holds_finds_nothing() -> None:
    steps = search(0.1)
    assert capacity_of(steps) is None
    assert len(steps) <= 24


def test_one_failure_may_be_chance() -> None:
    steps = [CapacityStep(100, 1, True, 1, {}), CapacityStep(200, 1, False, 1, {})]
    assert next_rate(steps, start=100) == 200
    assert next_rate([*steps, CapacityStep(200, 1, True, 1, {})], start=100) == 400
    assert next_rate([*steps, CapacityStep(200, 1, False, 1, {})], start=100) == 141


def test_an_unfit_generator_ends_the_search() -> None:
    steps = search(1e6, unfit_from=800)
    assert steps[-1].rate == 800
    assert capacity_of(steps) == 400
