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
    for fault in FAULTS.values():
        if args.group in {None, fault.group}:
            print(f"{fault.name:<34} {fault.operation:<26} {fault.kind:<12} {fault.sentence}")
    return ExitCode.PASSED
