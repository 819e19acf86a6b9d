"""What each kind of stage does with its parameters, and Go's durations."""

import time
from typing import Any

import pytest
from asking import START, Asking
from hypothesis import given, settings
from hypothesis import strategies as st

from flowgauge.editions.stage_parameters import MAX_RESOLVED, go_duration
from flowgauge.editions.v0.world.stages import STAGE_KINDS
from flowgauge.editions.v2.world.stages import InstanceStep, steps_of
from flowgauge.reference.world.wire import instant, timestamp

STEADY = settings(max_examples=150, deadline=None, derandomize=True, database=None)
WALLET = {"kind": "wallet", "wallet": "w1"}
AMOUNT = {"amount": 100, "asset": "EUR/2"}


def timeline(stages: Any, variables: dict[str, str], start: float) -> tuple[InstanceStep, ...]:
    return steps_of(stages, variables, start, {}, None, STAGE_KINDS)


def fate(stage: Any, **variables: str) -> tuple[float, str | None]:
    """How long a stage takes, and its error."""
    [span] = timeline([stage], variables, START)
    return round(span.ends - span.begins, 6), span.error


SUCCEED = [
    ({"noop": {}}, 0.0),
    ({"echo": {"message": "hello"}}, 0.0),
    ({"echo": {"message": ""}}, 0.0),
    ({"delay": {"duration": "250ms"}}, 0.25),
    ({"delay": {"duration": "0"}}, 0.0),
    ({"delay": {"until": timestamp(START + 7)}}, 7.0),
    ({"delay": {"until": timestamp(START - 7)}}, 0.0),
    ({"delay": {"until": "0001-01-01T00:00:00+23:59"}}, 0.0),
    ({"payin": {"source": "world", "destination": WALLET}}, 0.0),
    ({"payin": {"source": "world", "destination": WALLET | {"balance": "main"}}}, 0.0),
    ({"payout": {"source": WALLET, "amount": AMOUNT}}, 0.0),
    ({"payout": {"source": WALLET, "amount": AMOUNT | {"amount": "12"}}}, 0.0),
    ({"payout": {"source": WALLET, "amount": AMOUNT | {"amount": 10**30}}}, 0.0),
]


@pytest.mark.parametrize(("stage", "seconds"), SUCCEED)
def test_a_stage_with_right_parameters_succeeds(stage: Any, seconds: float) -> None:
    assert fate(stage) == (seconds, None)


