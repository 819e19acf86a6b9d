"""The main job: hold a server to its contract, measure its run path, judge both, report.

Stages, joined by files in the run folder: the contract suites (contract.json); the load on the run path
(run.json, run.hlog); the verdict (verdicts.json, report.html, report.json, junit.xml). What they print is
kept in files that end in .log.

With --prove the suites are held to servers with seeded faults, between the other stages; the share that they
catch goes into contract.json. It says how good the suites are, and nothing of your server.

For example:
  flowgauge run                                                the embedded server
  flowgauge run --duration 2m                                  with a longer load
  FLOWGAUGE_TOKEN=... flowgauge run --flowgauge-url https://host
  flowgauge run --fault unknown-flow-500                       see it fail
"""

import argparse
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flowgauge.cli.flags import (
    RUN_FOLDER,
    add_connection_flags,
    add_fault_flag,
    add_path,
    connection_of,
    environment_for,
)
from flowgauge.cli.gate import VERDICTS_FILE, show_verdicts
from flowgauge.cli.judging import (
    PROOF_LOG,
    WAIVERS,
    JudgingSettings,
    add_judging_flags,
    judged,
    judging_settings,
)
from flowgauge.cli.report import REPORT_FILES, SARIF_FILE, add_document_flag, read_document, write_reports
from flowgauge.cli.stages.stage import Stage, carry_out, load_stage
from flowgauge.client.connection import Connection
from flowgauge.durations import parsed_duration
from flowgauge.editions import EDITIONS, contract_part, edition_named, world_part
from flowgauge.errors import UsageError
from flowgauge.gates import Gate, read_gates
from flowgauge.load.plans.plan_text import HIGHEST_RATE
from flowgauge.openapi import Document
from flowgauge.reference.faults import fault_names
from flowgauge.results import CONTRACT_FILE, HISTOGRAM_FILE, LOAD_FILE, check_writable

__all__ = ["RunSettings", "add_arguments", "run", "run_settings"]

# What one run writes; a stage that dies must not leave an earlier run's data in its place.
WRITTEN = (
    CONTRACT_FILE,
    LOAD_FILE,
    HISTOGRAM_FILE,
    "contract.log",
    PROOF_LOG,
    "load.log",
    VERDICTS_FILE,
    *REPORT_FILES,
    SARIF_FILE,
)
# What shells say of a command that SIGTERM has ended.
_TERMINATED = 128 + signal.SIGTERM


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What the main job is asked to do.

    `connection` is None for the embedded server, and `faults` are only for that one. `duration` is that of
    the load, in words; `rate` in journeys per second. `document` is where the reader of the
    reports has the OpenAPI document, if anywhere.
    """

    connection: Connection | None
    faults: tuple[str, ...]
    duration: str
    rate: float | None
    seed: int
    contracts: Path
    loadtests: Path
    proves: bool
    document: Path | None
    judging: JudgingSettings
    needs_auth: bool = True
    allowed: tuple[str, ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_connection_flags(parser)
    parser.add_argument(
        "--no-auth", action="store_true", help="the server asks for no token: send none, look at none"
    )
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="NAME[,NAME]",
        help="cases of the suites that are sent to no server of others unless they are allowed",
    )
    parser.add_argument("--duration", default="30s", help="of the load (default %(default)s)")
    parser.add_argument("--rate", type=float, help="journeys per second (default: that of the scenario)")
    parser.add_argument("--seed", type=int, default=1, help="of all generated data (default %(default)s)")
    add_fault_flag(parser, "of the embedded server, see flowgauge faults")
    add_path(parser, "--contracts", "suites", "contracts")
    add_path(parser, "--loadtests", "scenarios", "loadtests")
    parser.add_argument(
        "--prove", action="store_true", help="also measure how many seeded faults the suites catch"
    )
    add_path(parser, "--run-folder", "where to write", RUN_FOLDER)
    add_judging_flags(parser)
    add_document_flag(parser)


def run_settings(args: argparse.Namespace) -> RunSettings:
    """The settings that the flags and the environment describe. Raises UsageError for what cannot work.

    All that can be wrong is told here, not after the suites have run for a minute.
    """
    connection = connection_of(args)
    for folder in (args.contracts, args.loadtests):
        if not folder.is_dir():
            raise UsageError(
                f"{folder}/ does not exist", hint="run this at the project's root, or name the folder"
            )
    if parsed_duration(args.duration) <= 0:
        raise UsageError("--duration must be more than 0", hint="30s is long enough to see a tail")
    if args.rate is not None and not 0 < args.rate <= HIGHEST_RATE:
        raise UsageError(f"--rate must be more than 0 and at most {HIGHEST_RATE:.0f} journeys per second")
    edition_named(args.edition)
    return RunSettings(
        connection=connection,
        faults=tuple(fault_names(args.fault)),
        duration=args.duration,
        rate=args.rate,
        seed=args.seed,
        contracts=args.contracts,
        loadtests=args.loadtests,
        proves=args.prove,
        document=args.document,
        # The suites read the waivers beside them.
        judging=judging_settings(args, waivers=args.contracts / WAIVERS.name),
        needs_auth=not args.no_auth,
        allowed=tuple(args.allow),
    )


def run(args: argparse.Namespace) -> int:
    """Run the stages, judge, report; the exit code is the judgement's."""
    settings = run_settings(args)
    return _carried_out(settings, read_gates(settings.judging.gates), read_document(settings.document))


