"""The machinery of faults: how one gets into a world, and how it is found."""

import json

import pytest
from pet_world import GROUP, PET_FAULTS, PETS, TOKEN, PetWorld, pet_world

from flowgauge.errors import HarnessError, UsageError
from flowgauge.reference import FaultTable, WorldRequest
from flowgauge.reference.faults import fault_names, wrap


def names_in(world: PetWorld) -> list[str]:
    world.pets["t"] = "Rex"
    request = WorldRequest("GET", PETS, headers=(("authorization", f"Bearer {TOKEN}"),))
    return [pet["name"] for pet in json.loads(world.handle(request, 0.0).body)]


def test_a_fault_is_in_the_world_that_it_was_installed_in_and_in_no_other() -> None:
    assert names_in(pet_world("nameless")) == [""]
    assert names_in(pet_world()) == ["Rex"]


def test_where_faults_meet_the_later_wraps_the_earlier() -> None:
    assert names_in(pet_world("nameless", "shouted")) == [""]
    world = pet_world("shouted")
    wrap(world.shown, lambda shown, tag: shown(tag) | {"name": "Tom"})
    assert names_in(world) == ["Tom"]
    wrap(world.shown, lambda shown, tag: {key: value[::-1] for key, value in shown(tag).items()})
    assert names_in(world) == ["moT"]


def test_only_a_step_of_an_object_can_be_wrapped() -> None:
    for function in (len, names_in, PetWorld.shown):
        with pytest.raises(HarnessError, match="no step"):
            wrap(function, lambda *_: None)


def test_a_table_finds_faults_by_name_and_by_group() -> None:
    assert [fault.name for fault in PET_FAULTS.named(["shouted", "seeded"])] == [
        "shouted",
        "adopted-200",
        "nameless",
    ]
    assert PET_FAULTS.groups == ("seeded",)
    assert (len(PET_FAULTS), PET_FAULTS["nameless"].findings) == (3, ("FG-201 readPet",))
    assert PET_FAULTS["shouted"].findings == ()
    assert PET_FAULTS["shouted"].is_observable


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nameles", "did you mean nameless?"),
        ("seded", "did you mean seeded?"),
        ("zzz", "`flowgauge faults` lists them all"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"no fault named '{name}'") as refused:
        PET_FAULTS.named([name])
    assert refused.value.hint == hint


def test_a_name_can_be_taken_once() -> None:
    with pytest.raises(HarnessError, match="two faults are named nameless"):
        FaultTable(GROUP, GROUP)


def test_one_flag_may_name_several() -> None:
    assert fault_names(["a, b", "c", ""]) == ["a", "b", "c"]
