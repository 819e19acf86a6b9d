"""The grammar of plans, and what it says to a mistake."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowgauge.durations import parsed_duration
from flowgauge.errors import UsageError
from flowgauge.load.plans.plan import Part
from flowgauge.load.plans.plan_text import parsed_plan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50/s", [Part(50, 50, inf)]),
        ("50", [Part(50, 50, inf)]),
        ("50/s for 30s", [Part(50, 50, 30)]),
        ("  1.5 / s  for 1m30s ", [Part(1.5, 1.5, 90)]),
        ("120/m for 1h", [Part(2, 2, 3600)]),
        ("RAMP 0..200/s IN 500ms", [Part(0, 200, 0.5)]),
        ("ramp 60/m..120/m in 10s", [Part(1, 2, 10)]),
        ("ramp 60..120/m in 10s", [Part(1, 2, 10)]),
        ("ramp 10..0/s for 10s", [Part(10, 0, 10)]),
        ("ramp 0..20/s in 3s, hold 2m", [Part(0, 20, 3), Part(20, 20, 120)]),
        ("20/s for 3s, spike 99/s for 5s, hold", [Part(20, 20, 3), Part(99, 99, 5), Part(20, 20, inf)]),
        ("hold 7/s for 3s", [Part(7, 7, 3)]),
        ("steps 10..30/s by 10 every 20s", [Part(10, 10, 20), Part(20, 20, 20), Part(30, 30, 20)]),
        ("steps 30..10/s by 20 every 1s", [Part(30, 30, 1), Part(10, 10, 1)]),
        ("soak 20/s for 8h", [Part(20, 20, 28800)]),
        ("1/s for 1s, pause 10s, 2/s for 1s", [Part(1, 1, 1), Part(0, 0, 10), Part(2, 2, 1)]),
        ("poisson 5/s for 1s, 5/s for 1s", [Part(5, 5, 1, poisson=True), Part(5, 5, 1)]),
    ],
)
def test_a_plan_means_its_parts(text: str, expected: list[Part]) -> None:
    assert list(parsed_plan(text).parts) == expected


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "expected a rate or one of closed, hold, pause, poisson, ramp, soak, spike, steps"),
        ("   ", 1, "expected a rate"),
        ("fast", 1, "expected a rate or one of"),
        ("50/s for", 9, "expected a duration"),
        ("50/s for 5", 10, "expected a duration such as"),
        ("50/s for 0s", 10, "a part cannot last 0 s"),
        ("50/s fro 3s", 6, "expected a comma or the end"),
        ("50/s, hold 3s", 7, "never ends"),
        ("hold 3s", 6, "there is no rate to hold"),
        ("ramp 0.. in 5s", 10, "expected a rate"),
        ("ramp 0-5 in 5s", 7, "a plan has no such word or sign"),
        ("ramp 0..5/s 5s", 13, "expected `in`"),
        ("steps 1..9/s by 0 every 1s", 17, "steps of 0 never arrive"),
        ("steps 1..9/s every 1s", 14, "expected `by`"),
        ("steps 0..1000000/s by 1 every 1s", 23, "more than 10,000 steps"),
        ("spike 10/s", 11, "expected `for`"),
        ("closed 1.5 for 3s", 8, "how many journeys"),
        ("closed 0 for 3s", 8, "how many journeys"),
        ("closed 5 for 3s, 10/s", 18, "stands alone"),
        ("10/s for 1s, closed 5", 14, "stands alone"),
        ("10/s for 1s,, 5/s", 13, "expected a rate"),
        ("10/s for 1s;", 12, "a plan has no such word or sign"),
        ("-5/s", 1, "a plan has no such word or sign"),
        ("50/s for 5x", 10, "expected a duration"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, column: int, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed_plan(text)
    assert message in caught.value.message
    assert f"column {column}:" in caught.value.message
    assert caught.value.message.splitlines()[-1].index("^") == column + 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0/s for 5s", "no arrivals"),
        ("pause 5s", "no arrivals"),
        ("2000000/s for 1s", "exceeds"),
        ("1000000/s for 1h", "more than"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parsed_plan(text)


@given(st.text(max_size=40))
def test_any_text_is_a_plan_or_a_usage_error(text: str) -> None:
    try:
        plan = parsed_plan(text)
    except UsageError:
        return
    assert plan.parts


@given(st.text(alphabet="0123456789./smhrapoldf, in", max_size=40))
def test_text_of_a_plan_s_letters_is_a_plan_or_a_usage_error(text: str) -> None:
    try:
        plan = parsed_plan(text)
    except UsageError:
        return
    assert plan.duration > 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("1.5", 1.5),
        ("500ms", 0.5),
        ("250us", 0.00025),
        ("2m", 120),
        ("1h30m", 5400),
        ("1m0.5s", 60.5),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parsed_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "5x", "5 s", "-1s", "1s2", "ms5", "1e3s", "inf"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a duration"):
        parsed_duration(text)
