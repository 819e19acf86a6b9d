"""`flowgauge run`: the main job. Hold a server to its contract, measure its run path, judge, report."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowgauge.cli import gate, report
from flowgauge.cli.connection_flags import add_connection_flags, connection_of
from flowgauge.client.connection import ENVIRONMENT, Connection
from flowgauge.errors import ExitCode, HarnessError, UsageError
from flowgauge.gates import read_gates
from flowgauge.load.plans.plan_text import HIGHEST_RATE, parsed_duration
from flowgauge.reference.faults import fault_names, known_faults
from flowgauge.report.progress import ratio_in_log, stage_view
from flowgauge.results import CONTRACT_FILE, HISTOGRAM_FILE, LOAD_FILE

__all__ = ["add_parser"]

EPILOG = """\
Stages, joined by files in the run folder: the contract suites (contract.json); their proof on servers with
seeded faults (the score goes into contract.json); the load on the run path (run.json, run.hlog); the verdict
(verdicts.json, report.html, report.json, junit.xml). What they print is kept in files that end in .log.

examples:
  flowgauge run                                                the embedded server
  flowgauge run --duration 2m                                  with a longer load
  FLOWGAUGE_TOKEN=... flowgauge run --flowgauge-url https://host
  flowgauge run --fault unknown-flow-500                       see it fail
"""
# What one run writes; a stage that dies must not leave an earlier run's data in its place.
WRITTEN = (
    CONTRACT_FILE,
    LOAD_FILE,
    HISTOGRAM_FILE,
    "contract.log",
    "proof.log",
    "load.log",
    gate.VERDICTS_FILE,
    *report.REPORT_FILES,
)
TAIL_LINES = 15
TAIL_BYTES = 4_000
# What shells say of a command that SIGTERM has ended.
_TERMINATED = 128 + signal.SIGTERM


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "run",
        help="the main job: contract, load, gates, report",
        description="Hold a server to its contract, measure its run path, judge both and write the report.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_connection_flags(parser)
    parser.add_argument("--duration", default="30s", help="of the load (default %(default)s)")
    parser.add_argument("--rate", type=float, help="journeys per second (default: that of the scenario)")
    parser.add_argument("--seed", type=int, default=1, help="of all generated data (default %(default)s)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[,NAME]",
        help="of the embedded server, see flowgauge faults",
    )
    parser.add_argument(
        "--contracts", type=Path, default=Path("contracts"), help="suites (default %(default)s)"
    )
    parser.add_argument(
        "--loadtests", type=Path, default=Path("loadtests"), help="scenarios (default %(default)s)"
    )
    parser.add_argument(
        "--gates", type=Path, default=gate.GATES_FILE, help="gates file (default %(default)s)"
    )
    parser.add_argument(
        "--run-folder", type=Path, default=gate.RUN_FOLDER, help="where to write (default %(default)s)"
    )
    parser.set_defaults(func=run, check=False, measures=False)


@dataclass(frozen=True, slots=True)
class Stage:
    """One child process, where it leaves what it printed, and how many seconds it will take, if known."""

    title: str
    command: list[str]
    log: Path
    seconds: float | None = None


def run(args: argparse.Namespace) -> int:
    """Run the stages, judge, report; the exit code is the judgement's."""
    connection = connection_of(args)
    args.fault = fault_names(args.fault)
    for folder in (args.contracts, args.loadtests):
        if not folder.is_dir():
            raise UsageError(
                f"{folder}/ does not exist", hint="run this at the project's root, or name the folder"
            )
    read_gates(args.gates)
    # A load that cannot be is told before the suites have run for a minute.
    if parsed_duration(args.duration) <= 0:
        raise UsageError("--duration must be more than 0", hint="30s is long enough to see a tail")
    if args.rate is not None and not 0 < args.rate <= HIGHEST_RATE:
        raise UsageError(f"--rate must be more than 0 and at most {HIGHEST_RATE:.0f} journeys per second")
    args.run_folder.mkdir(parents=True, exist_ok=True)
    # Before the target is asked: one that cannot be reached must not leave the last one's verdict behind.
    for name in WRITTEN:
        (args.run_folder / name).unlink(missing_ok=True)
    _check_target(connection, args.fault)
    environment = _environment(connection)
    where = connection.url if connection else "the embedded server"
    print(f"flowgauge: {where}" + (f" with {', '.join(args.fault)}" if args.fault else ""), flush=True)
    # As with Ctrl-C, what was begun is ended first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    for stage in (_contract_stage(args), _proof_stage(args), _load_stage(args)):
        _carry_out(stage, environment)
    args.run_folder = args.run_folder.resolve()
    exit_code = gate.run(args)
    report.run(args)
    return exit_code


