"""Stages of the main job: child processes that end with it, watched until they are done."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowgauge.durations import parsed_duration
from flowgauge.errors import ExitCode, HarnessError
from flowgauge.report.progress import ratio_in_log, stage_view

__all__ = ["Stage", "carry_out", "load_stage"]

TAIL_LINES = 15
TAIL_BYTES = 4_000
ENDINGS: dict[int, str] = {
    ExitCode.PASSED: "done",
    ExitCode.FAILED: "done, with findings",
    ExitCode.INVALID: "done, invalid",
}
"""What a stage may end in and still have something to judge."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One child process, where it leaves what it printed, and how many seconds it will take, if known."""

    title: str
    command: list[str]
    log: Path
    seconds: float | None = None


def load_stage(
    loadtests: Path,
    folder: Path,
    *,
    duration: str,
    rate: float | None,
    faults: Sequence[str] = (),
    edition: str | None = None,
) -> Stage:
    """The load on the run path, written into a run folder; where none is named, of the usual edition."""
    command = [sys.executable, "-m", "locust", "-f", str(loadtests), "--headless", "-t", duration]
    command += ["--run-folder", str(folder.resolve())]
    command += [] if rate is None else ["--rate", str(rate)]
    command += [] if edition is None else [f"--flowgauge-edition={edition}"]
    command += [f"--flowgauge-fault={','.join(faults)}"] if faults else []
    return Stage("load", command, folder / "load.log", seconds=parsed_duration(duration))


def carry_out(stage: Stage, environment: Mapping[str, str]) -> int:
    """Run a stage to its end; its exit code. What it found is in its files."""
    with stage.log.open("wb") as log, _started(stage, log, environment) as process:
        started = time.monotonic()
        code = _waited(stage, process, started)
    ending = ENDINGS.get(code, f"broke off (exit code {code})")
    print(f"  {stage.title:<9} {time.monotonic() - started:5.0f} s   {ending}", flush=True)
    if code not in ENDINGS:
        print(f"  the last lines of {stage.log}:", flush=True)
        for line in stage.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]:
            print(f"    {line}", flush=True)
    return code


@contextmanager
def _started(stage: Stage, log: Any, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "flowgauge.cli.stages.supervisor", *stage.command]
    # A session of its own: Ctrl-C at the terminal comes here first, and here decides how the stage ends.
    try:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise HarnessError(f"cannot start the {stage.title} stage: {error}") from None
    assert process.stdin is not None
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait()


def _waited(stage: Stage, process: "subprocess.Popen[bytes]", started: float) -> int:
    """The stage's exit code; meanwhile the terminal shows how far it is."""
    with stage_view(stage.title, sys.stdout) as tick:
        while True:
            try:
                return process.wait(0.5)
            except subprocess.TimeoutExpired:
                gone = time.monotonic() - started
                ratio = gone / stage.seconds if stage.seconds else ratio_in_log(_tail(stage.log))
                tick(ratio, "")


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read().decode("utf-8", errors="replace")
