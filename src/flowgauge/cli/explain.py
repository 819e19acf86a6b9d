"""Say what a finding means: the rule, what it does to a client, an example, the cure, and how to waive it.

Without an id all are listed. Where the last run has findings of that id, they are shown as they were met.

For example:
  flowgauge explain
  flowgauge explain FG-101
"""

import argparse
import textwrap
from collections.abc import Iterator

from flowgauge.cli.flags import OF_THE_RUN, RUN_FOLDER, add_edition_flag, add_path
from flowgauge.cli.found import found_in, next_lines, width_of_terminal
from flowgauge.cli.judging import edition_flag, edition_of
from flowgauge.editions import findings_of
from flowgauge.errors import ExitCode, NoDataError, UsageError
from flowgauge.report.finding_text import finding_screen
from flowgauge.results import FindingClass

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("finding", nargs="?", metavar="ID", help="such as FG-101 (default: list all)")
    add_path(parser, "--run-folder", "where the last run is", RUN_FOLDER)
    add_edition_flag(parser, or_else=OF_THE_RUN)


def run(args: argparse.Namespace) -> int:
    """Print the text of one class, or a line for each."""
    width = width_of_terminal()
    edition = edition_of(args)
    catalogue = findings_of(edition)
    if args.finding is None:
        for each in sorted(catalogue, key=lambda each: int(each.id.removeprefix("FG-"))):
            print(f"{each.id:<8} {each.severity:<9} {each.title}")
        return ExitCode.PASSED
    name = args.finding.upper()
    name = name if name.startswith("FG-") else f"FG-{name}"
    if name not in catalogue:
        raise UsageError(f"there is no finding {args.finding}", hint="`flowgauge explain` lists them")
    print("\n".join(_lines(catalogue[name], width)))
    try:
        met = [finding for finding in found_in(args.run_folder) if finding.id == name]
    except NoDataError:
        met = []
    for finding in met:
        print(f"\nIn the last run ({args.run_folder}):\n")
        following = next_lines([finding], args.run_folder, edition_flag(args.run_folder, edition))
        print(finding_screen(finding, width=width), following, sep="", end="")
    return ExitCode.PASSED


def _lines(kind: FindingClass, width: int) -> Iterator[str]:
    yield from textwrap.wrap(
        f"{kind.id}  {kind.title}  [{kind.severity}]", width, subsequent_indent=" " * (len(kind.id) + 2)
    )
    guide = kind.guide
    yield from _part("Rule", kind.rule, width)
    if guide is not None:
        yield from _part("It means", guide.meaning, width)
        yield from _part("Example", guide.example, width)
        if guide.exchanges:
            yield ""
            for line in guide.exchanges.splitlines():
                yield from textwrap.wrap(line, width, initial_indent=" " * 10, subsequent_indent=" " * 14)
        yield from _part("Cure", guide.cure, width)
    if kind.waive:
        yield from _part("Waive", kind.waive, width)


def _part(head: str, text: str, width: int) -> Iterator[str]:
    yield ""
    yield from textwrap.wrap(text, width, initial_indent=f"{head:<10}", subsequent_indent=" " * 10)
