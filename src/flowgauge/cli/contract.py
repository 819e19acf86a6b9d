"""Run the contract suites alone, and leave contract.json in the run folder.

It is `pytest` over contracts/, where the project has suites of its own, else over those that ship. What
stands after `--` goes to pytest.

For example:
  flowgauge contract                                     the embedded server
  flowgauge contract --url https://host --read-only
  flowgauge contract --url https://host --header 'X-Key: ...' -- -k reading
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from flowgauge.cli.flags import RUN_FOLDER, add_connection_flags, add_edition_flag, add_fault_flag, add_path
from flowgauge.cli.judging import WAIVERS
from flowgauge.cli.project.shipped import is_shipped
from flowgauge.cli.stages.suites import FOUND_OUT, add_suite_flags, suites_of
from flowgauge.editions import DEFAULT_EDITION

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_connection_flags(parser)
    add_fault_flag(parser, "of the embedded server, see flowgauge faults")
    parser.add_argument("--seed", type=int, default=1, help="of all generated data (default %(default)s)")
    add_suite_flags(parser)
    add_edition_flag(parser, or_else=FOUND_OUT)
    add_path(parser, "--run-folder", "where to write", RUN_FOLDER)
    parser.add_argument("--waivers", type=Path, metavar="FILE", help=f"waivers file (default {WAIVERS})")
    parser.add_argument("pytest", nargs="*", metavar="-- PYTEST_ARGUMENT", help="more arguments of pytest")


def run(args: argparse.Namespace) -> int:
    """Become the pytest that runs them; its exit code says what they found."""
    # Without a name the suites find it out themselves, and say how.
    is_open = args.edition is None
    suites = suites_of(argparse.Namespace(**vars(args) | {"edition": args.edition or DEFAULT_EDITION}))
    suites = replace(suites, is_found_out=is_open and suites.connection is not None)
    waivers = args.waivers or (WAIVERS if is_shipped(suites.folder) else None)
    command = [*replace(suites, waivers=waivers).command(args.run_folder), *args.pytest]
    # In place of this process, so that the terminal and its signals are pytest's own.
    sys.stdout.flush()
    os.execve(command[0], command, suites.environment(args.run_folder))  # noqa: S606 - our own command
