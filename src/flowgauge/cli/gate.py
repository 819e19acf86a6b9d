"""`flowgauge gate`: judge a run folder."""

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from flowgauge.cli.history import add_history_flag, remember
from flowgauge.cli.revision import revision
from flowgauge.errors import ExitCode, NoDataError, UsageError
from flowgauge.gates import Catalogue, asks_for_baseline, judge, read_evidence, read_gates
from flowgauge.openapi.v0_shim import operations
from flowgauge.report.formats.json_report import verdicts_json
from flowgauge.report.history import history_entry
from flowgauge.report.terminal import verdict_screen
from flowgauge.results.run_folder import remove, write_text

__all__ = ["add_parser"]

GATES_FILE = Path("reports/gates.toml")
RUN_FOLDER = Path("reports/out")
BASELINES = Path("reports/baseline")
VERDICTS_FILE = "verdicts.json"
MOST_CROWDED = 16
"""Lines that the verdict needs, however low the terminal is."""

EPILOG = """\
A gate is passed, failed, without data, or invalid (the generator was unfit); only passed is green.
The verdicts go to verdicts.json in the run folder.

examples:
  flowgauge gate                          judge the last run
  flowgauge gate --check                  check the gates file, before anything runs
  flowgauge gate --gates nightly.toml --run-folder reports/nightly
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "gate",
        help="judge the last run by its gates",
        description="Judge what a run measured and found, from its files alone.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--gates", type=Path, default=GATES_FILE, help="gates file (default %(default)s)")
    parser.add_argument(
        "--run-folder", type=Path, default=RUN_FOLDER, help="what to judge (default %(default)s)"
    )
    parser.add_argument(
        "--baselines", type=Path, default=BASELINES, help="folder of the baselines (default %(default)s)"
    )
    add_history_flag(parser)
    parser.add_argument("--check", action="store_true", help="check the gates file and judge nothing")
    parser.add_argument("--measures", action="store_true", help="list the measures that gates can be set on")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Judge, print one screen, leave verdicts.json."""
    if args.measures:
        print("\n".join(Catalogue().names()))
        return ExitCode.PASSED
    if args.check:
        print(f"{args.gates}: {len(read_gates(args.gates))} gates, all of them can be judged")
        return ExitCode.PASSED
    # Where this run cannot be judged, the verdict of an earlier one must not be taken for its own.
    remove(args.run_folder / VERDICTS_FILE)
    gates = read_gates(args.gates)
    if not args.run_folder.is_dir():
        raise NoDataError(f"{args.run_folder} does not exist", hint="run `make gate`, or name --run-folder")
    # `flowgauge run` has no such flag.
    baselines: Path = getattr(args, "baselines", BASELINES)
    evidence = read_evidence(
        args.run_folder,
        operations=tuple(op.id for op in operations()),
        baselines=baselines if asks_for_baseline(gates) else None,
    )
    judgement = judge(gates, evidence)
    write_text(args.run_folder / VERDICTS_FILE, verdicts_json(judgement))
    if evidence.contract or evidence.load:
        try:
            remember(args, args.run_folder, history_entry(judgement, evidence, revision=revision()))
        except UsageError as error:
            # The verdict counts for more than its line in the history.
            print(f"flowgauge: {error}", file=sys.stderr)
    size = shutil.get_terminal_size((120, 24))
    screen = verdict_screen(
        judgement,
        evidence,
        width=max(60, size.columns),
        # A log scrolls; only a terminal has an end.
        height=max(MOST_CROWDED, size.lines) if sys.stdout.isatty() else None,
        colour=_wants_colour(),
    )
    print(screen, end="")
    return judgement.exit_code


def _wants_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
