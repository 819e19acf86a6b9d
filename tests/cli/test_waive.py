"""`flowgauge waive`: from a report to an entry that the suites accept."""

from datetime import date
from pathlib import Path

import pytest
from run_values import load_run

from flowgauge.cli import main
from flowgauge.editions import edition_named, findings_of
from flowgauge.errors import ExitCode
from flowgauge.results import (
    ContractReport,
    Finding,
    Showing,
    TargetIdentity,
    write_contract_report,
    write_load_run,
)
from flowgauge.results.waivers import Waiver, read_waivers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    findings = tuple(
        Finding(finding_id, "title", operation, "minor", "detail", (), "curl", 1, waived)
        for finding_id, operation, waived in (
            ("FG-107", "listFlows", None),
            ("FG-107", "getFlow", None),
            ("FG-103", "getFlow", None),
            ("FG-107", "listRuns", "known"),
        )
    )
    write_contract_report(tmp_path, ContractReport(TargetIdentity("fake"), 1, 0.0, 1.0, True, (), findings))
    return tmp_path


def kept(folder: Path) -> tuple[Waiver, ...]:
    operations = (op.id for op in edition_named().operations)
    return read_waivers(folder / "waivers.toml", catalogue=findings_of(), operations=operations)


def waive(folder: Path, *words: str) -> int:
    files = ["--run-folder", str(folder), "--waivers", str(folder / "waivers.toml")]
    return main(["waive", *words, *files])


def test_every_open_finding_of_that_id_is_waived(folder: Path) -> None:
    assert waive(folder, "FG-107", "--reason", "ticket 4711", "--expires", "2999-12-31") == ExitCode.PASSED
    waivers = kept(folder)
    assert [(w.finding, w.operation) for w in waivers] == [("FG-107", "listFlows"), ("FG-107", "getFlow")]
    assert {(w.reason, w.expires) for w in waivers} == {("ticket 4711", date(2999, 12, 31))}


def test_one_operation_can_be_named_and_entries_are_added(folder: Path) -> None:
    assert waive(folder, "FG-107", "--operation", "getFlow", "--reason", "a") == ExitCode.PASSED
    assert waive(folder, "FG-103", "--reason", "b") == ExitCode.PASSED
    assert [w.operation for w in kept(folder)] == ["getFlow", "getFlow"]


@pytest.mark.parametrize(
    "words",
    [
        ["FG-999", "--reason", "x"],
        ["FG-107", "--operation", "listRuns", "--reason", "x"],
        ["FG-107", "--reason", " "],
        ["FG-107", "--reason", "x", "--expires", "tomorrow"],
        ["FG-107", "--reason", "x", "--expires", "2001-01-01"],
    ],
)
def test_what_cannot_be_waived_is_refused_and_nothing_written(words: list[str], folder: Path) -> None:
    assert waive(folder, *words) == ExitCode.USAGE
    assert not (folder / "waivers.toml").exists()


@pytest.mark.parametrize(
    ("before", "reason"), [("", "caf\udce9"), ("waiver = []\n", "x"), ("waiver = []", "x")]
)
def test_a_waivers_file_stays_as_it_was_where_nothing_can_be_added(
    before: str, reason: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "waivers.toml").write_text(before)
    assert waive(folder, "FG-107", "--reason", reason) == ExitCode.USAGE
    assert "nothing can be added to" in capsys.readouterr().err
    assert (folder / "waivers.toml").read_text() == before


def test_a_finding_under_load_is_waived_like_any_other(folder: Path) -> None:
    lost = Finding("FG-1001", "lost", "getWorkflowOccurrence", "critical", "gone", (), "curl")
    write_load_run(folder, load_run(seconds=1, findings=(lost,)))
    assert waive(folder, "FG-1001", "--reason", "ticket 4712") == ExitCode.PASSED
    assert [(w.finding, w.operation) for w in kept(folder)] == [("FG-1001", "getWorkflowOccurrence")]
    assert waive(folder, "FG-1001", "--reason", "again") == ExitCode.USAGE, "it is covered already"


def test_all_that_a_finding_names_is_waived_and_of_one_operation_the_rest_stays(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    showings = tuple(Showing(operation, "405", 1) for operation in ("getFlow", "listFlows"))
    shared = Finding("FG-107", "title", "getFlow", "minor", "405", (), "curl", cause="405", showings=showings)
    write_contract_report(folder, ContractReport(TargetIdentity("fake"), 1, 0.0, 1.0, True, (), (shared,)))
    assert waive(folder, "FG-107", "--operation", "listFlows", "--reason", "a") == ExitCode.PASSED
    assert "stays, for other operations show it too: getFlow, listFlows" in capsys.readouterr().out
    assert waive(folder, "FG-107", "--reason", "a") == ExitCode.PASSED
    assert [(w.operation, w.cause) for w in kept(folder)] == [("listFlows", "405"), ("getFlow", "405")]
    (folder / "waivers.toml").unlink()
    both = ["--operation", "listFlows", "--operation", "getFlow"]
    assert waive(folder, "FG-107", *both, "--reason", "a") == ExitCode.PASSED
    assert {w.operation for w in kept(folder)} == {"listFlows", "getFlow"}


def test_no_report_is_no_data(tmp_path: Path) -> None:
    assert waive(tmp_path, "FG-107", "--reason", "x") == ExitCode.NO_DATA
