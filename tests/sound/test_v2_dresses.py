"""Edition v2 in every legal dress, and the broken cousins beside them."""

import os
from pathlib import Path

import pytest

from flowgauge.contract.session.proof import Question, prove
from flowgauge.editions import world_part

pytestmark = pytest.mark.long

SUITES = Path(__file__).parents[2] / "contracts"
ALONE = ("times-in-milliseconds", "no-statuses")
EDITION = str(Path(__file__).with_name("dressed_v2.py"))

# `tox -e sound` gives it three seeds, and as many examples as a user has.
SEEDS = tuple(int(seed) for seed in os.environ.get("FLOWGAUGE_SOUND_SEEDS", "1").split(","))
OPTIONS = ("--flowgauge-examples=3",) if len(SEEDS) == 1 else ()


def test_a_sound_server_in_another_dress_is_not_blamed_and_its_broken_cousin_is() -> None:
    table = world_part(EDITION).faults
    dresses = [fault.name for fault in table.of_group("sound")]
    assert set(ALONE) < set(dresses)
    # Two sets, since some contradict each other. Nobody has to catch them.
    sets = {"most": [name for name in dresses if name not in ALONE], "others": list(ALONE)}
    sound = [Question(name, dict.fromkeys(on, ()), dict.fromkeys(on, "legal")) for name, on in sets.items()]
    broken = [Question(fault.name, {fault.name: fault.findings}) for fault in table.of_group("broken")]
    found = [*prove([*sound, *broken], SEEDS, contracts=SUITES, workers=2, edition=EDITION, options=OPTIONS)]
    assert {
        f"{answer.question.name} {answer.seed}": answer.others for answer in found if answer.question in sound
    } == {f"{each.name} {seed}": () for each in sound for seed in SEEDS}
    assert [answer.question.name for answer in found if answer.missed] == []
