"""The suites shared out over forks: they find what one process finds, and a fork that dies is no success."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from serving import bare_environment, serving
from test_suite_runs import ROOT, cases, session

CONFTEST = (ROOT / "contracts" / "conftest.py").read_text()
CALLS = {
    "test_a.py": "def test_unknown(probe):\n    probe.call('getFlow', {'workflow': 'nope'})\n",
    "test_b.py": "def test_list(probe):\n    probe.call('listFlows')\n",
    "test_c.py": "def test_made(probe):\n    probe.existing()\n",
}
IN_PROCESS = "--flowgauge-target=in-process"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "suite"
    folder.mkdir()
    for name, text in {"conftest.py": CONFTEST, **CALLS}.items():
        (folder / name).write_text(text)
    return folder


def findings(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["id"], finding["operation"]) for finding in report["findings"]]


def test_workers_find_what_one_process_finds(suite: Path, tmp_path: Path) -> None:
    flags = [IN_PROCESS, "--flowgauge-fault=unknown-flow-500,create-200"]
    code, _, alone = session(tmp_path / "one", *flags, suites=suite)
    forked = session(tmp_path / "four", *flags, "--flowgauge-workers=4", suites=suite)
    assert (code, forked[0]) == (1, 1), forked[1]
    assert findings(forked[2]) == findings(alone) != []
    assert cases(forked[2]) == cases(alone)
    assert forked[2]["schema_coverage"] == alone["schema_coverage"]
    assert forked[2]["complete"] is alone["complete"] is True
    assert "4 workers" in forked[1]
    assert "2 failed, 1 passed" in forked[1]


@pytest.mark.long
def test_a_clean_server_is_not_blamed_by_four_workers_over_http(tmp_path: Path) -> None:
    with serving() as (_, ready):
        flags = [f"--flowgauge-url={ready['url']}", f"--flowgauge-token={ready['token']}"]
        flags += ["--flowgauge-workers=4", "--flowgauge-examples=2"]
        code, output, report = session(tmp_path, *flags)
    assert code == 0, output
    assert report["findings"] == []
    assert report["complete"] is True


def test_workers_that_share_the_embedded_server_do_not_blame_it_for_each_other_s_things(
    tmp_path: Path,
) -> None:
    flags = ["--flowgauge-target=server", "--flowgauge-workers=4", "--flowgauge-examples=2"]
    code, output, report = session(tmp_path, *flags, "-k", "test_what_is_there or queries_of or test_lists")
    assert code == 0, output
    assert report["findings"] == []
    assert cases(report)["listFlows"] > 0


def test_a_process_that_dies_is_a_broken_harness(suite: Path, tmp_path: Path) -> None:
    dying = "import os, signal\ndef test_dies(probe):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    (suite / "test_dying.py").write_text(dying)
    code, output, report = session(tmp_path, IN_PROCESS, "--flowgauge-workers=2", suites=suite)
    assert code == 70, output
    assert report["complete"] is False
    assert cases(report)["listFlows"] == 1
    assert "ended in code -9, without a report" in output
    assert "test_dying.py::test_dies" in output


def test_the_first_failure_ends_all_where_that_was_asked_for(suite: Path, tmp_path: Path) -> None:
    (suite / "test_z.py").write_text("import time\ndef test_long(probe):\n    time.sleep(600)\n")
    flags = [IN_PROCESS, "--flowgauge-fault=unknown-flow-500", "--flowgauge-workers=4", "-x"]
    # It would run into the session's time limit otherwise.
    code, output, report = session(tmp_path, *flags, suites=suite)
    assert code == 1, output
    assert findings(report) == [("FG-101", "getFlow")]
    assert report["complete"] is False


def test_what_must_be_alone_runs_last_and_knows_what_the_others_saw(suite: Path, tmp_path: Path) -> None:
    text = (
        "import os, pytest\n"
        "@pytest.mark.alone\n"
        "def test_alone(probe):\n"
        "    assert os.getpid() == int(os.environ['PYTEST_PID'])\n"
        "    assert probe.samples.count('listFlows') == 1\n"
    )
    (suite / "test_a_first.py").write_text(text)
    (suite / "conftest.py").write_text(f"import os\nos.environ['PYTEST_PID'] = str(os.getpid())\n{CONFTEST}")
    code, output, _ = session(tmp_path, IN_PROCESS, "--flowgauge-workers=3", suites=suite)
    assert code == 0, output


def test_junit_holds_every_test(suite: Path, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    session(tmp_path, IN_PROCESS, "--flowgauge-workers=3", f"--junitxml={junit}", suites=suite)
    assert 'tests="3"' in junit.read_text()
    assert all(name in junit.read_text() for name in ("test_unknown", "test_list", "test_made"))


@pytest.mark.long
def test_ctrl_c_ends_all_processes(suite: Path, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    pids.mkdir()
    slow = (
        "import os, time\n"
        "def test_slow(probe):\n"
        f"    open('{pids}/' + str(os.getpid()), 'w')\n"
        "    time.sleep(600)\n"
    )
    for name in ("test_x.py", "test_y.py"):
        (suite / name).write_text(slow)
    command = [
        sys.executable,
        "-m",
        "pytest",
        str(suite),
        "-q",
        "-p",
        "no:cacheprovider",
        f"--rootdir={ROOT}",
    ]
    command += [IN_PROCESS, "--flowgauge-workers=2", f"--flowgauge-run-folder={tmp_path}"]
    with subprocess.Popen(
        command, cwd=ROOT, env=bare_environment(), stdout=subprocess.PIPE, start_new_session=True
    ) as run:
        deadline = time.monotonic() + 150
        while len(list(pids.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGINT)
        run.communicate(timeout=60)
    assert run.returncode == pytest.ExitCode.INTERRUPTED
    assert len(list(pids.iterdir())) == 2
    for pid in pids.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.name), 0)


@pytest.mark.parametrize("workers", ["0", "-2"])
def test_no_worker_is_refused(suite: Path, tmp_path: Path, workers: str) -> None:
    command = [sys.executable, "-m", "pytest", str(suite), f"--rootdir={ROOT}"]
    done = subprocess.run(
        [*command, f"--flowgauge-workers={workers}", f"--flowgauge-run-folder={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--flowgauge-workers must be at least 1" in done.stdout + done.stderr
