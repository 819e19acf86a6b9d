"""`flowgauge faults`: list the named faults."""

import argparse
from typing import Any

from flowgauge.errors import ExitCode
from flowgauge.reference.faults import FAULTS

__all__ = ["add_parser"]


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "faults",
        help="list the named faults of the reference server",
        description="List the named faults that `flowgauge serve --fault NAME` switches on.",
    )
    parser.add_argument("--group", help="only the faults of this group")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print one line per fault."""
    for fault in sorted(FAULTS.values(), key=lambda fault: (fault.group, fault.name)):
        if args.group in {None, fault.group}:
            hidden = f" (not visible over HTTP: {fault.hidden_because})" if fault.hidden_because else ""
            print(f"{fault.name:<42} {fault.operation:<26} {fault.kind:<12} {fault.sentence}{hidden}")
    return ExitCode.PASSED
