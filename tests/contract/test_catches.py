"""Only a finding that a fault names is a catch of it, and of no other fault."""

from dataclasses import replace

import pytest

from flowgauge.contract.session.catches import WantedFinding, catches
from flowgauge.errors import HarnessError
from flowgauge.results import NO_OPERATION, Finding, Showing


def finding(text: str, detail: str = "", reproduction: str = "") -> Finding:
    finding_id, _, operation = text.partition(" ")
    return Finding(finding_id, "", operation, "major", detail, (), reproduction)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ("FG-105 readPet", True),
        ("FG-105 any", True),
        ("FG-105 readPet says name", True),
        ("FG-105 any says name", True),
        ("FG-105 readPet says pets/\\d+", True),
        ("FG-105 readPet says pets/x", False),
        ("FG-105 listPets", False),
        ("FG-106 readPet", False),
        ("FG-106 any", False),
    ],
)
def test_what_fits(wanted: str, fits: bool) -> None:
    met = finding("FG-105 readPet", '/name: 7 is not of type "string"', "curl /pets/7")
    assert WantedFinding.read(wanted).fits(met, "readPet") is fits


def test_any_operation_is_one_of_the_document() -> None:
    nowhere = finding(f"FG-103 {NO_OPERATION}")
    assert not WantedFinding.read("FG-103 any").fits(nowhere, NO_OPERATION)
    assert WantedFinding.read(f"FG-103 {NO_OPERATION}").fits(nowhere, NO_OPERATION)


@pytest.mark.parametrize("text", ["", "FG-105", "readPet", "readPet FG-105", "FG-105 readPet says "])
def test_what_names_no_finding_is_refused(text: str) -> None:
    with pytest.raises(HarnessError, match="names no finding"):
        WantedFinding.read(text)


def test_another_finding_is_no_catch() -> None:
    assert catches({"a": ("FG-105 readPet",)}, [finding("FG-101 readPet"), finding("FG-105 listPets")]) == {}


def test_a_finding_is_a_catch_of_one_fault() -> None:
    met = finding("FG-105 readPet")
    assert len(catches({"a": ("FG-105 readPet",), "b": ("FG-105 any",)}, [met])) == 1


def test_a_finding_of_two_operations_is_a_catch_of_two_faults_that_name_them() -> None:
    showings = (Showing("readPet", "/name: null", 1), Showing("listPets", "/0/name: null", 2))
    met = replace(finding("FG-105 readPet", "/name: null", "curl /pets/7"), showings=showings, cause="#/type")
    faults = {"read": ("FG-105 readPet says pets/7",), "listed": ("FG-105 any says ^/0|#/type",)}
    assert catches(faults, [met]) == dict.fromkeys(faults, met)
    assert len(catches({**faults, "third": ("FG-105 any",)}, [met])) == 2
    assert not WantedFinding.read("FG-105 any says pets/7").fits(met, "listPets"), "it is readPet's"


@pytest.mark.parametrize("turned", [False, True])
def test_as_many_faults_as_can_be_are_caught(turned: bool) -> None:
    read, listed, made = finding("FG-105 readPet"), finding("FG-105 listPets"), finding("FG-105 adoptPet")
    faults = {
        "any": ("FG-105 any",),
        "two": ("FG-105 readPet", "FG-105 listPets"),
        "one": ("FG-105 readPet",),
    }
    met = [read, listed, made]
    caught = catches(faults, met[::-1] if turned else met)
    assert caught == {"any": made, "two": listed, "one": read}


def test_what_else_a_finding_holds_does_not_matter() -> None:
    met = replace(finding("FG-105 readPet"), count=7, waived="known")
    assert catches({"a": ("FG-105 readPet",)}, [met]) == {"a": met}
