"""Accept findings of the last run, until a date.

The entries are appended to the waivers file, fit for review. What a waiver covers already is left out.
They count at once: `flowgauge gate` judges the last run again with them.

For example:
  flowgauge waive FG-107 --reason "the gateway answers" --expires 2027-01-31
  flowgauge waive FG-103 --operation OPERATION --reason "ticket 4711"
"""

import argparse
from collections.abc import Iterable
from datetime import date, timedelta

from flowgauge.cli.flags import OF_THE_RUN, RUN_FOLDER, add_edition_flag, add_path
from flowgauge.cli.found import found_in
from flowgauge.cli.judging import WAIVERS, edition_of, known_waivers
from flowgauge.editions import operations_of
from flowgauge.errors import ExitCode, UsageError
from flowgauge.results import Finding
from flowgauge.results.finding import NO_OPERATION
from flowgauge.results.waivers import Waiver, check_added, covered, today, waiver_text

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("finding", help="id of the findings, for example FG-107")
    parser.add_argument(
        "--operation", action="append", help="only on this one; repeatable (default: wherever it was found)"
    )
    parser.add_argument("--reason", required=True, help="why it is accepted")
    parser.add_argument("--expires", metavar="DATE", help="last day of the waiver (default: in 90 days)")
    add_path(parser, "--run-folder", "where the findings are", RUN_FOLDER)
    add_path(parser, "--waivers", "where to write", WAIVERS)
    add_edition_flag(parser, or_else=OF_THE_RUN)


def run(args: argparse.Namespace) -> int:
    """Append an entry for each finding that is not waived yet."""
    day = today()
    try:
        expires = date.fromisoformat(args.expires) if args.expires else day + timedelta(days=90)
    except ValueError:
        raise UsageError(f"--expires {args.expires} is not a date", hint="for example 2027-01-31") from None
    if expires < day:
        raise UsageError(f"--expires {expires} is in the past")
    if not args.reason.strip():
        raise UsageError("--reason must say why")
    edition = edition_of(args)
    known = known_waivers(args.waivers, edition)
    findings = [finding for finding in found_in(args.run_folder) if not finding.waived]
    chosen = [
        finding
        for finding in covered(findings, known, day)
        if finding.id == args.finding
        and any(_is_named(args, place) for place in finding.operations)
        and finding.waived is None
    ]
    waivers = dict.fromkeys(
        Waiver(finding.id, place, args.reason.strip(), expires, finding.cause)
        for finding in chosen
        for place in finding.operations
        if _is_named(args, place) and not _is_covered(finding, place, known, day)
    )
    if not waivers:
        ids = ", ".join(sorted({finding.id for finding in findings})) or "none"
        places = sorted({place for f in findings if f.id == args.finding for place in f.operations})
        there = f"{args.finding} on {', '.join(places)}" if places else ids
        raise UsageError(f"{args.run_folder} has no such finding to waive; it has: {there}")
    if strange := {waiver.operation for waiver in waivers} - {NO_OPERATION, *operations_of(edition)}:
        # Such a file would be refused from then on.
        raise UsageError(
            f"edition {edition} has no operation {', '.join(sorted(strange))}",
            hint="name the edition of the run with --edition",
        )
    added = waiver_text(waivers)
    check_added(args.waivers, added)
    args.waivers.parent.mkdir(parents=True, exist_ok=True)
    with args.waivers.open("a", encoding="utf-8") as file:
        file.write(added)
    judged = covered(chosen, known_waivers(args.waivers, edition), day)
    left = [finding for finding in judged if finding.waived is None]
    print(f"{args.waivers}: {len(chosen) - len(left)} waived until {expires}")
    for finding in left:
        print(f"{finding.id} stays, for other operations show it too: {finding.places}")
    return ExitCode.PASSED


def _is_named(args: argparse.Namespace, operation: str) -> bool:
    return args.operation is None or operation in args.operation


def _is_covered(finding: Finding, operation: str, waivers: Iterable[Waiver], day: date) -> bool:
    return any(waiver.covers(finding, operation) and day <= waiver.expires for waiver in waivers)
