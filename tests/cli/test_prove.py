"""`flowgauge prove`: what it prints, and what it exits with."""

from pathlib import Path

import pytest
from run_values import contract_report
from small_suites import ADOPTION, UNKNOWN_FLOW, pet_edition, small_suite

from flowgauge.cli import main, prove
from flowgauge.contract.session.proof import Answer, Catch, Question
from flowgauge.editions import world_part
from flowgauge.results import read_contract_report, write_contract_report

UNKNOWN_500 = "unknown-flow-500"


@pytest.fixture
def suite(tmp_path: Path) -> str:
    return str(small_suite(tmp_path / "suite", UNKNOWN_FLOW))


def rows(text: str) -> list[list[str]]:
    """The words of each line below the head."""
    return [line.split() for line in text.splitlines()[1:]]


def test_a_fault_that_is_caught_passes(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--contracts", suite, "--fault", UNKNOWN_500]) == 0
    clean, fault, score, alarms = rows(capsys.readouterr().out)
    assert clean == ["(none)", "1", "none", "in-process"]
    assert fault[:5] == [UNKNOWN_500, "1", "FG-101", "getFlow", "in-process"]
    assert " ".join(score).startswith("caught 1 of 1 (100.0%), median ")
    assert " ".join(alarms) == "false alarms on the clean server: 0"


def test_a_log_is_told_how_far_it_is(
    suite: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove, "PAUSE", 0.0)
    assert main(["prove", "--contracts", suite, "--fault", UNKNOWN_500]) == 0
    assert capsys.readouterr().err.splitlines() == ["1 of 2 [50%]", "2 of 2 [100%]"]


def test_no_row_is_wider_than_a_terminal() -> None:
    caught = {
        fault.name: Catch(finding, "in-process", 123.45)
        for fault in world_part("v0").faults.of_group(None)
        for finding in fault.findings
    }
    hidden = {"page-size-string": f"it is hidden {'by very many others ' * 9}"}
    for number, (name, catch) in enumerate({**caught, **dict.fromkeys(hidden)}.items()):
        question = Question(name, {name: ()}, hidden if catch is None else {})
        answer = Answer(question, number, "in-process", {name: catch} if catch else {}, ())
        lines = [*prove._lines(answer)]
        assert max(map(len, lines)) < 80, lines
        words = " ".join(" ".join(lines).split())
        assert name in words
        assert (catch.finding if catch else hidden[name].strip()) in words


def test_a_fault_that_is_missed_fails(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--contracts", suite, "--fault", "info-500,unknown-flow-500"]) == 1
    _, missed, caught, score, _ = rows(capsys.readouterr().out)
    assert missed == ["info-500", "1", "MISSED", "server"]
    assert caught[2] == "FG-101"
    assert score[:4] == ["caught", "1", "of", "2"]


def test_a_clean_server_that_is_blamed_fails_and_the_score_is_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = small_suite(tmp_path / "suite", ADOPTION, "probe.call('readPet', {'pet': 'x'})")
    edition = pet_edition(tmp_path, "adopted-200")
    write_contract_report(tmp_path, contract_report())
    words = ["prove", "--contracts", str(suite), "--edition", str(edition), "--run-folder", str(tmp_path)]
    assert main([*words, "--fault", "adopted-200"]) == 1
    out = capsys.readouterr().out
    assert rows(out)[0] == ["(none)", "1", "FG-102", "adoptPet", "in-process"]
    assert "false alarms on the clean server: 1" in out
    assert read_contract_report(tmp_path).fault_score == 0.0


def test_the_score_goes_into_the_report(suite: str, tmp_path: Path) -> None:
    write_contract_report(tmp_path, contract_report())
    words = ["prove", "--contracts", suite, "--run-folder", str(tmp_path)]
    assert main([*words, "--fault", "info-500,unknown-flow-500"]) == 1
    assert read_contract_report(tmp_path).fault_score == 0.5


def test_faults_together_are_one_question(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    names = f"{UNKNOWN_500},page-size-string"
    assert main(["prove", "--contracts", suite, "--together", "--fault", names]) == 1
    _, head, caught, missed, score, _ = rows(capsys.readouterr().out)
    assert " ".join(head) == f"{UNKNOWN_500} + page-size-string, 2 at once:"
    assert caught[:4] == [UNKNOWN_500, "1", "FG-101", "getFlow"]
    assert missed[:3] == ["page-size-string", "1", "MISSED"]
    assert score[:4] == ["caught", "1", "of", "2"]


def test_what_the_table_says_of_a_group_is_printed(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--contracts", suite, "--together", "--group", "as-shipped-2023"]) == 1
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) < 80
    out = " ".join(out.split())
    assert "as-shipped-2023, 36 at once:" in out
    assert "hidden: it shows in statuses alone, which are never shown: shipped-13-statuses-invisible" in out
    assert "hidden by others: 4" in out


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["--contracts", "nowhere"], "nowhere does not exist", "the project's own"),
        (["--seeds", "1,x"], "--seeds 1,x is not a list of integers", "for example 1,2,3"),
        (
            ["--group", "sedeed"],
            "no fault is in group 'sedeed'",
            "the groups are as-shipped-2023 and seeded",
        ),
        (
            ["--group", "sedeed", "--together"],
            "no fault is in group 'sedeed'",
            "the groups are as-shipped-2023 and seeded",
        ),
        (["--fault", "info-50"], "there is no fault named 'info-50'", "did you mean info-500?"),
        (
            ["--fault", "shipped-17-whole-doubles-become-integers"],
            "shipped-17-whole-doubles-become-integers cannot be caught by itself: 1.0 and 1 are one number",
            "",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(
    words: list[str], message: str, hint: str, suite: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prove", "--contracts", suite, *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err
    assert hint in said.err


def test_a_fault_that_names_no_finding_is_refused(
    tmp_path: Path, suite: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["prove", "--contracts", suite, "--edition", str(pet_edition(tmp_path))]
    assert main([*words, "--fault", "shouted"]) == 2
    assert "shouted names no finding, so nothing is a catch of it" in capsys.readouterr().err


def test_faults_and_a_group_exclude_each_other(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["prove", "--contracts", suite, "--fault", UNKNOWN_500, "--group", "seeded"])
    assert left.value.code == 2
    assert "not allowed with" in capsys.readouterr().err
