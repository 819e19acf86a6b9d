"""What the command line makes of a file system in its way, and of a defect of its own."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flowgauge import cli
from flowgauge.cli import main

ROOT = Path(__file__).parents[2]
RUN = [
    "run",
    *("--contracts", str(ROOT / "contracts")),
    *("--loadtests", str(ROOT / "loadtests")),
    *("--gates", str(ROOT / "reports" / "gates.toml")),
]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FLOWGAUGE_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("file", "File exists"),
        ("file/below", "Not a directory"),
        ("taken", "Is a directory"),
        ("/proc/x/y", "No such file or directory"),
    ],
)
def test_a_run_folder_that_cannot_be_written_is_told_before_anything_runs(
    folder: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "taken" / "contract.log").mkdir(parents=True)
    assert main([*RUN, "--run-folder", str(tmp_path / folder)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    [line] = said.err.splitlines()
    assert line.startswith("flowgauge: /")
    assert line.endswith(says)


def test_faults_may_be_named_together_or_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RUN, "--fault", "info-500, create-200,", "--fault", "info-50"]) == 2
    assert capsys.readouterr().err.startswith("flowgauge: there is no fault named 'info-50'")


@pytest.mark.parametrize("defect", [ZeroDivisionError("one"), OSError("two"), KeyError("three")])
def test_a_defect_of_flowgauge_is_not_taken_for_a_broken_contract(
    defect: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Any) -> int:
        raise defect

    command = SimpleNamespace(__doc__="Fail.", run=fail, add_arguments=lambda _: None)
    monkeypatch.setattr(cli, "import_module", lambda _: command)
    assert main(["faults"]) == 70
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.splitlines()[-1].startswith("flowgauge: this is a defect of flowgauge")
