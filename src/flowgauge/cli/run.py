"""The main job: hold a server to its contract, measure its run path, judge both, report.

Stages, joined by files in the run folder: the contract suites (contract.json); the load on the run path
(run.json, run.hlog); the verdict (verdicts.json, report.html, report.json, junit.xml). What they print is
kept in files that end in .log. What the run before has left there stays until the stages are over.

Suites, scenarios and gates are the project's own (contracts/, loadtests/, reports/gates.toml) where it has
any, else those that ship with flowgauge. With --read-only the load is left out, since it writes.

With --prove the suites are held to servers with seeded faults, between the other stages; the share that they
catch goes into contract.json. It says how good the suites are, and nothing of your server.

For example:
  flowgauge run                                    the embedded server
  flowgauge run --duration 2m                      with a longer load
  FLOWGAUGE_TOKEN=... flowgauge run --url https://host
  flowgauge run --url https://host --no-auth --plan "ramp 0..100/s in 30s"
  flowgauge run --fault unknown-flow-500           see it fail
"""

import argparse
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from flowgauge.cli.flags import RUN_FOLDER, add_connection_flags, add_fault_flag, add_path
from flowgauge.cli.found import first_lines
from flowgauge.cli.gate import VERDICTS_FILE, show_verdicts
from flowgauge.cli.judging import (
    WAIVERS,
    JudgingSettings,
    add_judging_flags,
    edition_flag,
    judged,
    judging_settings,
    known_waivers,
    remember_stages,
)
from flowgauge.cli.project.shipped import is_shipped
from flowgauge.cli.report import REPORT_FILES, SARIF_FILE, add_document_flag, read_document, write_reports
from flowgauge.cli.stages.load import Load, add_load_flags, check_scenarios, load_of
from flowgauge.cli.stages.stage import Stage, carry_out
from flowgauge.cli.stages.suites import (
    FOUND_OUT,
    Suites,
    add_suite_flags,
    check_target,
    found_out,
    suites_of,
)
from flowgauge.editions import DEFAULT_EDITION, EDITIONS, is_document, load_part
from flowgauge.errors import ExitCode, NoDataError, TargetUnreachable, UsageError
from flowgauge.gates import Gate, read_gates
from flowgauge.openapi import Document
from flowgauge.results import (
    CONTRACT_FILE,
    HISTOGRAM_FILE,
    LOAD_FILE,
    STAGES_FILE,
    check_writable,
    held,
    read_contract_report,
    remove,
)

__all__ = ["RunSettings", "add_arguments", "run", "run_settings"]

# What the stages of one run write; a stage that dies must not leave an earlier run's data in its place.
STAGE_FILES = (CONTRACT_FILE, LOAD_FILE, HISTOGRAM_FILE, STAGES_FILE, "contract.log", "proof.log", "load.log")
JUDGED_FILES = (VERDICTS_FILE, *REPORT_FILES, SARIF_FILE)
UNFINISHED = "unfinished"
"""Below the run folder: what the stages write until they are over."""
# What shells say of a command that SIGTERM has ended.
_TERMINATED = 128 + signal.SIGTERM


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What the main job is asked to do.

    `load` is None where it is left out, for the reason in `no_load`. `document` is where the reader of the
    reports has the OpenAPI document, if anywhere.
    """

    suites: Suites
    load: Load | None
    no_load: str
    seed: int
    proves: bool
    document: Path | None
    judging: JudgingSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_connection_flags(parser)
    add_fault_flag(parser, "of the embedded server, see flowgauge faults")
    parser.add_argument("--seed", type=int, default=1, help="of all generated data (default %(default)s)")
    parser.add_argument(
        "--prove", action="store_true", help="also measure how many seeded faults the suites catch"
    )
    add_suite_flags(parser)
    add_load_flags(parser, brief=True)
    add_path(parser, "--run-folder", "where to write", RUN_FOLDER)
    add_judging_flags(parser, or_else=FOUND_OUT)
    add_document_flag(parser)


def run_settings(args: argparse.Namespace) -> RunSettings:
    """The settings that the flags and the environment describe. Raises UsageError for what cannot work.

    All that can be wrong is told here, not after the suites have run for a minute.
    """
    args = argparse.Namespace(**vars(args) | {"edition": args.edition or DEFAULT_EDITION})
    suites = suites_of(args)
    waivers = WAIVERS if is_shipped(suites.folder) else suites.folder / WAIVERS.name
    judging = judging_settings(args, waivers=waivers)
    load = None
    no_load = ""
    if args.read_only:
        no_load = "it writes, and this run is read-only"
    elif args.loadtests is None and args.edition not in EDITIONS and not is_document(args.edition):
        no_load = f"{args.edition} has no scenario; name a folder with --loadtests"
    elif is_document(args.edition) and (reason := _nothing_to_make(args.edition)):
        no_load = reason
    else:
        load = load_of(args, suites.faults)
        check_scenarios(load)
    return RunSettings(
        suites=replace(suites, waivers=judging.waivers),
        load=load,
        no_load=no_load,
        seed=args.seed,
        proves=args.prove,
        document=args.document,
        judging=judging,
    )


def _nothing_to_make(edition: str) -> str:
    """Why a document tells of nothing that a load could make; "" where it does."""
    # What is wrong with it otherwise was told when the suites were asked about.
    try:
        load_part(edition)
    except UsageError as error:
        return error.message
    return ""


def run(args: argparse.Namespace) -> int:
    """Run the stages, judge, report; the exit code is the judgement's."""
    settings = run_settings(args)
    if args.edition is None and settings.suites.connection is not None:
        args.edition = found_out(settings.suites, settings.judging.run_folder)
        settings = run_settings(args)
        settings = replace(settings, suites=replace(settings.suites, is_found_out=True))
    gates, document = read_gates(settings.judging.gates), read_document(settings.document)
    # One that is wrong would be told only when all is over.
    known_waivers(settings.judging.waivers, settings.judging.edition)
    check_writable(settings.judging.run_folder)
    for path in (settings.judging.run_folder / name for name in (*STAGE_FILES, *JUDGED_FILES)):
        if path.is_dir():
            raise UsageError(f"{path} cannot be written: Is a directory")
    with held(settings.judging.run_folder):
        return _carried_out(settings, gates, document)


