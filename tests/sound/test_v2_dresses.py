"""Edition v2 in every legal dress, and the broken cousins beside them."""

from pathlib import Path

import pytest

from flowgauge.contract.session.proof import Answer, Question, prove
from flowgauge.editions import world_part

# Whole sessions of the suites in processes of their own: coverage slows them down, and is lost with them.
pytestmark = pytest.mark.no_cover

SUITES = Path(__file__).parents[2] / "contracts"
EDITION = str(Path(__file__).with_name("dressed_v2.py"))


def answers(*questions: Question) -> list[Answer]:
    return list(prove(questions, (1,), contracts=SUITES, workers=2, edition=EDITION))


def test_a_sound_server_in_another_dress_is_not_blamed() -> None:
    dresses = [fault.name for fault in world_part(EDITION).faults.of_group("sound")]
    # All at once, but for those that contradict each other.
    together = [name for name in dresses if name not in {"no-statuses", "times-in-milliseconds"}]
    # Nobody has to catch them.
    questions = [Question(name, {name: ()}, {name: "legal"}) for name in dresses]
    questions += [Question("together", dict.fromkeys(together, ()), dict.fromkeys(together, "legal"))]
    blamed = {answer.question.name: answer.others for answer in answers(*questions) if answer.others}
    assert blamed == {}


def test_its_broken_cousin_is() -> None:
    cousins = world_part(EDITION).faults.of_group("broken")
    found = answers(*(Question(fault.name, {fault.name: fault.findings}) for fault in cousins))
    assert [answer.question.name for answer in found if answer.missed] == []
