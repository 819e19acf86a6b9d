"""A finding in full for a terminal: request, answer, what was due by which rule, and what to type next."""

import shlex
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from flowgauge.inert import inert
from flowgauge.report.exchange_text import request_text, response_text
from flowgauge.results import Finding

__all__ = ["SCRIPTS", "finding_screen", "next_commands", "script_names", "scripts"]

SCRIPTS = "findings"
"""The folder of the scripts, in the run folder."""
MOST_LINES = 12
_MARGIN = 11


def finding_screen(finding: Finding, *, width: int = 80) -> str:
    """The finding in lines of at most `width` columns, of an exchange no more than the beginning."""
    lines = [f"{finding.id}  {finding.title}  [{finding.severity}]", *_part("at", finding.places, width)]
    lines += _part("what", finding.detail, width)
    if finding.exchanges:
        exchange = finding.exchanges[-1]
        before = len(finding.exchanges) - 1
        if before:
            lines += _part("before", f"{before} request{'s' if before > 1 else ''}, see the script", width)
        lines += _message("request", request_text(exchange), width)
        lines += _message("answer", response_text(exchange), width)
    if finding.expected:
        lines += _part("expected", finding.expected, width)
    lines += _part("rule", finding.rule, width)
    return "".join(f"  {line}\n" for line in lines)


def next_commands(finding: Finding, script: Path | None = None, elsewhere: str = "") -> tuple[str, ...]:
    """What to type next about a finding; `elsewhere` is the flag that names the run, where it needs one."""
    shows = [f"sh {shlex.quote(str(script))}"] if script else []
    # All of them: of a finding that is waived at some of its operations, the rest stays.
    places = " ".join(f'--operation "{operation}"' for operation in finding.operations)
    waive = f'flowgauge waive {finding.id} {places} --reason "..."'
    return (*shows, f"flowgauge explain {finding.id}{elsewhere}", f"{waive}{elsewhere}")


def script_names(findings: Iterable[Finding]) -> dict[tuple[str, str], str]:
    """The name of each finding's script by the finding's key; none where it has no script."""
    names: dict[tuple[str, str], str] = {}
    for finding in findings:
        if not finding.reproduction:
            continue
        place = "".join(char if char.isalnum() else "-" for char in finding.operation).strip("-")
        name, number = f"{finding.id}-{place}.sh", 1
        while name in names.values():
            number += 1
            name = f"{finding.id}-{place}-{number}.sh"
        names[finding.key] = name
    return names


def scripts(findings: Sequence[Finding]) -> dict[str, str]:
    """The scripts that show the findings, by their names."""
    names = script_names(findings)
    return {names[each.key]: f"{each.reproduction}\n" for each in findings if each.key in names}


def _part(head: str, text: str, width: int) -> Iterator[str]:
    room = width - _MARGIN - 2
    first = True
    for paragraph in inert(text).splitlines() or [""]:
        for line in textwrap.wrap(paragraph, room, break_on_hyphens=False) or [""]:
            yield f"{head if first else '':<{_MARGIN}}{line}"
            first = False


def _message(head: str, text: str, width: int) -> Iterator[str]:
    room = width - _MARGIN - 2
    lines = text.splitlines()
    for number, line in enumerate(lines[:MOST_LINES]):
        shown = line if len(line) <= room else f"{line[: room - 1]}\N{HORIZONTAL ELLIPSIS}"
        yield f"{head if not number else '':<{_MARGIN}}{shown}".rstrip()
    if len(lines) > MOST_LINES:
        yield f"{'':<{_MARGIN}}... {len(lines) - MOST_LINES} more lines"
