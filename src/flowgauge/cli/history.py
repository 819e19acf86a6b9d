"""`flowgauge history`: the judged runs of the past, and their export."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flowgauge.errors import ExitCode, NoDataError, UsageError
from flowgauge.gates import Catalogue, format_value
from flowgauge.report.history import TRENDS, Entry, alike, line_of, otava_config, otava_csv, read_history
from flowgauge.report.inert import inert
from flowgauge.results.run_folder import append_line, write_text

__all__ = ["add_history_flag", "add_parser", "history_text", "remember"]

HISTORY_FILE = "history.jsonl"
RUN_FOLDER = Path("reports/out")
OTAVA_CSV = "flowgauge.csv"
OTAVA_CONFIG = "otava.yaml"
EPILOG = """\
Every judged run leaves one line in history.jsonl beside its run folder's files (or in --history FILE).

examples:
  flowgauge history
  flowgauge history --otava trend/     write trend/flowgauge.csv and trend/otava.yaml of the runs that the
                                       last one may be compared with (its scenario, its server), then:
                                       OTAVA_CONFIG=trend/otava.yaml otava analyze flowgauge
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "history",
        help="list the judged runs, or export them",
        description="List the judged runs of the past, or export them for a search for change points.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run_folder", nargs="?", type=Path, default=RUN_FOLDER, help="(default %(default)s)")
    parser.add_argument("--otava", type=Path, metavar="DIR", help="write files for Apache Otava")
    add_history_flag(parser)
    parser.set_defaults(func=run)


def add_history_flag(parser: argparse.ArgumentParser) -> None:
    """Add --history, the file that remembers judged runs."""
    parser.add_argument(
        "--history",
        type=Path,
        metavar="FILE",
        help=f"history file (default: {HISTORY_FILE} in the run folder)",
    )


def history_text(args: argparse.Namespace, folder: Path) -> str:
    """What the history file holds; nothing where there is none yet."""
    path = _path(args, folder)
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from None


def remember(args: argparse.Namespace, folder: Path, entry: Entry) -> None:
    """Add the entry to the history file, unless it says the same already."""
    if entry not in read_history(history_text(args, folder)):
        append_line(_path(args, folder), line_of(entry))


def run(args: argparse.Namespace) -> int:
    """Print one line a run, or export."""
    entries = read_history(history_text(args, args.run_folder))
    if not entries:
        raise NoDataError(f"{_path(args, args.run_folder)} holds no run", hint="`flowgauge gate` adds one")
    if args.otava:
        # An unfit generator says nothing about the server: its figures would be change points of their own.
        sound = [entry for entry in alike(entries, entries[-1]) if entry.status != "invalid"]
        where = args.otava.resolve()
        if not sound:
            raise NoDataError("the last run and those like it are all invalid: there is nothing to export")
        write_text(where / OTAVA_CSV, otava_csv(sound))
        write_text(where / OTAVA_CONFIG, otava_config(sound, csv_file=str(where / OTAVA_CSV)))
        print(f"{len(sound)} runs: OTAVA_CONFIG={args.otava / OTAVA_CONFIG} otava analyze flowgauge")
        return ExitCode.PASSED
    print("  ".join([f"{'when':<20}", f"{'status':<10}", f"{'revision':<12}", *(f"{n:>20}" for n in TRENDS)]))
    for entry in entries:
        print(_line(entry))
    return ExitCode.PASSED


def _line(entry: Entry) -> str:
    when = datetime.fromtimestamp(entry.time, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    cells = [f"{when:<20}", f"{entry.status:<10}", f"{entry.revision[:12]:<12}"]
    for name in TRENDS:
        measure = Catalogue().find(name)
        value = entry.measures.get(name)
        cells.append(f"{format_value(value, measure.unit) if measure and value is not None else '-':>20}")
    return inert("  ".join(cells), keep="")


def _path(args: argparse.Namespace, folder: Path) -> Path:
    # `flowgauge run` has no such flag.
    path: Path | None = getattr(args, "history", None)
    return path or folder / HISTORY_FILE