def _check_target(connection: Connection | None, faults: list[str]) -> None:
    # Late: the suites' engine is heavy, and only this command of the command line needs it.
    from flowgauge.contract.settings import Settings  # noqa: PLC0415
    from flowgauge.contract.targets.opening import open_target  # noqa: PLC0415

    known_faults(faults)
    if connection is None:
        return
    if faults:
        raise UsageError("faults can only be switched on in the embedded server", hint="leave the URL out")
    with open_target(Settings(connection=connection)):
        pass


def _environment(connection: Connection | None) -> dict[str, str]:
    """The children's environment: secrets travel in it, since arguments can be read by every user."""
    environment = {k: v for k, v in os.environ.items() if k not in ENVIRONMENT.values()}
    for name, variable in ENVIRONMENT.items():
        value = getattr(connection, name) if connection else None
        if value is not None:
            environment[variable] = value
    return environment


def _contract_stage(args: argparse.Namespace) -> Stage:
    command = [sys.executable, "-m", "pytest", str(args.contracts), "-q", "-p", "no:cacheprovider"]
    command += [f"--flowgauge-run-folder={args.run_folder.resolve()}", f"--flowgauge-seed={args.seed}"]
    command += [f"--flowgauge-fault={name}" for name in args.fault]
    return Stage("contract", command, args.run_folder / "contract.log")


def _proof_stage(args: argparse.Namespace) -> Stage:
    command = [sys.executable, "-m", "flowgauge", "prove", "--group", "seeded", "--seeds", str(args.seed)]
    command += ["--contracts", str(args.contracts), "--run-folder", str(args.run_folder.resolve())]
    return Stage("proof", command, args.run_folder / "proof.log")


def _load_stage(args: argparse.Namespace) -> Stage:
    command = [sys.executable, "-m", "locust", "-f", str(args.loadtests), "--headless", "-t", args.duration]
    command += ["--run-folder", str(args.run_folder.resolve())]
    command += [] if args.rate is None else ["--rate", str(args.rate)]
    command += [f"--flowgauge-fault={','.join(args.fault)}"] if args.fault else []
    return Stage("load", command, args.run_folder / "load.log", seconds=parsed_duration(args.duration))


def _carry_out(stage: Stage, environment: dict[str, str]) -> None:
    """Run a stage to its end. What it found is in its files; here only that it ran matters."""
    with stage.log.open("wb") as log, _started(stage, log, environment) as process:
        started = time.monotonic()
        code = _waited(stage, process, started)
    print(f"  {stage.title:<9} {time.monotonic() - started:5.0f} s   {_ending(code)}", flush=True)
    if code not in _JUDGED:
        print(f"  the last lines of {stage.log}:", flush=True)
        for line in stage.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]:
            print(f"    {line}", flush=True)


# What a stage may end in and still have something to judge.
_JUDGED = (ExitCode.PASSED, ExitCode.FAILED, ExitCode.INVALID)


def _ending(code: int) -> str:
    names = {
        ExitCode.PASSED: "done",
        ExitCode.FAILED: "done, with findings",
        ExitCode.INVALID: "done, invalid",
    }
    return next((text for known, text in names.items() if known == code), f"broke off (exit code {code})")


@contextmanager
def _started(stage: Stage, log: Any, environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "flowgauge.cli.leash", *stage.command]
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
