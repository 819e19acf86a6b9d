"""The main job's stages end with it, whatever it ends of."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from flowgauge.cli import main

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
SUPERVISED = [sys.executable, "-m", "flowgauge.cli.stages.supervisor", sys.executable, "-c"]


def is_running(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def ends(pid: int) -> bool:
    limit = time.monotonic() + PATIENCE
    while is_running(pid) and time.monotonic() < limit:
        time.sleep(0.02)
    return not is_running(pid)


def supervised(program: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([*SUPERVISED, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@contextmanager
def interrupts(handler: Any) -> Iterator[None]:
    """What is started meanwhile inherits SIGINT switched off (SIG_IGN), or as it is in a terminal."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("program", "code"),
    [("pass", 0), ("raise SystemExit(5)", 5), ("import os; os.kill(os.getpid(), 9)", 128 + 9)],
)
def test_a_command_that_ends_by_itself_says_how(program: str, code: int) -> None:
    with supervised(program) as process:
        assert process.wait(PATIENCE) == code


def test_the_end_of_standard_input_interrupts_the_command_and_all_that_it_started() -> None:
    # The grandchild does not hear of the interrupt, as a stage's helpers may not.
    program = (
        "import os, signal, subprocess, sys, time\n"
        "deaf = 'import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(60)'\n"
        "child = subprocess.Popen([sys.executable, '-c', deaf])\n"
        "try:\n"
        "    print(os.getpid(), child.pid, flush=True)\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    sys.exit(7)\n"
    )
    # A shell starts what runs in the background with SIGINT switched off.
    with interrupts(signal.SIG_IGN):
        process = supervised(program)
    with process:
        assert process.stdout
        assert process.stdin
        pids = [int(word) for word in process.stdout.readline().split()]
        process.stdin.close()
        assert process.wait(PATIENCE) == 7
        assert all(ends(pid) for pid in pids)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGKILL, -9), (signal.SIGINT, 130)]
)
def test_no_stage_outlives_the_main_job(number: signal.Signals, code: int, tmp_path: Path) -> None:
    suites = tmp_path / "suites"
    suites.mkdir()
    (suites / "test_slow.py").write_text(
        "import os, pathlib, time\n"
        "def test_slow(flowgauge_server):\n"
        f"    pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "    time.sleep(60)\n"
    )
    before = tmp_path / "out" / "report.html"
    before.parent.mkdir()
    before.write_text("of the run before")
    command = [sys.executable, "-m", "flowgauge", "run", "--contracts", str(suites)]
    with interrupts(signal.default_int_handler):
        process = subprocess.Popen(
            [*command, "--run-folder", str(tmp_path / "out")],
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if not k.startswith("FLOWGAUGE_")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    with process:
        assert process.stdout
        limit = time.monotonic() + PATIENCE
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert time.monotonic() < limit
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(PATIENCE) == code
        said = process.stdout.read()
    assert "Traceback" not in said
    assert number != signal.SIGINT or said.endswith("flowgauge: interrupted; what was there before stays\n")
    assert before.read_text() == "of the run before"
    told = f"flowgauge: broken off; what the stages wrote is in {tmp_path / 'out' / 'unfinished'}\n"
    assert (told in said) == (number != signal.SIGKILL), said
    assert ends(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--duration", "0"], "--duration must be more than 0"),
        (["--duration", "soon"], "'soon' is not a duration"),
        (["--rate", "0"], "--rate must be more than 0"),
        (["--rate", "-1"], "--rate must be more than 0"),
        (["--rate", "nan"], "--rate must be more than 0"),
        (["--rate", "1e9"], "--rate must be more than 0 and at most 1000000"),
    ],
)
def test_a_load_that_cannot_be_is_told_before_anything_runs(
    flags: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--run-folder", str(tmp_path / "out"), *flags]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert not (tmp_path / "out").exists()
