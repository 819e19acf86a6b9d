"""Conditions that stop a run, or that a rate has to hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowgauge.editions import load_part
from flowgauge.errors import ExpressionError
from flowgauge.load.engine.buckets import bucket_of
from flowgauge.load.engine.tally import Interval
from flowgauge.load.runs.capacity import found_of, next_rate
from flowgauge.load.runs.conditions import IntervalFigures, holds, longest_window, parsed_condition
from flowgauge.results import CapacityStep, capacity_of, is_confirmed

OPERATIONS = load_part("v0").operations


def second(
    number: int = 0, *, run: dict[float, int] | None = None, lag: float = 0.0, failed: int = 0
) -> IntervalFigures:
    """A second with answers to `run` by their latency in seconds."""
    answered = {bucket_of(round(latency * 1e6)): count for latency, count in (run or {}).items()}
    counts = {"run.latency": answered} if answered else {}
    if lag:
        counts["schedule_lag"] = {bucket_of(round(lag * 1e6)): 1}
    requests = sum(answered.values()) + failed
    errors = {"run": {"status 500": failed}} if failed else {}
    figures = {"run.requests": requests} if requests else {}
    return IntervalFigures(Interval(number, float(number), 1.0, counts, figures, errors), OPERATIONS)


@pytest.mark.parametrize(
    ("text", "interval", "expected"),
    [
        ("latency.p99 > 2s", second(run={3.0: 10}), True),
        ("latency.p99 > 2s", second(run={1.0: 10}), False),
        ("latency.p50>100ms", second(run={0.05: 10, 0.5: 9}), False),
        ("run.p99 <= 250ms", second(run={0.2: 5}), True),
        ("create.p99 > 1ms", second(run={3.0: 10}), False),
        ("errors > 5%", second(run={0.1: 94}, failed=6), True),
        ("errors > 5%", second(run={0.1: 95}, failed=5), False),
        ("run.errors >= 50%", second(failed=1), True),
        ("errors < 1%", second(run={0.1: 1}), True),
        ("requests.rate >= 10/s", second(run={0.1: 10}), True),
        ("run.rate >= 10/s", second(run={0.1: 10}), True),
        ("run.rate > 10/s", second(run={0.1: 10}), False),
        ("schedule_lag.p99 > 5ms", second(lag=0.02), True),
        ("run.max > 1s", second(run={0.1: 9, 2.0: 1}), True),
        ("any(errors > 5%, run.p50 > 1s)", second(run={2.0: 10}), True),
        ("all(errors > 5%, run.p50 > 1s)", second(run={2.0: 10}), False),
        ("latency.p99 < 1s", second(), False),
        ("latency.p99 > 1s", second(), False),
        ("errors < 1%", second(), False),
    ],
)
def test_a_second_meets_a_condition_or_not(text: str, interval: IntervalFigures, expected: bool) -> None:
    condition = parsed_condition(text, OPERATIONS)
    assert condition is not None
    assert holds(condition, [interval]) is expected


@pytest.mark.parametrize("measure", ["latency.p99 > 2s", "errors > 50%"])
def test_a_window_needs_each_of_its_seconds(measure: str) -> None:
    condition = parsed_condition(f"{measure} for 3s", OPERATIONS)
    assert condition is not None
    assert longest_window(condition) == 3
    bad, fast, silent = second(run={3.0: 1}, failed=2), second(run={0.1: 1}), second()
    assert holds(condition, [fast, bad, bad, bad])
    assert not holds(condition, [bad, bad])
    assert not holds(condition, [bad, fast, bad])
    assert not holds(condition, [bad, silent, bad])


def test_calls_that_are_rejected_in_a_later_second_put_no_ratio_above_1() -> None:
    late = IntervalFigures(
        Interval(0, 0.0, 1.0, {}, {"run.requests": 1}, {"run": {"unreadable": 2}}), OPERATIONS
    )
    assert (late.requests, late.failed) == (2, 2)
    (run,) = late.operations
    assert (run.requests, run.failed) == (2, 2)


def test_no_text_is_no_condition() -> None:
    assert parsed_condition("  ", OPERATIONS) is None


@pytest.mark.parametrize(
    ("text", "message", "caret"),
    [
        ("latency.p99", "the condition ends where an operator", 12),
        ("latency.p99 ~ 5s", "an operator", 13),
        ("latency.p99 > 5", "without its unit", 15),
        ("latency.p99 > 5x", "there is no unit 'x'", 16),
        ("latency.p0 > 5s", "there is no measure 'latency.p0'", 1),
        ("latency.p101 > 5s", "there is no measure", 1),
        ("errors > 0.05", "without its unit", 10),
        ("requests.rate > fast", "where a number should", 17),
        ("start.p99 > 5s", "there is no measure 'start.p99'", 1),
        ("schedule_lag.errors > 5%", "there is no measure", 1),
        ("latency.p99 > 5s for 500ms", "the unit of the window", 25),
        ("run.p99 < baseline + 10%", "is not compared with a baseline", 11),
        ("errors > 100%", "cannot hold", 10),
        ("latency.p99 > 2s; errors > 5%", "follows a complete condition", 17),
    ],
)
def test_a_faulty_condition_is_pointed_at(text: str, message: str, caret: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parsed_condition(text, OPERATIONS)
    assert message in caught.value.message
    assert f"column {caret}:" in caught.value.message
    assert caught.value.hint


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


def test_one_success_may_be_chance() -> None:
    """The rate that is found has held twice; one that held and then fails twice is none."""
    steps = [CapacityStep(rate, 1, held, 1, {}) for rate, held in ((100, True), (108, False), (108, False))]
    assert next_rate(steps, start=100) == 100
    confirmed = [*steps, CapacityStep(100, 1, True, 1, {})]
    assert next_rate(confirmed, start=100) is None
    assert (capacity_of(confirmed), is_confirmed(confirmed, 100)) == (100, True)
    doubtful = [*steps, CapacityStep(100, 1, False, 1, {})]
    assert next_rate(doubtful, start=100) == 100
    refuted = [*doubtful, CapacityStep(100, 1, False, 1, {})]
    assert capacity_of(refuted) is None
    assert next_rate(refuted, start=100) == 50


def test_an_unfit_generator_ends_the_search() -> None:
    steps = search(1e6, unfit_from=800)
    assert steps[-1].rate == 800
    assert capacity_of(steps) == 400


def test_the_highest_rate_is_confirmed_like_any_other() -> None:
    steps = search(1e9)
    assert capacity_of(steps) == 100_000
    assert is_confirmed(steps, 100_000)


def test_what_was_found_is_exact_only_where_a_rate_above_it_failed() -> None:
    assert found_of(search(1e9), is_cut=False) == "at least 100000/s: the search goes no higher"
    assert (
        found_of(search(1e6, unfit_from=800), is_cut=False) == "at least 400/s: the generator was the limit"
    )
    assert found_of(search(0.1), is_cut=False) == "not found: no rate held, down to 0.78125/s"
    assert found_of(search(1000), is_cut=False) == "951/s"
    assert found_of(search(1000)[:3], is_cut=True) == "at least 200/s: the search was ended at 200/s"
    once = [CapacityStep(rate, 1, rate < 200, 1, {}) for rate in (100, 200, 200)]
    assert found_of(once, is_cut=False) == "100/s, which held once"
