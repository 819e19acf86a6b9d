"""`flowgauge waive`: accept findings of the last run, until a date."""

import argparse
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flowgauge.cli.gate import RUN_FOLDER
from flowgauge.errors import ExitCode, UsageError
from flowgauge.results import read_contract_report

__all__ = ["add_parser"]

EPILOG = """\
The entries are appended to the waivers file, fit for review. What a waiver covers already is left out.

examples:
  flowgauge waive FG-107 --reason "the gateway answers 405 itself" --expires 2027-01-31
  flowgauge waive FG-103 --operation listRuns --reason "ticket 4711"
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "waive",
        help="accept findings of the last run, until a date",
        description="Write waivers for findings of a report.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("finding", help="id of the findings, for example FG-107")
    parser.add_argument("--operation", help="only on this operation (default: wherever it was found)")
    parser.add_argument("--reason", required=True, help="why it is accepted")
    parser.add_argument("--expires", metavar="DATE", help="last day of the waiver (default: in 90 days)")
    parser.add_argument(
        "--run-folder", type=Path, default=RUN_FOLDER, help="the report (default %(default)s)"
    )
    parser.add_argument(
        "--waivers",
        type=Path,
        default=Path("contracts/waivers.toml"),
        help="where to write (default %(default)s)",
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Append an entry for each finding that is not waived yet."""
    from flowgauge.contract.findings.waivers import read_waivers, waiver_text  # noqa: PLC0415 - heavy

    today = datetime.now(UTC).date()
    try:
        expires = date.fromisoformat(args.expires) if args.expires else today + timedelta(days=90)
    except ValueError:
        raise UsageError(f"--expires {args.expires} is not a date", hint="for example 2027-01-31") from None
    if expires < today:
        raise UsageError(f"--expires {expires} is in the past")
    if not args.reason.strip():
        raise UsageError("--reason must say why")
    read_waivers(args.waivers)
    report = read_contract_report(args.run_folder)
    chosen = [
        finding
        for finding in report.findings
        if finding.id == args.finding and args.operation in {None, finding.operation} and not finding.waived
    ]
    if not chosen:
        there = (
            ", ".join(sorted({f"{f.id} {f.operation}" for f in report.findings if not f.waived})) or "none"
        )
        raise UsageError(f"the report has no such finding to waive; it has: {there}")
    text = waiver_text(chosen, reason=args.reason.strip(), expires=expires)
    with args.waivers.open("a", encoding="utf-8") as file:
        file.write(text)
    read_waivers(args.waivers)
    print(f"{args.waivers}: {len(chosen)} waived until {expires}")
    return ExitCode.PASSED
