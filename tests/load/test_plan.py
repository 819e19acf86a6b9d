"""Arrivals as pure functions of time."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowgauge.load.plans.plan import Part, Plan
from flowgauge.load.plans.plan_text import parsed_plan

parts = st.builds(
    Part,
    start_rate=st.floats(0, 300),
    end_rate=st.floats(0, 300),
    duration=st.floats(0.05, 20),
    poisson=st.booleans(),
).map(lambda part: part if part.start_rate or part.end_rate else Part(1, 1, part.duration))
plans = st.builds(Plan, text=st.just("drawn"), parts=st.lists(parts, min_size=1, max_size=4).map(tuple))


def test_a_steady_plan_is_evenly_spaced_from_zero() -> None:
    dues = list(parsed_plan("50/s for 10s").arrivals())
    assert len(dues) == 500
    assert dues[0] == 0
    assert all(math.isclose(later - earlier, 0.02, abs_tol=1e-9) for earlier, later in pairwise(dues))


def test_an_endless_plan_goes_on() -> None:
    arrivals = parsed_plan("4/s").arrivals(index=1, of=2)
    assert [next(arrivals) for _ in range(3)] == [0.25, 0.75, 1.25]


@pytest.mark.parametrize(
    ("text", "until", "expected"),
    [
        ("10/s for 2s", 2, 20),
        ("10/s for 2s", 1, 10),
        ("0.5/s for 10s", 10, 5),
        ("30/m for 1m", 60, 30),
        ("ramp 0..100/s in 10s", 10, 500),
        ("ramp 0..100/s in 10s", 5, 125),
        ("ramp 100..0/s in 10s", 5, 375),
        ("ramp 0..10/s in 2s, hold 3s, spike 100/s for 1s, hold 1s", 7, 10 + 30 + 100 + 10),
        ("steps 10..30/s by 10 every 2s", 6, 20 + 40 + 60),
        ("5/s for 1s, pause 2s, 5/s for 1s", 4, 10),
    ],
)
def test_as_many_arrivals_are_planned_as_the_rate_amounts_to(text: str, until: float, expected: int) -> None:
    assert parsed_plan(text).planned(until=until) == expected


@settings(max_examples=60)
@given(plans, st.integers(1, 7))
def test_workers_share_a_plan_without_overlap_or_loss(plan: Plan, workers: int) -> None:
    whole = list(plan.arrivals())
    assert whole == sorted(whole)
    for index in range(workers):
        assert list(plan.arrivals(index=index, of=workers)) == whole[index::workers]


@settings(max_examples=60)
@given(plans.filter(lambda plan: not any(part.poisson for part in plan.parts)))
def test_even_arrivals_never_stray_from_the_integral_by_more_than_one(plan: Plan) -> None:
    total = sum(part.arrivals for part in plan.parts)
    dues = list(plan.arrivals())
    assert abs(len(dues) - total) <= 1
    assert all(0 <= due <= plan.duration + 1e-9 for due in dues)


@settings(max_examples=40)
@given(plans, st.floats(0.01, 60))
def test_a_cut_plan_is_the_beginning_of_the_whole(plan: Plan, duration: float) -> None:
    beginning = [due for due in plan.arrivals() if due < min(duration, plan.duration)]
    cut = list(plan.cut(duration).arrivals())
    assert abs(len(cut) - len(beginning)) <= 1
    assert cut[: len(beginning) - 1] == pytest.approx(beginning[: len(cut)][: len(beginning) - 1], abs=1e-6)
    assert plan.cut(duration).duration <= duration + 1e-9


def test_poisson_arrivals_are_random_and_repeatable() -> None:
    plan = parsed_plan("poisson 100/s for 100s", seed=3)
    dues = list(plan.arrivals())
    assert dues == list(plan.arrivals())
    assert dues != list(parsed_plan("poisson 100/s for 100s", seed=4).arrivals())
    gaps = [later - earlier for earlier, later in pairwise(dues)]
    mean = sum(gaps) / len(gaps)
    spread = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps))
    # An exponential distribution's spread is its mean; 10,000 draws pin both to a few per cent.
    assert mean == pytest.approx(0.01, rel=0.05)
    assert spread == pytest.approx(mean, rel=0.05)


def test_a_closed_plan_has_no_arrivals_of_its_own() -> None:
    plan = parsed_plan("closed 20 for 30s")
    assert (plan.closed, plan.duration, list(plan.arrivals())) == (20, 30, [])


@pytest.mark.parametrize("seed", range(60))
def test_planned_arrivals_are_those_that_come(seed: int) -> None:
    rng = random.Random(seed)
    parts = []
    for _ in range(rng.randint(1, 4)):
        start = rng.choice([0.0, 1.0, 10.0, rng.random() * 50, 33.3])
        end = rng.choice([start, start, 0.0, rng.random() * 60])
        parts.append(Part(start, end, rng.choice([1.0, 2.0, rng.random() * 3]), poisson=rng.random() < 0.1))
    plan = Plan("random", tuple(parts))
    for _ in range(20):
        of = rng.choice([1, 2, 3])
        index = rng.randrange(of)
        since, until = (
            rng.choice([0.0, 1.0, rng.random()]),
            rng.choice([1.0, plan.duration, rng.random() * 6]),
        )
        come = sum(since <= due < until for due in plan.arrivals(index=index, of=of))
        assert plan.planned(since=since, until=until, index=index, of=of) == come


def test_a_day_at_full_rate_is_not_counted_one_by_one() -> None:
    assert Plan("day", (Part(20_000.0, 20_000.0, 86_400.0),)).planned(since=10.0, of=4) == 431_950_000


def test_random_arrivals_are_counted_in_pieces_that_leave_others_their_turn() -> None:
    plan, rests = parsed_plan("poisson 5000/s for 5s"), []
    number = plan.due_before(math.inf, lambda: rests.append(None))
    assert number == sum(1 for _ in plan.arrivals())
    assert len(rests) == 3
