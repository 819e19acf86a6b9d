"""The suites' self-proof: what counts as a catch, and what is said of the clean server."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from small_suites import ADOPTION, UNKNOWN_FLOW, pet_edition, small_suite

from flowgauge.contract.session.proof import CLEAN, Answer, Question, prove
from flowgauge.errors import HarnessError

UNKNOWN_500 = "unknown-flow-500"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    return small_suite(tmp_path / "suite", UNKNOWN_FLOW)


def asked(
    suite: Path, *questions: Question, edition: str = "v0", seeds: Sequence[int] = (1,)
) -> list[Answer]:
    return list(prove(questions, seeds, contracts=suite, workers=2, edition=edition))


def test_a_finding_that_the_fault_names_is_a_catch(suite: Path) -> None:
    [answer] = asked(suite, Question("it", {UNKNOWN_500: ("FG-101 getFlow",)}))
    catch = answer.caught[UNKNOWN_500]
    assert (catch.finding, catch.target) == ("FG-101 getFlow", "in-process")
    assert catch.seconds is not None
    assert answer.is_right


def test_another_finding_is_no_catch_and_is_looked_for_over_http(suite: Path) -> None:
    [answer] = asked(suite, Question("it", {UNKNOWN_500: ("FG-102 getFlow", "FG-101 listFlows")}))
    assert answer.caught == {}
    assert answer.missed == (UNKNOWN_500,)
    assert answer.others == ("FG-101 getFlow",)
    assert answer.target == "server"
    assert not answer.is_right


def test_the_clean_server_gives_no_finding(suite: Path) -> None:
    [answer] = asked(suite, Question(CLEAN))
    assert (answer.others, answer.is_right) == ((), True)


def test_any_finding_on_the_clean_server_is_a_false_alarm(tmp_path: Path) -> None:
    suite, edition = small_suite(tmp_path / "suite", ADOPTION), pet_edition(tmp_path, "adopted-200")
    [answer] = asked(suite, Question(CLEAN), edition=str(edition))
    assert (answer.others, answer.is_right) == (("FG-102 adoptPet",), False)


def test_the_edition_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    suite, edition = small_suite(tmp_path / "suite", ADOPTION), pet_edition(tmp_path)
    question = Question("it", {"adopted-200": ("FG-102 adoptPet",)})
    [clean, faulty] = asked(suite, Question(CLEAN), question, edition=str(edition))
    assert clean.is_right
    assert faulty.caught["adopted-200"].finding == "FG-102 adoptPet"


def test_of_faults_that_are_on_together_each_must_be_caught(suite: Path) -> None:
    faults = {UNKNOWN_500: ("FG-101 getFlow",), "malformed-token-500": ("FG-101 any",)}
    [answer] = asked(suite, Question("both", faults))
    assert answer.missed == ("malformed-token-500",)
    assert set(answer.caught) == {UNKNOWN_500}


def test_of_what_was_missed_each_must_be_caught_over_http(suite: Path) -> None:
    faults = {UNKNOWN_500: ("FG-101 getFlow",), "malformed-token-500": ("FG-101 getFlow", "FG-101 any")}
    [answer] = asked(suite, Question("both", faults))
    # One finding is met in either place, and is a catch of one of the two.
    assert answer.target == "server"
    assert answer.missed == ("malformed-token-500",)


def test_what_shows_over_http_alone_is_not_looked_for_in_process(suite: Path) -> None:
    question = Question("it", {UNKNOWN_500: ("FG-101 getFlow",)}, over_http=frozenset({UNKNOWN_500}))
    [answer] = asked(suite, question)
    assert answer.caught[UNKNOWN_500].target == "server"
    assert answer.is_right


def test_what_is_hidden_need_not_be_caught(suite: Path) -> None:
    faults = {UNKNOWN_500: ("FG-101 getFlow",), "info-500": ("FG-101 orchestrationgetServerInfo",)}
    [answer] = asked(suite, Question("both", faults, {"info-500": "nobody asks for it"}))
    assert answer.missed == ()
    assert answer.target == "in-process"


def test_answers_come_in_order_one_for_each_seed(suite: Path) -> None:
    questions = (Question(CLEAN), Question("it", {UNKNOWN_500: ("FG-101 getFlow",)}))
    answers = asked(suite, *questions, seeds=(3, 1))
    assert [(a.question.name, a.seed) for a in answers] == [(CLEAN, 3), ("it", 3), (CLEAN, 1), ("it", 1)]


def test_suites_that_break_raise(tmp_path: Path) -> None:
    suite = small_suite(tmp_path / "suite", "raise RuntimeError('oops')")
    with pytest.raises(HarnessError, match=r"(?s)the suites broke on \(none\), seed 1.*oops"):
        asked(suite, Question(CLEAN))
