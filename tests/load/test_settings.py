"""Options, settings, and what they mean."""

import argparse
import re
from pathlib import Path

import msgspec
import pytest

from flowgauge.editions import load_part
from flowgauge.errors import UsageError
from flowgauge.load.locust_adapter.options import (
    add_options,
    connection_flags,
    fault_names,
    settings_of,
    with_defaults,
)
from flowgauge.load.runs.settings import Assignment, LoadSettings

ROOT = Path(__file__).parents[2]


class Parser(argparse.ArgumentParser):
    """Takes Locust's own keyword, as Locust's parser does."""

    shown: tuple[str, ...] = ()

    def add_argument(self, *args, include_in_web_ui=True, **kwargs):
        if include_in_web_ui:
            self.shown += args
        return super().add_argument(*args, **kwargs)


@pytest.fixture
def parser() -> Parser:
    made = Parser()
    add_options(made)
    made.add_argument("--host", default=None, include_in_web_ui=False)
    made.add_argument("--run-time", type=int, default=None, include_in_web_ui=False)
    return made


def values(parser: Parser, *words: str) -> dict:
    return vars(parser.parse_args(words))


def test_the_options_default_to_the_settings_defaults(parser: Parser) -> None:
    assert settings_of(values(parser)) == LoadSettings()


def test_every_option_reaches_the_settings(parser: Parser) -> None:
    words = [
        "--plan=10/s",
        "--rate=5",
        "--duration=1m",
        "--warm-up=2s",
        "--seed=9",
        "--stages=noop",
        "--poll-interval=100ms",
        "--wait-ratio=0.5",
        "--reuse-flows=3",
        "--check-ratio=1",
        "--verify-runs=5",
        "--max-in-flight=7",
        "--connect-timeout=1s",
        "--response-timeout=2s",
        "--drain-timeout=3s",
        "--max-schedule-lag=4ms",
        "--autostop=latency.p99>1s",
        "--capacity=errors<1%",
        "--capacity-step=7s",
    ]
    expected = LoadSettings(
        plan="10/s",
        rate=5,
        duration=60,
        warm_up=2,
        seed=9,
        stages="noop",
        poll_interval=0.1,
        wait_ratio=0.5,
        reuse_flows=3,
        check_ratio=1,
        verify_runs=5,
        max_in_flight=7,
        connect_timeout=1,
        response_timeout=2,
        drain_timeout=3,
        max_schedule_lag=0.004,
        autostop="latency.p99>1s",
        capacity="errors<1%",
        capacity_step=7,
    )
    assert settings_of(values(parser, *words)) == expected
    assert all(getattr(expected, name) != getattr(LoadSettings(), name) for name in expected.__slots__)


def test_what_the_issue_names_is_shown_in_the_web_ui_and_secrets_are_not(parser: Parser) -> None:
    for name in ("rate", "plan", "duration", "poll-interval", "stages", "wait-ratio", "reuse-flows"):
        assert f"--{name}" in parser.shown
    assert not [flag for flag in parser.shown if "token" in flag or "secret" in flag]


def test_help_can_be_printed(parser: Parser) -> None:
    assert "--autostop" in parser.format_help()


