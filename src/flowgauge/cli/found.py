"""What the last run has found, and where it leads: the first finding in full, and what to type next."""

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from flowgauge.cli.flags import RUN_FOLDER
from flowgauge.errors import NoDataError
from flowgauge.report.figures import by_gravity
from flowgauge.report.finding_text import SCRIPTS, finding_screen, next_commands, script_names, scripts
from flowgauge.results import Finding, read_contract_report, read_load_run
from flowgauge.results.run_folder import write_text

__all__ = ["first_lines", "folder_flag", "found_in", "next_lines", "width_of_terminal", "write_scripts"]


def found_in(folder: Path) -> tuple[Finding, ...]:
    """The findings of the suites and of the load. Raises NoDataError where neither can be read."""
    findings: list[Finding] = []
    errors = []
    for read in (read_contract_report, read_load_run):
        try:
            findings += read(folder).findings
        except NoDataError as error:
            errors.append(error.message)
    if len(errors) == 2:
        raise NoDataError("; ".join(errors), hint="`flowgauge run` makes both")
    return tuple(findings)


def width_of_terminal() -> int:
    """Columns that text for people may take."""
    return min(100, max(60, shutil.get_terminal_size((80, 24)).columns))


def first_lines(findings: Sequence[Finding], folder: Path, flag: str = "") -> str:
    """The gravest open finding in full, and how many others there are; nothing where none is open.

    `folder` and `flag` are as `next_lines` has them.
    """
    left = [finding for finding in by_gravity(findings) if finding.waived is None]
    if not left:
        return ""
    others = f", the gravest of {len(left)}" if len(left) > 1 else ""
    screen = finding_screen(left[0], width=width_of_terminal())
    return f"\nFound{others}:\n\n{screen}{next_lines(left, folder, flag)}\n"


def next_lines(findings: Sequence[Finding], folder: Path, flag: str = "") -> str:
    """What to type next about the gravest open finding; nothing where none is open.

    `folder` is where its script stands, or will; `flag` what names the run's edition, where that is needed.
    """
    ordered = by_gravity(findings)
    left = [finding for finding in ordered if finding.waived is None]
    if not left:
        return ""
    name = script_names(ordered).get(left[0].key)
    script = folder / SCRIPTS / name if name else None
    commands = next_commands(left[0], script, folder_flag(folder) + flag)
    return "".join(f"  next       {command}\n" for command in commands)


def folder_flag(folder: Path) -> str:
    """What a command about a run has to say for its folder; nothing where it takes it by itself."""
    return "" if folder == RUN_FOLDER else f" --run-folder {shlex.quote(str(folder))}"


def write_scripts(folder: Path, findings: Sequence[Finding]) -> None:
    """Write the script of each finding into the run folder, and leave none of another run there."""
    place = folder / SCRIPTS
    shutil.rmtree(place, ignore_errors=True)
    for name, text in scripts(by_gravity(findings)).items():
        write_text(place / name, text)
