"""`flowgauge prove`: which of the named faults the suites catch."""

import argparse
import os
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowgauge.errors import ExitCode, UsageError
from flowgauge.reference.faults import FAULTS, known_faults
from flowgauge.results import read_contract_report, write_contract_report

__all__ = ["add_parser"]

EPILOG = """\
Each fault is switched on in the reference server, alone, and the suites search until the first finding; the
clean server goes through all suites and must give none. Exit code 1 where a fault is missed, or a false alarm
rings.

examples:
  flowgauge prove                           every fault, seed 1
  flowgauge prove --seeds 1,2,3             with three seeds
  flowgauge prove --fault create-200        one fault
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "prove",
        help="measure how many of the named faults the suites catch",
        description="The suites' self-proof: the share of the named faults that they catch.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME", help="only this fault; repeatable"
    )
    parser.add_argument("--group", help="only the faults of this group")
    parser.add_argument(
        "--seeds", default="1", metavar="N[,N]", help="seeds of the search (default %(default)s)"
    )
    parser.add_argument(
        "--contracts", type=Path, default=Path("contracts"), help="suites (default %(default)s)"
    )
    parser.add_argument(
        "--run-folder", type=Path, help="put the score into the contract report of this folder"
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Search for every fault, and print a table with the score."""
    # Late: pytest and Schemathesis, which no other command needs.
    from flowgauge.contract.session.proof import CLEAN, prove  # noqa: PLC0415

    if not args.contracts.is_dir():
        raise UsageError(f"{args.contracts}/ does not exist", hint="run this at the project's root")
    try:
        seeds = [int(text) for text in args.seeds.split(",")]
    except ValueError:
        raise UsageError(
            f"--seeds {args.seeds} is not a list of integers", hint="for example 1,2,3"
        ) from None
    known_faults(args.fault)
    shown = [fault for fault in FAULTS.values() if fault.is_observable and args.group in {None, fault.group}]
    names = args.fault or [fault.name for fault in shown]
    if not names:
        raise UsageError(f"no fault is in group {args.group!r}", hint="`flowgauge faults` lists them")
    print(f"{'fault':<42}{'seed':>5}  {'finding':<8}{'operation':<28}{'target':<12}{'seconds':>8}")
    caught, alarms, seconds = 0, 0, []
    for catch in prove([CLEAN, *names], seeds, contracts=args.contracts, workers=os.cpu_count() or 1):
        if catch.fault == CLEAN:
            alarms += not catch.is_right
        elif catch.is_right:
            caught += 1
            seconds.append(catch.seconds or 0.0)
        said = catch.finding or ("none" if catch.fault == CLEAN else "MISSED")
        said += "" if catch.is_right or catch.finding is None else "?"
        took = "" if catch.seconds is None else f"{catch.seconds:8.2f}"
        operation = catch.operation or ""
        print(
            f"{catch.fault:<36}{catch.seed:>5}  {said:<8}{operation:<28}{catch.target:<12}{took:>8}",
            flush=True,
        )
    wanted = len(names) * len(seeds)
    median = f", median {statistics.median(seconds):.2f} s to the first finding" if seconds else ""
    print(f"caught {caught} of {wanted} ({caught / wanted:.1%}){median}")
    print(f"false alarms on the clean server: {alarms}")
    if args.run_folder is not None:
        # A suite that blames the clean server proves nothing by what it catches.
        score = 0.0 if alarms else caught / wanted
        write_contract_report(
            args.run_folder, replace(read_contract_report(args.run_folder), fault_score=score)
        )
    return ExitCode.PASSED if caught == wanted and not alarms else ExitCode.FAILED
