"""What each fault names as its findings, and what the faults that are on together must still show."""

from pathlib import Path

import pytest

from flowgauge.contract.session.catches import WantedFinding
from flowgauge.contract.session.proof import Question, prove
from flowgauge.editions import edition_named, findings_of
from flowgauge.editions.v0.faults import FAULTS
from flowgauge.editions.v0.faults.together import TOGETHER
from flowgauge.reference.faults import ANY, FaultsTogether
from flowgauge.results import NO_OPERATION

# Whole sessions of the suites in processes of their own: coverage slows them down, and is lost with them.
pytestmark = pytest.mark.no_cover

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
    assert "as-shipped-2023" in {row.name for row in TOGETHER}


@pytest.mark.parametrize("row", TOGETHER, ids=lambda row: row.name)
def test_what_is_hidden_is_one_of_the_faults_and_has_a_reason(row: FaultsTogether) -> None:
    names = {fault.name for fault in FAULTS.named(row.names)}
    assert set(row.hidden) < names
    assert all(row.hidden.values())


def test_what_shows_over_http_alone_is_named() -> None:
    assert [fault.name for fault in FAULTS.values() if fault.over_http] == [
        "shipped-19-chunked-run-body-ignored"
    ]


def beside_the_others(row: FaultsTogether) -> Question:
    on = [fault for fault in FAULTS.named(row.names) if fault.is_observable]
    # What is hidden is on, but nobody waits for it.
    wanted = {fault.name: () if fault.name in row.hidden else fault.findings for fault in on}
    over_http = frozenset(fault.name for fault in on if fault.over_http)
    return Question(row.name, wanted, row.hidden, over_http)


@pytest.mark.long
def test_each_fault_is_caught_beside_the_others() -> None:
    questions = [beside_the_others(row) for row in TOGETHER]
    found = list(prove(questions, [1], contracts=CONTRACTS, workers=2, edition="v0"))
    assert {answer.question.name: answer.missed for answer in found} == {row.name: () for row in TOGETHER}
    for answer in found:
        over_http = {name for name, catch in answer.caught.items() if catch.target == "server"}
        assert over_http == answer.question.over_http, answer.question.name