@pytest.mark.parametrize(
    ("words", "duration"),
    [
        ([], 30),
        (["--run-time=10"], 10),
        (["--duration=5s", "--run-time=10"], 5),
        (["--plan=5/s for 90s"], 90),
    ],
)
def test_how_long_arrivals_last(parser: Parser, words: list[str], duration: float) -> None:
    assert settings_of(values(parser, *words)).arrival_plan().duration == duration


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"plan": "fast"}, "plan, column 1"),
        ({"rate": 0.0}, "--rate"),
        ({"rate": -1.0}, "--rate"),
        ({"rate": float("nan")}, "--rate"),
        ({"duration": -1.0}, "duration"),
        ({"duration": 5.0, "warm_up": 5.0}, "leaves nothing"),
        ({"warm_up": -1.0}, "--warm-up"),
        ({"warm_up": float("inf")}, "--warm-up"),
        ({"wait_ratio": 1.5}, "--wait-ratio"),
        ({"check_ratio": -0.1}, "--check-ratio"),
        ({"reuse_flows": -1}, "--reuse-flows"),
        ({"max_in_flight": 0}, "--max-in-flight"),
        ({"poll_interval": 0.0}, "--poll-interval"),
        ({"poll_interval": 90_000.0}, "--poll-interval must be from 1 ms to a day"),
        ({"response_timeout": 0.0}, "above 0"),
        ({"drain_timeout": 1e12}, "0 s or more, and a year at the most"),
        ({"capacity_step": 0.0}, "--capacity-step"),
        ({"duration": 1e13, "warm_up": 1.0}, "a year at the most"),
        ({"plan": "closed 5 for 99999999h"}, "more than a year"),
        ({"plan": "poisson 1000000/s", "duration": 1e7}, "1,000,000,000 arrivals in 1e+07 s"),
        ({"rate": 1e6, "duration": 1e7}, "1,000,000,000 arrivals"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_anything_starts(changes: dict, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        LoadSettings(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stages": "sleep"}, "is not a stage"),
        ({"autostop": "p99"}, "--autostop, column 1: there is no measure 'p99'"),
        ({"autostop": "latency.p99 > 1s for 1h"}, "at the most"),
        ({"capacity": "what"}, "--capacity, column 1: there is no measure 'what'"),
        ({"capacity": "run.p99 < 1s for 5s"}, "one value for the whole run"),
    ],
)
def test_what_the_edition_does_not_know_is_refused_before_anything_starts(
    changes: dict, message: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        LoadSettings(**({"stages": "noop"} | changes)).check(load_part("v0"))


@pytest.mark.parametrize(("old", "new"), [("wait-share", "wait-ratio"), ("check-share", "check-ratio")])
def test_a_renamed_option_says_its_new_name(parser: Parser, old: str, new: str) -> None:
    with pytest.raises(UsageError, match=f"--{old} is now called --{new}"):
        settings_of(values(parser, f"--{old}=0.5"))


def test_stages_may_stand_in_a_file(parser: Parser, tmp_path: Path) -> None:
    (tmp_path / "stages.json").write_text('[{"noop": {}}]')
    asked = settings_of(values(parser, f"--stages=@{tmp_path}/stages.json"))
    assert asked.stages == '[{"noop": {}}]'
    asked.check(load_part("v0"))
    with pytest.raises(UsageError, match=r"--stages: .*none\.json cannot be read"):
        settings_of(values(parser, f"--stages=@{tmp_path}/none.json"))


def test_a_faulty_duration_names_its_option(parser: Parser) -> None:
    with pytest.raises(UsageError, match="--poll-interval: 'soon' is not a duration"):
        settings_of(values(parser, "--poll-interval=soon"))


def test_locust_s_host_stands_for_the_url(parser: Parser) -> None:
    assert connection_flags(values(parser, "--host=http://a"))["url"] == "http://a"
    assert (
        connection_flags(values(parser, "--host=http://a", "--flowgauge-url=http://b"))["url"] == "http://b"
    )
    assert connection_flags(values(parser))["url"] is None


def test_faults_may_be_named_together_or_apart(parser: Parser) -> None:
    given = values(parser, "--flowgauge-fault=a, b", "--flowgauge-fault=c")
    assert fault_names(given) == ("a", "b", "c")


def test_a_scenario_s_defaults_give_way_to_what_was_chosen(parser: Parser) -> None:
    defaults = {"plan": "poisson 50/s", "reuse_flows": 20}
    assert with_defaults(values(parser), defaults)["plan"] == "poisson 50/s"
    assert with_defaults(values(parser, "--plan=5/s"), defaults)["plan"] == "5/s"
    assert with_defaults(values(parser, "--rate=5"), defaults)["plan"] == ""
    assert with_defaults(values(parser, "--rate=5"), defaults)["reuse_flows"] == 20
    with pytest.raises(UsageError, match="does_not_exist"):
        with_defaults(values(parser), {"does_not_exist": 1})


def test_an_assignment_survives_its_journey() -> None:
    assignment = Assignment("http://h", "secret", {"RunPath": 2}, LoadSettings(plan="5/s"), 1, 3)
    assert msgspec.json.decode(msgspec.json.encode(assignment), type=Assignment) == assignment
    assert "secret" not in repr(assignment)


@pytest.mark.parametrize("path", sorted((ROOT / "loadtests").glob("*.py")), ids=lambda path: path.stem)
def test_scenarios_are_short_and_nothing_but_scenarios(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 60
    assert re.findall(r"^class (\w+)\(LoadScenario\)", text, re.MULTILINE)


def test_there_is_no_helper_among_the_scenarios() -> None:
    names = {path.name for path in (ROOT / "loadtests").iterdir() if path.name != "__pycache__"}
    assert names == {"event_runs.py", "mixed.py", "read_heavy.py", "run_path.py", "soak.py", "wait_runs.py"}


@pytest.mark.parametrize("rate", [1e6, 123_456.789, 50, 0.5, 0.00001, 1e-9])
def test_every_rate_makes_a_plan(rate: float) -> None:
    """However it is written: 1000000 and 0.00001 are 1e+06 and 1e-05 to Python."""
    (part,) = LoadSettings(rate=rate, duration=1).arrival_plan().parts
    assert part.start_rate == pytest.approx(rate)
