"""`flowgauge history`: the judged runs of the past."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flowgauge.cli.judging import HISTORY_FILE, RUN_FOLDER, add_history_flag
from flowgauge.errors import ExitCode, NoDataError, UsageError
from flowgauge.gates import format_value, gate_measures
from flowgauge.report.history import KEY_FIGURES, Entry, line_of, read_history
from flowgauge.report.inert import inert
from flowgauge.results.run_folder import append_line

__all__ = ["add_parser", "history_text", "remember"]

EPILOG = """\
Every judged run leaves one line in history.jsonl beside its run folder's files (or in --history FILE).

The file holds one JSON object a line, so any tool can read it.

examples:
  flowgauge history
  flowgauge history kept/2026-11-24
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "history",
        help="list the judged runs",
        description="List the judged runs of the past, with their key figures.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run_folder", nargs="?", type=Path, default=RUN_FOLDER, help="(default %(default)s)")
    add_history_flag(parser)
    parser.set_defaults(func=_run)


def history_text(path: Path) -> str:
    """What a history file holds, if there is one. Raises UsageError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from None


def remember(path: Path, entry: Entry) -> None:
    """Add the entry to a history file, unless the file says the same already."""
    if entry not in read_history(history_text(path)):
        append_line(path, line_of(entry))


def _run(args: argparse.Namespace) -> int:
    """Print one line a run."""
    path = args.history or args.run_folder / HISTORY_FILE
    entries = read_history(history_text(path))
    if not entries:
        raise NoDataError(f"{path} holds no run", hint="`flowgauge gate` adds one")
    print(
        "  ".join(
            [f"{'when':<20}", f"{'status':<10}", f"{'revision':<12}", *(f"{n:>20}" for n in KEY_FIGURES)]
        )
    )
    for entry in entries:
        print(_line(entry))
    return ExitCode.PASSED


def _line(entry: Entry) -> str:
    when = datetime.fromtimestamp(entry.time, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    cells = [f"{when:<20}", f"{entry.status:<10}", f"{entry.revision[:12]:<12}"]
    for name in KEY_FIGURES:
        measure = gate_measures().find(name)
        value = entry.measures.get(name)
        cells.append(f"{format_value(value, measure.unit) if measure and value is not None else '-':>20}")
    return inert("  ".join(cells), keep="")
