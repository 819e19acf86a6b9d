"""`flowgauge faults`: list the named faults."""

import argparse
import shutil
import sys
import textwrap
from typing import Any

from flowgauge.errors import ExitCode, UsageError
from flowgauge.reference.faults import FAULTS, Fault

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
    parser.add_argument("--group", help="only the faults of this group: seeded, or as-shipped-2023")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print the faults, by group and name."""
    groups = sorted({fault.group for fault in FAULTS.values()})
    if args.group not in {None, *groups}:
        raise UsageError(
            f"no fault is in group {args.group!r}", hint=f"the groups are {' and '.join(groups)}"
        )
    # A pipe has no width: whatever reads it wants a line per fault.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for fault in sorted(FAULTS.values(), key=lambda fault: (fault.group, fault.name)):
        if args.group in {None, fault.group}:
            print("\n".join(_lines(fault, width)))
    return ExitCode.PASSED


def _lines(fault: Fault, width: int | None) -> list[str]:
    hidden = f" (not visible over HTTP: {fault.hidden_because})" if fault.hidden_because else ""
    columns = f"{fault.name:<40} {fault.operation:<26} {fault.kind:<11}"
    sentence = fault.sentence + hidden
    if width is None:
        return [f"{columns} {sentence}"]
    indent = " " * 4
    below = textwrap.wrap(sentence, width, initial_indent=indent, subsequent_indent=indent)
    return [columns.rstrip(), *below]