def _carried_out(settings: RunSettings, gates: tuple[Gate, ...], document: Document | None) -> int:
    folder = settings.judging.run_folder
    check_writable(folder)
    # Before the target is asked: one that cannot be reached must not leave the last one's verdict behind.
    for name in WRITTEN:
        (folder / name).unlink(missing_ok=True)
    _check_target(settings)
    where = settings.connection.url if settings.connection else "the embedded server"
    broken = f" with {', '.join(settings.faults)}" if settings.faults else ""
    print(f"flowgauge: {where}{broken}", flush=True)
    # As with Ctrl-C, what was begun is ended first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    environment = environment_for(settings.connection)
    for stage in _stages(settings):
        carry_out(stage, environment)
    result = judged(settings.judging, gates)
    exit_code = show_verdicts(settings.judging, result)
    if not result.is_empty:
        write_reports(settings.judging, result, path=settings.document, document=document)
    return exit_code


def _check_target(settings: RunSettings) -> None:
    # Late: the suites' engine is heavy, and only this command of the command line needs it.
    from flowgauge.contract.settings import settings_from  # noqa: PLC0415
    from flowgauge.contract.targets.opening import open_target  # noqa: PLC0415

    world_part(settings.judging.edition).faults.named(settings.faults)
    part, folder = contract_part(settings.judging.edition), settings.judging.run_folder
    options: dict[str, object] = {"target": "server", "seed": settings.seed, "examples": None}
    options |= {"fault": list(settings.faults), "run_folder": folder, "allow": list(settings.allowed)}
    # Whoever only asks what answers writes nothing.
    options |= {"no_auth": not settings.needs_auth, "read_only": True}
    asked = settings_from(
        {f"flowgauge_{name}": value for name, value in options.items()},
        environment_for(settings.connection),
        root=folder,
    )
    part.check_guards(asked.allowed)
    if asked.connection is not None:
        with open_target(asked, part):
            pass


def _stages(settings: RunSettings) -> Iterator[Stage]:
    folder, python = settings.judging.run_folder, [sys.executable, "-m"]
    # Absolute: pytest takes it from its root, wherever that is.
    place, edition = str(folder.resolve()), settings.judging.edition
    suites = [*python, "pytest", str(settings.contracts), "-q", "-p", "no:cacheprovider"]
    suites += [f"--flowgauge-run-folder={place}", f"--flowgauge-seed={settings.seed}"]
    suites += [f"--flowgauge-edition={edition}"]
    suites += [f"--flowgauge-fault={name}" for name in settings.faults]
    suites += [f"--flowgauge-allow={names}" for names in settings.allowed]
    suites += [] if settings.needs_auth else ["--flowgauge-no-auth"]
    yield Stage("contract", suites, folder / "contract.log")
    if settings.proves:
        proof = [*python, "flowgauge", "prove", "--group", "seeded", "--seeds", str(settings.seed)]
        proof += ["--contracts", str(settings.contracts), "--run-folder", place, "--edition", edition]
        yield Stage("proof", proof, folder / PROOF_LOG)
    yield load_stage(
        settings.loadtests,
        folder,
        duration=settings.duration,
        rate=settings.rate,
        faults=settings.faults,
        # The scenarios know the editions that are in the registry.
        edition=edition if edition in EDITIONS else None,
    )
