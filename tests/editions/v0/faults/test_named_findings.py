"""What each fault names as its findings, and what the faults that are on together must still show."""

from pathlib import Path

import pytest

from flowgauge.contract.session.catches import WantedFinding
from flowgauge.contract.session.proof import CLEAN, Question, prove
from flowgauge.editions import edition_named, findings_of
from flowgauge.editions.v0.faults import FAULTS
from flowgauge.editions.v0.faults.together import MASKS, TOGETHER
from flowgauge.reference.faults import ANY, Mask, masked
from flowgauge.results import NO_OPERATION

CONTRACTS = Path(__file__).parents[4] / "contracts"
OPERATIONS = {op.id for op in edition_named().operations} | {ANY, NO_OPERATION}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_findings_of_the_catalogue_if_it_can_be_seen(name: str) -> None:
    fault, catalogue = FAULTS[name], findings_of()
    assert bool(fault.findings) is fault.is_observable
    for wanted in map(WantedFinding.read, fault.findings):
        assert wanted.id in catalogue
        assert wanted.operation in OPERATIONS


def test_the_release_of_2023_is_put_on_at_once() -> None:
    assert ("as-shipped-2023",) in TOGETHER


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.because)
def test_a_mask_is_of_faults_and_has_a_reason(mask: Mask) -> None:
    assert FAULTS.named([*mask.by, *mask.hidden])
    assert mask.because


def test_a_mask_hides_what_is_on_beside_it_and_of_two_the_one_that_is_undone() -> None:
    masks = [Mask(("a", "b"), ("b", "c"), "it is gone"), Mask(("d", "e"), ("d", "e"), "undone", "last")]
    masks.append(Mask(("f", "g"), ("f", "g"), "settled", "first"))
    assert masked(masks, ["a", "b", "c"]) == {"b": "it is gone: a", "c": "it is gone: a"}
    assert masked(masks, ["c", "b"]) == {"c": "it is gone: b"}
    assert masked(masks, ["d", "a", "e"]) == {"d": "undone: e"}
    assert masked(masks, ["e", "d"]) == {"e": "undone: d"}
    assert masked(masks, ["f", "a", "g"]) == {"g": "settled: f"}
    assert masked(masks, ["a"]) == masked(masks, ["d"]) == masked([], ["a", "b"]) == {}


def test_what_shows_over_http_alone_is_named() -> None:
    assert [fault.name for fault in FAULTS.values() if fault.over_http] == [
        "shipped-19-chunked-run-body-ignored"
    ]


def beside_the_others(names: tuple[str, ...]) -> Question:
    on = [fault for fault in FAULTS.named(names) if fault.is_observable]
    hidden = masked(MASKS, [fault.name for fault in on])
    # What is hidden is on, but nobody waits for it.
    wanted = {fault.name: () if fault.name in hidden else fault.findings for fault in on}
    over_http = frozenset(fault.name for fault in on if fault.over_http)
    return Question(" + ".join(names), wanted, hidden, over_http)


@pytest.mark.timeout(900)  # three minutes on a busy machine
@pytest.mark.long
def test_each_fault_is_caught_beside_others_or_alone_and_the_clean_server_is_not_blamed() -> None:
    """What is in a group is asked for there; `tox -e prove` asks for each alone, with three seeds."""
    questions = [beside_the_others(names) for names in TOGETHER]
    grouped = {name for question in questions for name in question.faults if name not in question.hidden}
    alone = [name for name, fault in FAULTS.items() if fault.is_observable and name not in grouped]
    questions += [beside_the_others((name,)) for name in alone]
    clean, *found = prove([Question(CLEAN), *questions], [1], contracts=CONTRACTS, workers=2, edition="v0")
    assert clean.others == ()
    assert {answer.question.name: answer.missed for answer in found} == {q.name: () for q in questions}
    for answer in found:
        over_http = {name for name, catch in answer.caught.items() if catch.target == "server"}
        assert over_http == answer.question.over_http, answer.question.name
