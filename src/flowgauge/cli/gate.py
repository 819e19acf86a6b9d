"""Judge what the last run measured and found, from its files alone.

A gate is passed, failed, without data, or invalid (the generator was unfit); only passed is green.
Gates on contract.fault_score are judged where `flowgauge run --prove` or `flowgauge prove` measured it.
Waivers in contracts/waivers.toml count as they stand now. The verdicts go to verdicts.json in the run folder.

For example:
  flowgauge gate                          judge the last run
  flowgauge gate --check                  check the gates file alone
  flowgauge gate kept/2026-11-24          judge an old one
  flowgauge gate reports/nightly --gates nightly.toml
"""

import argparse
import os
import shutil
import sys

from flowgauge.cli.comparison.history import remember
from flowgauge.cli.flags import add_run_folder, revision
from flowgauge.cli.found import next_lines
from flowgauge.cli.judging import (
    Judged,
    JudgingSettings,
    add_judging_flags,
    edition_flag,
    judged,
    judging_settings,
)
from flowgauge.cli.project.shipped import gates_file
from flowgauge.errors import ExitCode, UsageError
from flowgauge.gates import gate_measures, read_gates
from flowgauge.report.figures import all_findings
from flowgauge.report.formats.json_report import verdicts_json
from flowgauge.report.history import history_entry
from flowgauge.report.terminal import verdict_screen
from flowgauge.results.run_folder import remove, write_text

__all__ = ["VERDICTS_FILE", "add_arguments", "run", "show_verdicts"]

VERDICTS_FILE = "verdicts.json"
MOST_CROWDED = 16
"""Lines that the verdict needs, however low the terminal is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_run_folder(parser, "what to judge")
    add_judging_flags(parser)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--check", action="store_true", help="check the gates file and judge nothing")
    only.add_argument("--measures", action="store_true", help="list the measures that gates can be set on")


def run(args: argparse.Namespace) -> int:
    """Judge, print one screen, leave verdicts.json."""
    if args.measures:
        print("\n".join(gate_measures().names()))
        return ExitCode.PASSED
    if args.check:
        path = gates_file(args.gates)
        print(f"{path}: {len(read_gates(path))} gates, all of them can be judged")
        return ExitCode.PASSED
    settings = judging_settings(args)
    # Where this run cannot be judged, the verdict of an earlier one must not be taken for its own.
    remove(settings.run_folder / VERDICTS_FILE)
    return show_verdicts(settings, judged(settings, read_gates(settings.gates)))


def show_verdicts(settings: JudgingSettings, result: Judged) -> ExitCode:
    """Leave verdicts.json and a line in the history, and print one screen; what it amounts to."""
    write_text(settings.run_folder / VERDICTS_FILE, verdicts_json(result.judgement))
    if not result.is_empty:
        parts = (result.evidence.contract, result.evidence.load)
        is_ours = all(part.target.kind == "embedded" for part in parts if part)
        entry = history_entry(result.judgement, result.evidence, revision=revision(is_ours=is_ours))
        try:
            remember(settings.history, entry)
        except UsageError as error:
            # The verdict counts for more than its line in the history.
            print(f"flowgauge: {error}", file=sys.stderr)
    evidence = result.evidence
    flag = edition_flag(settings.run_folder, settings.edition)
    following = next_lines(all_findings(evidence.contract, evidence.load), settings.run_folder, flag)
    size = shutil.get_terminal_size((120, 24))
    screen = verdict_screen(
        result.judgement,
        result.evidence,
        width=max(60, size.columns),
        # A log scrolls; only a terminal has an end.
        height=max(MOST_CROWDED, size.lines) - following.count("\n") if sys.stdout.isatty() else None,
        colour=_wants_colour(),
    )
    print(screen, following, sep="", end="")
    return result.judgement.exit_code


def _wants_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
