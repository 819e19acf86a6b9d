"""`flowgauge waive`: accept findings of the last run, until a date."""

import argparse
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flowgauge.cli.flags import add_edition_flag
from flowgauge.cli.judging import RUN_FOLDER, WAIVERS
from flowgauge.editions import edition_named, findings_of
from flowgauge.errors import ExitCode, NoDataError, UsageError
from flowgauge.results import Finding, read_contract_report, read_load_run
from flowgauge.results.waivers import Waiver, covered, read_waivers, today, waiver_text

__all__ = ["add_parser"]

EPILOG = """\
The entries are appended to the waivers file, fit for review. What a waiver covers already is left out.
The suites apply their waivers the next time they run; those of findings under load count at once.

examples:
  flowgauge waive FG-107 --reason "the gateway answers 405 itself" --expires 2027-01-31
  flowgauge waive FG-103 --operation OPERATION --reason "ticket 4711"
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "waive",
        help="accept findings of the last run, until a date",
        description="Write waivers for findings of the suites or of the load.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("finding", help="id of the findings, for example FG-107")
    parser.add_argument("--operation", help="only on this operation (default: wherever it was found)")
    parser.add_argument("--reason", required=True, help="why it is accepted")
    parser.add_argument("--expires", metavar="DATE", help="last day of the waiver (default: in 90 days)")
    parser.add_argument(
        "--run-folder", type=Path, default=RUN_FOLDER, help="where the findings are (default %(default)s)"
    )
    parser.add_argument(
        "--waivers",
        type=Path,
        default=WAIVERS,
        help="where to write (default %(default)s)",
    )
    add_edition_flag(parser)
    parser.set_defaults(func=_run)


def _run(args: argparse.Namespace) -> int:
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
    known = _known(args)
    findings = [finding for finding in _findings(args.run_folder) if not finding.waived]
    chosen = [
        finding
        for finding in covered(findings, known, day)
        if finding.id == args.finding
        and args.operation in {None, *finding.operations}
        and finding.waived is None
    ]
    waivers = dict.fromkeys(
        Waiver(finding.id, place, args.reason.strip(), expires, finding.cause)
        for finding in chosen
        for place in finding.operations
        if args.operation in {None, place} and not _is_covered(finding, place, known, day)
    )
    if not waivers:
        there = ", ".join(sorted({f"{f.id} {place}" for f in findings for place in f.operations})) or "none"
        raise UsageError(f"the run has no such finding to waive; it has: {there}")
    with args.waivers.open("a", encoding="utf-8") as file:
        file.write(waiver_text(waivers))
    left = [finding for finding in covered(chosen, _known(args), day) if finding.waived is None]
    print(f"{args.waivers}: {len(chosen) - len(left)} waived until {expires}")
    for finding in left:
        print(f"{finding.id} stays, for other operations show it too: {finding.places}")
    return ExitCode.PASSED


def _is_covered(finding: Finding, operation: str, waivers: Iterable[Waiver], day: date) -> bool:
    return any(waiver.covers(finding, operation) and day <= waiver.expires for waiver in waivers)


def _known(args: argparse.Namespace) -> tuple[Waiver, ...]:
    operations = (op.id for op in edition_named(args.edition).operations)
    return read_waivers(args.waivers, catalogue=findings_of(args.edition), operations=operations)


def _findings(folder: Path) -> list[Finding]:
    """Those of the suites and of the load. Raises NoDataError where neither can be read."""
    findings: list[Finding] = []
    errors = []
    for read in (read_contract_report, read_load_run):
        try:
            findings += read(folder).findings
        except NoDataError as error:
            errors.append(error.message)
    if len(errors) == 2:
        raise NoDataError("; ".join(errors), hint="run the suites or the load first")
    return findings
