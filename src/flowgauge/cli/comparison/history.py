"""List the judged runs of the past, with their key figures.

Every judged run leaves one line in history.jsonl beside its run folder's files (or in --history FILE).

The file holds one JSON object a line, so any tool can read it.

For example:
  flowgauge history
  flowgauge history kept/2026-11-24
"""

import argparse
import shutil
import sys
import textwrap
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from flowgauge.cli.flags import add_run_folder
from flowgauge.cli.judging import HISTORY_FILE, add_history_flag
from flowgauge.errors import ExitCode, NoDataError, UsageError
from flowgauge.gates import format_value, gate_measures
from flowgauge.inert import inert
from flowgauge.report.history import KEY_FIGURES, Entry, line_of, read_history
from flowgauge.results.run_folder import append_line

__all__ = ["add_arguments", "remember", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_run_folder(parser, "whose history")
    add_history_flag(parser)


def _read(path: Path) -> tuple[Entry, ...]:
    """What a history file holds, if there is one. Raises UsageError where it cannot be read."""
    try:
        return read_history(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from None


def remember(path: Path, entry: Entry) -> None:
    """Add the entry to a history file, unless the file says the same already."""
    if entry not in _read(path):
        append_line(path, line_of(entry))


def run(args: argparse.Namespace) -> int:
    """Print one line a run."""
    path = args.history or args.run_folder / HISTORY_FILE
    entries = _read(path)
    if not entries:
        raise NoDataError(f"{path} holds no run", hint="`flowgauge gate` adds one")
    head = _columns("when", "status", "revision", KEY_FIGURES)
    # A pipe has no width: whatever reads it wants a line a run.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else len(head)
    if width >= len(head):
        print(head)
    for entry in entries:
        when, figures = _told(entry)
        if width >= len(head):
            print(inert(_columns(when, entry.status, entry.revision[:12], figures), keep=""))
            continue
        print(inert(f"{when}  {entry.status}  {entry.revision[:12]}".rstrip(), keep=""))
        named = ", ".join(f"{name} {figure}" for name, figure in zip(KEY_FIGURES, figures, strict=True))
        print(textwrap.fill(named, width, initial_indent="  ", subsequent_indent="  "))
    return ExitCode.PASSED


def _told(entry: Entry) -> tuple[str, list[str]]:
    """When it was, and its figures."""
    when = datetime.fromtimestamp(entry.time, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    figures = []
    for name in KEY_FIGURES:
        measure = gate_measures().find(name)
        value = entry.measures.get(name)
        figures.append(format_value(value, measure.unit) if measure and value is not None else "-")
    return when, figures


def _columns(when: str, status: str, revision: str, figures: Iterable[str]) -> str:
    return "  ".join([f"{when:<20}", f"{status:<10}", f"{revision:<12}", *(f"{f:>20}" for f in figures)])