def test_every_kind_is_shown_to_succeed_or_is_made_to_fail() -> None:
    assert {kind for stage, _ in SUCCEED for kind in stage} == set(STAGE_KINDS) - {"fail"}


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        ({}, "a stage names exactly one kind, this one names 0"),
        ({"noop": {}, "echo": {}}, "a stage names exactly one kind, this one names 2"),
        ({"sleep": {}}, "unknown stage kind 'sleep'"),
        ({"Payin": {}}, "unknown stage kind 'Payin'"),
        ({"": {}}, "unknown stage kind ''"),
        ({"noop": None}, "noop: the parameters must be an object"),
        ({"noop": []}, "noop: the parameters must be an object"),
        ({"echo": "hello"}, "echo: the parameters must be an object"),
        ({"noop": {"a": 1}}, "noop: unknown parameter 'a'"),
        ({"echo": {}}, "echo: message is required"),
        ({"echo": {"message": 1}}, "echo.message: must be a string"),
        ({"echo": {"message": None}}, "echo.message: must be a string"),
        ({"echo": {"message": "a", "b": 1}}, "echo: unknown parameter 'b'"),
        ({"fail": {"message": "no way"}}, "no way"),
        ({"fail": {}}, "fail: message is required"),
        ({"fail": {"message": {}}}, "fail.message: must be a string"),
        ({"delay": {}}, "delay: give either duration or until"),
        ({"delay": {"duration": "1s", "until": "x"}}, "delay: give either duration or until"),
        ({"delay": {"for": "1s"}}, "delay: unknown parameter 'for'"),
        ({"delay": {"duration": 1}}, "delay.duration: must be a string"),
        ({"delay": {"duration": "soon"}}, "delay.duration: not a duration"),
        ({"delay": {"duration": "-1s"}}, "delay.duration: must not be negative"),
        ({"delay": {"duration": "2562048h"}}, "delay.duration: too long a duration"),
        ({"delay": {"until": "tomorrow"}}, "delay.until: not an RFC 3339 date-time"),
        ({"delay": {"until": "2023-02-30T00:00:00Z"}}, "delay.until: day is out of range for month"),
        ({"delay": {"until": "9999-12-31T23:59:59-00:01"}}, "delay.until: ends after the year 9999"),
        ({"payin": {"destination": WALLET}}, "payin: source is required"),
        ({"payin": {"source": "a"}}, "payin: destination is required"),
        ({"payin": {"source": 1, "destination": WALLET}}, "payin.source: must be a string"),
        ({"payin": {"source": "a", "destination": "w1"}}, "payin.destination: must be an object"),
        ({"payin": {"source": "a", "destination": {"wallet": "w"}}}, "payin.destination: kind is required"),
        (
            {"payin": {"source": "a", "destination": WALLET | {"kind": "account"}}},
            "payin.destination.kind: must be 'wallet'",
        ),
        (
            {"payin": {"source": "a", "destination": WALLET | {"wallet": 1}}},
            "payin.destination.wallet: must be a string",
        ),
        (
            {"payin": {"source": "a", "destination": WALLET | {"balance": None}}},
            "payin.destination.balance: must be a string",
        ),
        ({"payin": {"source": "a", "destination": WALLET, "x": 1}}, "payin: unknown parameter 'x'"),
        ({"payout": {"amount": AMOUNT}}, "payout: source is required"),
        ({"payout": {"source": WALLET, "amount": 1}}, "payout.amount: must be an object"),
        ({"payout": {"source": WALLET, "amount": {"amount": 1}}}, "payout.amount: asset is required"),
        (
            {"payout": {"source": WALLET, "amount": AMOUNT | {"amount": True}}},
            "payout.amount.amount: must be an integer or a string",
        ),
        (
            {"payout": {"source": WALLET, "amount": AMOUNT | {"amount": 1.0}}},
            "payout.amount.amount: must be an integer or a string",
        ),
        (
            {"payout": {"source": WALLET, "amount": AMOUNT | {"asset": 1}}},
            "payout.amount.asset: must be a string",
        ),
    ],
)
def test_a_wrong_stage_fails_at_run_time_and_says_why(stage: Any, error: str) -> None:
    assert fate(stage) == (0.0, error)
    server = Asking()
    created = server.create(stage)
    assert created.status == 201
    [status] = server.run(created.data["id"]).data["statuses"]
    assert status["error"] == error


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${a}", "1"),
        ("x ${a} and ${b} y", "x 1 and ${a} y"),
        ("${a}${a}", "11"),
        ("$${a}", "$1"),
        ("${a", "${a"),
        ("$a {a} $ {a}", "$a {a} $ {a}"),
        ("${ a}", "unknown variable ' a'"),
        ("${}", "unknown variable ''"),
        ("${A}", "unknown variable 'A'"),
        ("${ключ}", "да"),
        ("${${a}}", "${1}"),
    ],
)
def test_variables_are_replaced_once(text: str, message: str) -> None:
    # b's value looks like a variable, and is not looked at again.
    stage = {"fail": {"message": text}}
    assert fate(stage, a="1", b="${a}", ключ="да") == (0.0, message)


def test_variables_reach_strings_at_any_depth_but_no_names() -> None:
    stage = {"payin": {"source": "${s}", "destination": {"kind": "${k}", "wallet": "${w}"}}}
    assert fate(stage, s="world", k="wallet", w="w1") == (0.0, None)
    assert fate({"${kind}": {}}, kind="noop")[1] == "unknown stage kind '${kind}'"
    assert fate({"delay": {"${name}": "1s"}}, name="duration")[1] == "delay: unknown parameter '${name}'"
    assert fate({"delay": {"duration": "${seconds}s"}}, seconds="2") == (2.0, None)
    # Before anything else is looked at, in lists too.
    assert fate({"noop": {"a": [{"b": "${u}"}]}})[1] == "unknown variable 'u'"


def test_variables_cannot_fill_the_memory() -> None:
    longest = "x" * MAX_RESOLVED
    assert fate({"fail": {"message": "${a}"}}, a=longest)[1] == longest
    error = f"the variables bring more than {MAX_RESOLVED} characters"
    assert fate({"echo": {"message": "${a}${b}"}}, a=longest, b="y")[1] == error
    # Nor by many strings, of which none is long.
    assert fate({"noop": {"x": ["${a}."] * 100_000}}, a="y" * 1000)[1] == error


def test_the_first_failed_stage_ends_the_run() -> None:
    spans = timeline([{"delay": {"duration": "2s"}}, {}, {"noop": {}}], {}, START)
    assert [(span.stage, span.begins, span.ends) for span in spans] == [
        (0, START, START + 2),
        (1, START + 2, START + 2),
    ]


def test_a_run_can_wait_for_the_last_second_that_can_be_written() -> None:
    server = Asking()
    flow_id = server.created({"delay": {"until": "9999-12-31T23:59:59Z"}})
    answer = server.run(flow_id, query="wait=true")
    assert answer.data["statuses"][0]["terminatedAt"] == "9999-12-31T23:59:59.000000Z"


