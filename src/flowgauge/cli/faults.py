"""List the named faults of the reference server.

A line per fault: name, operation, class of the check that catches it, and a sentence. On a terminal the
sentence stands below the rest; `flowgauge faults | less -S` keeps it on the line.

For example:
  flowgauge faults --group seeded
  flowgauge serve --fault unknown-flow-500,create-200
  flowgauge serve --fault as-shipped-2023    all faults of a group at once
"""

import argparse
import shutil
import sys
import textwrap
from typing import Any

from flowgauge.cli.flags import add_edition_flag
from flowgauge.editions import world_part
from flowgauge.errors import ExitCode
from flowgauge.reference import Fault

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_edition_flag(parser)
    parser.add_argument("--group", help="only the faults of this group: seeded, or as-shipped-2023")


def run(args: argparse.Namespace) -> int:
    """Print the faults, by group and name."""
    table = world_part(args.edition).faults
    # A pipe has no width: whatever reads it wants a line per fault.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for fault in sorted(table.of_group(args.group), key=lambda fault: (fault.group, fault.name)):
        print("\n".join(_lines(fault, width)))
    return ExitCode.PASSED


def _lines(fault: Fault[Any], width: int | None) -> list[str]:
    hidden = f" (cannot be caught by itself: {fault.hidden_because})" if fault.hidden_because else ""
    columns = f"{fault.name:<40} {fault.operation:<26} {fault.kind:<11}"
    sentence = fault.sentence + hidden
    if width is None:
        return [f"{columns} {sentence}"]
    indent = " " * 4
    below = textwrap.wrap(sentence, width - 1, initial_indent=indent, subsequent_indent=indent)
    return [columns.rstrip(), *below]
