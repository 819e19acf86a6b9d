"""What a locustfile's scenarios ask for."""

from dataclasses import replace

import pytest

from flowgauge.editions import load_part
from flowgauge.errors import UsageError
from flowgauge.load.locust_adapter.chosen_journeys import NamedJourney, makers_of, part_of

PART = load_part("v0")
OTHER = replace(PART, edition=replace(PART.edition, name="other"))


def scenario(name: str, journey: str = "run_path", part=PART):
    return NamedJourney(name, part, journey)


def test_scenarios_name_journeys_of_one_part() -> None:
    named = [scenario("RunPath"), scenario("Mixed", "mixed")]
    assert part_of(named) is PART
    assert makers_of(named) == {"RunPath": PART.journeys["run_path"], "Mixed": PART.journeys["mixed"]}


def test_a_journey_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError, match="Soak: there is no journey 'soak'") as caught:
        makers_of([scenario("Soak", "soak")])
    assert "run_path, waiting_run_path" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("named", "message"),
    [([], "no scenario"), ([scenario("One"), scenario("Two", part=OTHER)], "several editions")],
)
def test_one_locustfile_is_of_one_edition(named, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        part_of(named)
