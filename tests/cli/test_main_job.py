"""The commands as a user types them: what they print, and what they exit with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sessions import Ended, pytest_session

from flowgauge.cli import COMMANDS, main
from flowgauge.reference.server.embedded import embedded_server

ROOT = Path(__file__).parents[2]


def typed(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("FLOWGAUGE_")}
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def suites(folder: Path, *flags: str, environment: dict[str, str] | None = None) -> Ended:
    words = ["contracts/", "-q", f"--flowgauge-run-folder={folder}", *flags]
    return pytest_session(*words, environment=environment)


@pytest.mark.long
@pytest.mark.parametrize("target", ["in-process", "fake"])
def test_the_clean_server_gives_no_finding_and_every_operation_is_tried(
    target: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    # All of the suites. Over HTTP they run in tests/contract/test_workers.py, with as many examples as a user
    # has in tests/editions/v0/faults/test_named_findings.py.
    is_measured = target == "in-process" and pytestconfig.getoption("cov_source", None)
    measured = ["coverage", "run", "-m"] if is_measured else []
    words = ["pytest", "contracts/", "-q", "-p", "no:cacheprovider", f"--flowgauge-target={target}"]
    words.append("--flowgauge-examples=5")
    done = typed(*measured, *words, f"--flowgauge-run-folder={tmp_path}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[0] == f"flowgauge: {target}, seed 1"
    report = json.loads((tmp_path / "contract.json").read_text())
    assert report["complete"] is True
    assert report["findings"] == []
    tried = {row["operation"]: row["cases"] for row in report["operations"]}
    for operation in (
        "orchestrationgetServerInfo",
        "listFlows",
        "createWorkflow",
        "getFlow",
        "listRuns",
        "runWorkflow",
        "getWorkflowOccurrence",
    ):
        assert tried[operation] >= 10
        assert operation in done.stdout


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("create-200", "FG-102"),
        ("unknown-flow-500", "FG-101"),
        ("success-text-plain", "FG-103"),
        ("create-not-persisted", "FG-209"),
    ],
)
def test_a_fault_fails_the_suites_with_exit_code_1(fault: str, finding: str, tmp_path: Path) -> None:
    done = suites(tmp_path, "-x", f"--flowgauge-fault={fault}")
    assert done.code == 1, done.output
    assert finding in done.output
    report = json.loads((tmp_path / "contract.json").read_text())
    assert finding in {found["id"] for found in report["findings"]}
    assert report["complete"] is False


@pytest.mark.parametrize(
    ("flags", "environment", "code", "sentence"),
    [
        (["--flowgauge-url=http://127.0.0.1:9"], {}, 4, "cannot be reached: connection refused"),
        ([], {"FLOWGAUGE_URL": "http://127.0.0.1:9"}, 4, "cannot be reached: connection refused"),
        (["--flowgauge-url=http://no-such-host.invalid"], {}, 4, "cannot be reached: unknown host"),
        (["--flowgauge-url=ftp://host"], {}, 2, "is not an http or https URL"),
        (["--flowgauge-url=localhost:8080"], {}, 2, "is not an http or https URL"),
        (["--flowgauge-url=http://host:banana"], {}, 2, "is not a URL"),
        (["--flowgauge-fault=nonsense"], {}, 2, "there is no fault named 'nonsense'"),
        (["--flowgauge-url=http://127.0.0.1:9", "--flowgauge-fault=create-200"], {}, 2, "faults can only"),
        (["--flowgauge-url=http://h", "--flowgauge-client-id=x"], {}, 2, "need an id and a secret"),
    ],
)
def test_a_target_that_cannot_be_judged_is_told_in_one_sentence(
    flags: list[str], environment: dict[str, str], code: int, sentence: str, tmp_path: Path
) -> None:
    done = suites(tmp_path, *flags, environment=environment)
    assert done.code == code, done.output
    assert sentence in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["pytest", "contracts", "-p", "no:cacheprovider", "--flowgauge-run-folder"], "contract.json"),
        (["locust", "-f", "loadtests", "--headless", "-t", "1s", "--run-folder"], "run.json"),
        (["flowgauge", "run", "--run-folder"], "verdicts.json"),
    ],
)
def test_a_run_that_cannot_begin_leaves_the_result_of_the_one_before(
    command: list[str], name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("{}")
    assert typed(*command, str(tmp_path), FLOWGAUGE_URL="http://127.0.0.1:9").returncode == 4
    assert (tmp_path / name).read_text() == "{}"


@pytest.mark.long
def test_credentials_of_every_kind_against_a_running_server(tmp_path: Path) -> None:
    with embedded_server() as server:
        one = ["contracts/test_journeys.py::test_empty_store"]
        url = {"FLOWGAUGE_URL": server.url}
        bought = {"FLOWGAUGE_CLIENT_ID": server.client_id, "FLOWGAUGE_CLIENT_SECRET": server.client_secret}
        for environment, code in (
            ({"FLOWGAUGE_TOKEN": server.token}, 0),
            (bought, 0),
            ({"FLOWGAUGE_TOKEN": "wrong"}, 4),
            ({}, 4),
            ({**bought, "FLOWGAUGE_CLIENT_SECRET": "wrong"}, 4),
        ):
            words = [*one, "-q", f"--flowgauge-run-folder={tmp_path}"]
            done = pytest_session(*words, environment=url | environment)
            assert done.code == code, done.output
            assert server.token not in done.output
            assert server.client_secret not in done.output


def test_a_part_of_the_suites_is_an_incomplete_report(tmp_path: Path) -> None:
    words = ["contracts/test_volume.py", "-q", "--flowgauge-target=in-process"]
    done = pytest_session(*words, f"--flowgauge-run-folder={tmp_path}")
    assert done.code == 0
    assert json.loads((tmp_path / "contract.json").read_text())["complete"] is False
    assert "incomplete" in done.output


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_commands_explain_themselves_in_80_columns(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as left:
        main([*command.split(), "--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: flowgauge {command}".rstrip())
    assert [line for line in said.splitlines() if len(line) > 80] == []


def test_a_command_that_there_is_not_is_wrong_usage() -> None:
    assert typed("flowgauge", "nonsense").returncode == 2
