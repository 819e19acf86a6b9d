"""What the command line answers when it is at its end: never 1 but for the server's sake."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from run_values import contract_report, finding, load_run

from flowgauge.cli import EPILOG
from flowgauge.errors import ExitCode
from flowgauge.results import write_contract_report, write_load_run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """A run folder whose gates fail, with a name that not every terminal can show."""
    write_contract_report(tmp_path, contract_report(finding(detail="\N{SNOWMAN}"), fault_score=1.0))
    write_load_run(tmp_path, load_run(seconds=12))
    return tmp_path


def gate(folder: Path, *, shell: str = "{}", **environment: str) -> subprocess.CompletedProcess[str]:
    command = f"{sys.executable} -m flowgauge gate --run-folder {folder}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell.format(command)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_terminal_that_cannot_show_a_character_loses_no_verdict(failing: Path) -> None:
    done = gate(failing, PYTHONIOENCODING="ascii")
    assert done.returncode == ExitCode.FAILED
    assert done.stdout.strip().startswith("FAILED")
    assert "\\u2603" in done.stdout


@pytest.mark.parametrize("reader", ["true", "head -1"])
def test_a_reader_who_leaves_does_not_make_a_red_gate_green(failing: Path, reader: str) -> None:
    assert gate(failing, shell=f"{{}} | {reader}").returncode in {ExitCode.FAILED, 141}


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_stream_that_is_closed_changes_no_exit_code(failing: Path, closed: str) -> None:
    done = gate(failing, shell=f"{{}} {closed}")
    assert done.returncode == ExitCode.FAILED
    assert "Traceback" not in done.stderr


def test_what_to_type_next_is_no_finding_on_a_full_disk(failing: Path) -> None:
    assert (
        gate(failing, shell=f"{sys.executable} -m flowgauge >/dev/full; # {{}}").returncode
        == ExitCode.HARNESS
    )


def test_a_defect_of_the_harness_is_not_taken_for_findings(failing: Path) -> None:
    done = gate(failing, shell="{} >/dev/full")
    assert done.returncode == ExitCode.HARNESS
    assert "No space left" in done.stderr
    assert "a defect of flowgauge" in done.stderr


def test_a_target_that_is_not_there_ends_the_main_job_with_its_own_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "flowgauge", "run", "--run-folder", str(tmp_path)]
    done = subprocess.run(
        [*command, "--flowgauge-url", "http://127.0.0.1:9"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == ExitCode.UNREACHABLE
    assert "cannot be reached" in done.stderr
    assert not (tmp_path / "verdicts.json").exists()


def codes(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"^[| ] *([0-9]+) +[| \w]", text, re.MULTILINE)}


def test_every_exit_code_is_documented_where_people_look() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert codes(EPILOG) == codes(readme.split("| exit code |")[1]) == set(map(int, ExitCode))
