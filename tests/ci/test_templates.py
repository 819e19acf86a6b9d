"""The CI templates: they parse, their scripts are shell, they name files that exist."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flowgauge.cli.report import REPORT_FILES, SARIF_FILE

ROOT = Path(__file__).parents[2]
CI = ROOT / "ci"
WORKFLOW = CI / "github" / "flowgauge.yml"
ACTION = ROOT / "action.yml"
GITLAB = CI / "gitlab" / "flowgauge.gitlab-ci.yml"
WRITTEN = {*REPORT_FILES, SARIF_FILE, "verdicts.json", "history.jsonl"}


def loaded(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def scripts():
    for step in loaded(ACTION)["runs"]["steps"]:
        yield step.get("run", "")
    for step in loaded(WORKFLOW)["jobs"]["gate"]["steps"]:
        yield step.get("run", "")
    job = loaded(GITLAB)["flowgauge"]
    for part in ("before_script", "script", "after_script"):
        yield from job[part]


def test_every_script_is_shell():
    checked = [script for script in scripts() if script]
    assert len(checked) >= 6
    for script in checked:
        assert subprocess.run(["bash", "-n", "-c", script], check=False).returncode == 0, script


@pytest.mark.parametrize(
    ("path", "schema"),
    [(ACTION, ["github-actions"]), (WORKFLOW, ["github-workflows"]), (GITLAB, ["gitlab-ci", "gitlab-ci"])],
    ids=["action", "workflow", "gitlab"],
)
def test_each_keeps_to_the_schema_of_whoever_reads_it(path, schema):
    words = [f"--builtin-schema=vendor.{schema[0]}", *(f"--data-transform={name}" for name in schema[1:])]
    command = [sys.executable, "-m", "check_jsonschema", *words, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_from_outside_is_pasted_into_a_script():
    assert not [script for script in scripts() if "${{" in script]


@pytest.mark.parametrize("path", [WORKFLOW, ACTION, GITLAB])
def test_only_files_that_a_run_leaves_are_named(path):
    named = set(re.findall(r"(?:reports/out|\$folder)/([\w.]+)", path.read_text(encoding="utf-8")))
    assert named <= WRITTEN
    assert "summary.md" in named or path is ACTION


def test_the_action_reads_every_input_and_no_other():
    text = ACTION.read_text(encoding="utf-8")
    assert set(loaded(ACTION)["inputs"]) == set(re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", text))


def test_every_flag_of_a_script_is_one_of_the_command():
    known = set(re.findall(r"--[a-z-]+", run_help()))
    used = {
        flag for script in scripts() if " run " in script for flag in re.findall(r" (--[a-z-]+) ", script)
    }
    used -= {"--quiet"}
    assert used >= {"--duration", "--run-folder"}
    assert used <= known


def run_help():
    command = [sys.executable, "-m", "flowgauge", "run", "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("command", "code", "status"),
    [
        ("exit 2", 2, "no data"),
        ("""echo '{"status": "failed"}' > $folder/verdicts.json; exit 1""", 1, "failed"),
        ("""echo '{"status": "passed"}' > $folder/verdicts.json; exit 0""", 0, "passed"),
    ],
    ids=["cannot begin", "red", "green"],
)
def test_the_action_answers_with_this_run_and_never_with_the_one_before(tmp_path, command, code, status):
    folder = tmp_path / "work" / "reports" / "out"
    folder.mkdir(parents=True)
    (folder / "verdicts.json").write_text('{"status": "passed"}')
    (folder / "summary.md").write_text("old")
    program = tmp_path / "flowgauge" / "bin" / "flowgauge"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\nfolder={folder}\n{command}\n")
    program.chmod(0o755)
    [script] = [step["run"] for step in loaded(ACTION)["runs"]["steps"] if step.get("id") == "run"]
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    environment = {name: str(path) for name, path in files.items()} | {
        "GITHUB_ACTION_PATH": str(ACTION.parent),
        "GITHUB_WORKSPACE": str(tmp_path / "work"),
        "RUNNER_TEMP": str(tmp_path),
        "DURATION": "30s",
        "GATES": "",
        "DOCUMENT": "",
        "PROVE": "false",
    }
    done = subprocess.run(["bash", "-e", "-c", script], env=os.environ | environment, check=False)
    assert done.returncode == code
    assert f"status={status}\n" in files["GITHUB_OUTPUT"].read_text()
    summary = files["GITHUB_STEP_SUMMARY"]
    assert "old" not in (summary.read_text() if summary.exists() else "")


@pytest.mark.skipif(shutil.which("actionlint") is None, reason="actionlint is not installed")
def test_actionlint_finds_nothing(tmp_path):
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    shutil.copy(WORKFLOW, workflows)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    done = subprocess.run(
        ["actionlint", "-color=false"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0
