"""What an edition brings to a load, and what names there are for it."""

import subprocess
import sys
from dataclasses import replace

import pytest

from flowgauge.editions import load_part
from flowgauge.errors import UsageError
from flowgauge.load.edition_part import shared_part
from flowgauge.results.measures import USUAL

PART = load_part("v0")
OTHER = replace(PART, edition=replace(PART.edition, name="other"))


def test_the_part_s_names_are_the_usual_ones() -> None:
    assert tuple(PART.operations) == USUAL.operations
    assert tuple(PART.counters({})) == USUAL.counters


def test_every_run_that_was_started_has_ended_or_is_censored() -> None:
    counted = PART.counters({"runs.started": 9, "runs.ended": 7, "runs.failed": 1})
    assert counted == {"runs.started": 9, "runs.ended": 7, "runs.failed": 1, "runs.censored": 2}


def test_every_short_name_has_its_method() -> None:
    assert PART.methods["create"] == "POST"
    assert PART.methods["poll"] == "GET"


def test_a_text_of_stages_becomes_the_body_that_makes_them() -> None:
    assert PART.things.body("noop, delay:50ms") == b'{"stages":[{"noop":{}},{"delay":{"duration":"50ms"}}]}'
    assert PART.things.own_time("noop, delay:50ms") == 0.05
    with pytest.raises(UsageError, match="is not a stage"):
        PART.things.body("sleep")


def test_there_is_no_part_of_an_edition_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="there is no edition 'v9'"):
        load_part("v9")


def test_a_load_needs_nothing_of_the_suites() -> None:
    program = (
        "import sys; from flowgauge.editions import load_part; load_part('v0');"
        "sys.exit(any(name in sys.modules for name in ('hypothesis', 'schemathesis', 'pytest')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_scenarios_name_journeys_of_one_part() -> None:
    assert shared_part([PART, PART]) is PART
    assert PART.maker("RunPath", "run_path") is PART.journeys["run_path"]


def test_a_journey_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError, match="Soak: there is no journey 'soak'") as caught:
        PART.maker("Soak", "soak")
    assert "run_path, waiting_run_path" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("named", "message"), [([], "no scenario"), ([PART, OTHER], "several editions")], ids=["none", "two"]
)
def test_one_locustfile_is_of_one_edition(named, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        shared_part(named)