def test_many_long_delays_do_not_leave_the_calendar() -> None:
    server = Asking()
    flow_id = server.created(*[{"delay": {"duration": "2562047h"}}] * 40)
    answer = server.run(flow_id, query="wait=true")
    assert answer.status == 201
    assert answer.data["statuses"][-1]["error"] == "delay.duration: ends after the year 9999"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("+0", 0),
        ("-0", 0),
        ("5s", 5),
        ("+5s", 5),
        ("-5s", -5),
        ("0s", 0),
        ("1.5s", 1.5),
        ("10.050s", 10.05),
        (".5s", 0.5),
        ("1.s", 1),
        ("250ms", 0.25),
        ("10us", 1e-5),
        ("10µs", 1e-5),
        ("10μs", 1e-5),
        ("7ns", 7e-9),
        ("2m", 120),
        ("1h", 3600),
        ("1h2m3s4ms5us6ns", 3723.004005006),
        ("3s1h", 3603),
        ("1m1m", 120),
        ("2562047h47m16.5s", 9223372036.5),
    ],
)
def test_durations_are_read_as_go_reads_them(text: str, seconds: float) -> None:
    assert go_duration(text) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", "-", "+", "5", "1.5", ".", ".s", "s", "1e3s", "1 s", " 1s", "1s ", "1S", "1d", "1s2", "--1s", "+-1s",
     "00", "0.0", "1,5s", "٣s", "1s\n", "0x1s", "1_000s", "inf", "nans", "2562048h", "9" * 400 + "h"],
)  # fmt: skip
def test_other_texts_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        go_duration(text)


@pytest.mark.parametrize("text", ["9" * 1_500, "." * 1_500, "1s" * 1_500 + "!", "9" * (1 << 20)])
def test_no_text_takes_long_to_be_found_no_duration(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(ValueError, match="not a duration"):
        go_duration(text)
    assert time.monotonic() - started < 3


def test_the_longest_duration_is_that_of_go() -> None:
    assert go_duration("2562047h47m16.854775807s") == pytest.approx(2**63 / 1e9)
    with pytest.raises(ValueError, match="too long"):
        go_duration("2562047h47m16.854775808s")


@STEADY
@given(
    parts=st.lists(st.tuples(st.integers(0, 999), st.sampled_from(["h", "m", "s", "ms", "us"])), min_size=1)
)
def test_a_duration_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    unit = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6}
    text = "".join(f"{number}{name}" for number, name in parts)
    assert go_duration(text) == pytest.approx(sum(number * unit[name] for number, name in parts))


members = st.sampled_from(
    ["message", "duration", "until", "source", "destination", "amount", "kind", "wallet", "asset"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | st.text(max_size=9)
parameters = st.recursive(
    scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(members, v, max_size=3), max_leaves=12
)


@STEADY
@given(stage=st.dictionaries(st.sampled_from([*STAGE_KINDS, "x"]), parameters, max_size=2))
def test_no_stage_breaks_the_server(stage: Any) -> None:
    [span] = timeline([stage], {"a": "b"}, START)
    assert span.begins <= span.ends
    assert span.error is None or isinstance(span.error, str)


@STEADY
@given(micros=st.integers(0, 253_402_300_799_000_000))
def test_a_time_that_was_written_reads_as_itself(micros: int) -> None:
    text = timestamp(micros / 1e6)
    assert len(text) == 27
    assert text.endswith("Z")
    # A double is coarser than a microsecond far away from the epoch.
    assert instant(text) == pytest.approx(micros / 1e6, abs=2e-5)


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-14T09:30:00Z",
        "2023-02-14t09:30:00z",
        "2023-02-14T09:30:00.123456789Z",
        "2023-02-14T10:30:00+01:00",
        "2023-02-15T05:30:00+20:00",
        "2023-02-13T20:30:00-13:00",
    ],
)
def test_rfc_3339_leaves_some_freedom(text: str) -> None:
    assert int(instant(text)) == 1676367000


@pytest.mark.parametrize(
    "text",
    ["2023-02-14", "2023-02-14T09:30:00", "2023-02-14 09:30:00Z", "20230214T093000Z", "2023-02-14T24:00:00Z",
     "2023-02-14T09:60:00Z", "2023-13-14T09:30:00Z", "2023-02-14T09:30:00+0100", "2023-02-14T09:30:00+24:00",
     "2023-02-14T09:30:00.Z", "0000-01-01T00:00:00Z", "٢023-02-14T09:30:00Z", "2023-W07-2T09:30:00Z", ""],
)  # fmt: skip
def test_what_is_no_rfc_3339_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        instant(text)
