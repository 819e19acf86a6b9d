"""Edition v2 in every legal dress, and the broken cousins beside them."""

from pathlib import Path

import pytest

from flowgauge.contract.session.proof import Answer, Question, prove
from flowgauge.editions import world_part

# Whole sessions of the suites in processes of their own: coverage slows them down, and is lost with them.
pytestmark = pytest.mark.no_cover

SUITES = Path(__file__).parents[2] / "contracts"
ALONE = ("times-in-milliseconds", "no-statuses")
EDITION = str(Path(__file__).with_name("dressed_v2.py"))


def answers(*questions: Question) -> list[Answer]:
    return list(prove(questions, (1,), contracts=SUITES, workers=2, edition=EDITION))


def test_a_sound_server_in_another_dress_is_not_blamed() -> None:
    dresses = [fault.name for fault in world_part(EDITION).faults.of_group("sound")]
    # Two sets, since some contradict each other. Nobody has to catch them.
    others = [name for name in ALONE if name in dresses]
    sets = {"most": [name for name in dresses if name not in others], "others": others}
    questions = [
        Question(name, dict.fromkeys(on, ()), dict.fromkeys(on, "legal")) for name, on in sets.items()
    ]
    assert others == list(ALONE)
    blamed = {answer.question.name: answer.others for answer in answers(*questions) if answer.others}
    assert blamed == {}


def test_its_broken_cousin_is() -> None:
    cousins = world_part(EDITION).faults.of_group("broken")
    found = answers(*(Question(fault.name, {fault.name: fault.findings}) for fault in cousins))
    assert [answer.question.name for answer in found if answer.missed] == []