def _carried_out(settings: RunSettings, gates: tuple[Gate, ...], document: Document | None) -> int:
    folder = settings.judging.run_folder
    check_target(settings.suites, folder)
    connection, faults = settings.suites.connection, settings.suites.faults
    where = connection.url if connection else "the embedded server"
    broken = f" with {', '.join(faults)}" if faults else ""
    print(f"flowgauge: {where}{broken}", flush=True)
    if settings.no_load:
        print(f"  load      left out: {settings.no_load}", flush=True)
    # As with Ctrl-C, what was begun is ended first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    unfinished = folder / UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    check_writable(unfinished)
    try:
        ended = _stages_over(settings, unfinished)
    except (KeyboardInterrupt, SystemExit):
        print(f"flowgauge: broken off; what the stages wrote is in {unfinished}", file=sys.stderr)
        raise
    _publish(unfinished, folder)
    result = judged(settings.judging, gates)
    exit_code = show_verdicts(settings.judging, result)
    if not result.is_empty:
        write_reports(settings.judging, result, path=settings.document, document=document)
    *_, (last, code) = ended.items()
    if code == ExitCode.UNREACHABLE and ExitCode.FAILED not in ended.values():
        raise TargetUnreachable(
            f"{where} stopped answering: the {last} stage broke off, and none was begun after it",
            hint=f"what was measured until then is in {folder}",
        )
    return exit_code


def _stages_over(settings: RunSettings, unfinished: Path) -> dict[str, int]:
    """The exit code of each stage; one whose target is gone is the last, as the next would find no other."""
    ended: dict[str, int] = {}
    for stage in _stages(settings, unfinished):
        environment = settings.suites.environment(unfinished)
        load = settings.load
        environment = load.environment(environment) if load is not None else environment
        ended[stage.title] = carry_out(stage, environment)
        remember_stages(unfinished, [*ended], settings.suites.edition)
        if stage.title == "contract":
            flag = edition_flag(unfinished, settings.suites.edition)
            _tell_first(unfinished, settings.judging.run_folder, flag)
        if ended[stage.title] == ExitCode.UNREACHABLE:
            break
    return ended


def _tell_first(unfinished: Path, folder: Path, flag: str) -> None:
    """Show the first finding as soon as the suites have ended: the other stages take their time."""
    try:
        found = read_contract_report(unfinished).findings
    except NoDataError:
        # That the suites broke off has been said, with the last lines of their log.
        return
    print(first_lines(found, folder, flag), end="", flush=True)


def _publish(unfinished: Path, folder: Path) -> None:
    """Put what the stages wrote in the place of what those of the run before did."""
    for name in (*STAGE_FILES, *JUDGED_FILES):
        if (unfinished / name).exists():
            (unfinished / name).replace(folder / name)
        else:
            remove(folder / name)
    shutil.rmtree(unfinished)


def _stages(settings: RunSettings, folder: Path) -> Iterator[Stage]:
    suites, load = settings.suites, settings.load
    # A line a test, each with how far the suites are.
    yield Stage("contract", [*suites.command(folder), "-v"], folder / "contract.log")
    if settings.proves:
        proof = [
            sys.executable,
            "-m",
            "flowgauge",
            "prove",
            "--group",
            "seeded",
            "--seeds",
            str(settings.seed),
        ]
        proof += ["--contracts", str(suites.folder), "--run-folder", str(folder), "--edition", suites.edition]
        yield Stage("proof", proof, folder / "proof.log")
    if load is not None:
        yield Stage("load", load.command(folder), folder / "load.log", seconds=load.seconds)
