"""A finding in full, and where it leads: readable in 80 columns, harmless, and with what to type next."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from run_values import exchange, finding

from flowgauge.editions import findings_of
from flowgauge.report.figures import by_gravity
from flowgauge.report.finding_text import finding_screen, next_commands, script_names, scripts
from flowgauge.results import FindingClass, Showing


def test_a_finding_is_told_with_request_answer_expectation_and_rule() -> None:
    screen = finding_screen(finding(expected="404 (unknown id)", rule="a rule " * 20))
    assert "GET /api/orchestration/flows/0" in screen
    assert "500  after 4.2 ms" in screen
    assert "expected   404 (unknown id)" in screen
    assert "rule       a rule" in screen
    assert "s3cret-t0ken" not in screen
    assert max(map(len, screen.splitlines())) <= 80


def test_what_a_server_sent_moves_no_cursor_and_has_an_end() -> None:
    hostile = exchange(body=b"\x1b[2J" + b"x\n" * 500)
    screen = finding_screen(finding(exchanges=(hostile,), detail="\x1b[31m" + "y" * 300))
    assert "\x1b" not in screen
    assert "more lines" in screen
    assert len(screen.splitlines()) < 40


@pytest.mark.parametrize("exchanges", [(), (exchange(status=None),), (exchange(), exchange())])
def test_any_evidence_can_be_told(exchanges: tuple[object, ...]) -> None:
    screen = finding_screen(finding(exchanges=exchanges))
    assert ("connection reset by peer" in screen) == (len(exchanges) == 1)
    assert ("1 request, see the script" in screen) == (len(exchanges) == 2)


def test_every_script_has_a_name_of_its_own_and_is_shell(tmp_path: Path) -> None:
    findings = [
        finding(),
        finding(cause="a"),
        finding(operation="(no operation)"),
        finding(id="FG-901", reproduction=""),
    ]
    assert list(script_names(findings).values()) == [
        "FG-101-getFlow.sh",
        "FG-101-getFlow-2.sh",
        "FG-101-no-operation.sh",
    ]
    for name, text in scripts(findings).items():
        (tmp_path / name).write_text(text)
        assert subprocess.run(["sh", "-n", tmp_path / name], check=False).returncode == 0


def test_the_next_commands_name_script_help_and_waiver() -> None:
    commands = next_commands(finding(), Path("reports/out/findings/FG-101-getFlow.sh"))
    assert commands == (
        "sh reports/out/findings/FG-101-getFlow.sh",
        "flowgauge explain FG-101",
        'flowgauge waive FG-101 --operation "getFlow" --reason "..."',
    )
    assert next_commands(finding(), elsewhere=" --run-folder out") == (
        "flowgauge explain FG-101 --run-folder out",
        'flowgauge waive FG-101 --operation "getFlow" --reason "..." --run-folder out',
    )
    [_, waive] = next_commands(
        replace(finding(), showings=(Showing("getFlow", "", 1), Showing("listRuns", "", 2)))
    )
    assert waive == 'flowgauge waive FG-101 --operation "getFlow" --operation "listRuns" --reason "..."'


@pytest.mark.parametrize("kind", list(findings_of("v0")), ids=lambda kind: kind.id)
def test_every_class_of_defects_is_explained(kind: FindingClass) -> None:
    assert kind.guide is not None
    for text in (kind.guide.meaning, kind.guide.cure):
        assert text.endswith(".")
    assert kind.guide.example


def test_of_two_findings_alike_the_plainer_one_is_told_first() -> None:
    odd = replace(finding(), cause="500: an empty id", oddity=2, count=1)
    rare = replace(finding(), cause="500: a long id", oddity=1, count=2)
    plain = replace(finding(), cause="500: unknown id", oddity=1, count=96)
    assert by_gravity([odd, rare, plain]) == (plain, rare, odd)
    minor, waived = replace(plain, severity="minor"), replace(plain, waived="known")
    assert by_gravity([waived, minor, odd]) == (odd, minor, waived)
