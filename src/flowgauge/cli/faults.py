"""`flowgauge faults`: list the named faults."""

import argparse
import shutil
import sys
import textwrap
from typing import Any

from flowgauge.editions import DEFAULT_EDITION, EDITIONS, world_part
from flowgauge.errors import ExitCode, UsageError
from flowgauge.reference import Fault

__all__ = ["add_parser"]

EPILOG = """\
A line per fault: name, operation, class of the check that catches it, and a sentence. On a terminal the
sentence stands below the rest; `flowgauge faults | less -S` keeps it on the line.

examples:
  flowgauge faults --group seeded
  flowgauge serve --fault unknown-flow-500,create-200
  flowgauge serve --fault as-shipped-2023              all faults of a group at once
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "faults",
        help="list the named faults of the reference server",
        description="List the named faults that `flowgauge serve --fault NAME` switches on.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--edition",
        default=DEFAULT_EDITION,
        metavar="NAME",
        help=f"whose faults: {', '.join(EDITIONS)} (default %(default)s)",
    )
    parser.add_argument("--group", help="only the faults of this group: seeded, or as-shipped-2023")
    parser.set_defaults(func=_run)


def _run(args: argparse.Namespace) -> int:
    """Print the faults, by group and name."""
    table = world_part(args.edition).faults
    if args.group not in {None, *table.groups}:
        raise UsageError(
            f"no fault is in group {args.group!r}", hint=f"the groups are {' and '.join(table.groups)}"
        )
    # A pipe has no width: whatever reads it wants a line per fault.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for fault in sorted(table.values(), key=lambda fault: (fault.group, fault.name)):
        if args.group in {None, fault.group}:
            print("\n".join(_lines(fault, width)))
    return ExitCode.PASSED


def _lines(fault: Fault[Any], width: int | None) -> list[str]:
    hidden = f" (not visible over HTTP: {fault.hidden_because})" if fault.hidden_because else ""
    columns = f"{fault.name:<40} {fault.operation:<26} {fault.kind:<11}"
    sentence = fault.sentence + hidden
    if width is None:
        return [f"{columns} {sentence}"]
    indent = " " * 4
    below = textwrap.wrap(sentence, width, initial_indent=indent, subsequent_indent=indent)
    return [columns.rstrip(), *below]
