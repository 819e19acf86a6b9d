"""Write the pages of this folder from the code: `python docs/reference/make.py`, or `make docs`.

A test compares the pages with what this makes of the code, so that none of them can fall behind.
"""

import argparse
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from described import block, cell, described
from findings import all_findings

from flowgauge import client, fake
from flowgauge.cli import COMMANDS, EPILOG
from flowgauge.expressions import parser as gate_grammar
from flowgauge.gates import catalogue, gate_measures
from flowgauge.load.plans import plan_text
from flowgauge.pytest_plugin import pytest_addoption
from flowgauge.results import (
    BlindCheck,
    CapacityStep,
    CheckTally,
    Consequence,
    ContractReport,
    Exchange,
    Finding,
    LoadRun,
    OperationCounts,
    OperationReport,
    Request,
    Response,
    Showing,
    SkippedCheck,
    TargetIdentity,
    Worker,
)

__all__ = ["pages"]

FOLDER = Path(__file__).parent
MADE = "<!-- Made from the code by docs/reference/make.py; a test holds it to that. -->\n\n"


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    made = {
        "findings.md": all_findings(),
        "measures.md": _measures(),
        "grammars.md": _grammars(),
        "options.md": _options(),
        "client.md": _api("The typed client", client),
        "fake.md": _api("The fake", fake),
        "files.md": _files(),
    }
    return {name: MADE + "\n".join(lines).rstrip() + "\n" for name, lines in made.items()}


def _measures() -> Iterator[str]:
    yield "# Measures"
    yield ""
    yield "What gates, `--autostop` and `--capacity` can ask for. [grammars.md](grammars.md) says how."
    yield ""
    yield from block(inspect.getdoc(catalogue) or "")
    yield ""
    yield "All of them, with the operations of the scenarios that ship (`flowgauge gate --measures`):"
    yield ""
    yield from block("\n".join(gate_measures().names()))


def _grammars() -> Iterator[str]:
    for title, module in (("Plans", plan_text), ("Gates", gate_grammar)):
        yield f"# {title}"
        yield ""
        yield from block(inspect.getdoc(module) or "")
        yield ""


def _options() -> Iterator[str]:
    yield "# Options"
    yield ""
    yield "With pytest and Locust our options begin with `--flowgauge-`; the command line takes them"
    yield "with and without it. A flag wins over its variable."
    for name, command in COMMANDS.items():
        module = import_module(f"flowgauge.cli.{command.module}")
        sentence, _, more = (inspect.getdoc(module) or "").partition("\n\n")
        parser = argparse.ArgumentParser(prog=f"flowgauge {name}")
        module.add_arguments(parser)
        yield ""
        yield f"## flowgauge {name}"
        yield ""
        yield sentence
        yield ""
        yield from block(more)
        yield ""
        yield from _table(parser)
    yield ""
    yield "## pytest contracts/"
    yield ""
    yield from _table(_of_pytest())
    yield ""
    yield "## Exit codes"
    yield ""
    yield from block(EPILOG.partition("\n\nFor example")[0])


class _Group:
    """As much of pytest's parser as the plugin uses."""

    def __init__(self) -> None:
        self.parser = argparse.ArgumentParser(prog="pytest contracts/")

    def getgroup(self, *_: str) -> "_Group":
        return self

    def addoption(self, *flags: str, **how: object) -> None:
        self.parser.add_argument(*flags, **how)  # type: ignore[arg-type]


def _of_pytest() -> argparse.ArgumentParser:
    group = _Group()
    pytest_addoption(group)  # type: ignore[arg-type]
    return group.parser


def _table(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    # The text of `--help` differs from one Python to the next; what it is made of does not.
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, sub in action.choices.items():
                yield f"| `{name}` | {cell(sub.description or '')} |"
                yield from _rows(sub, f"`{name}` ")
        elif action.help != argparse.SUPPRESS and action.dest != "help":
            yield _row(action)


def _rows(parser: argparse.ArgumentParser, prefix: str) -> Iterator[str]:
    for action in parser._actions:  # noqa: SLF001
        if action.dest != "help":
            yield _row(action, prefix)


def _row(action: argparse.Action, prefix: str = "") -> str:
    value = "" if action.nargs == 0 else action.metavar or (None if action.option_strings else action.dest)
    if value is None:
        value = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()
    flags = ", ".join(action.option_strings[:1]) or str(value)
    shown = f"{flags} {value}" if action.option_strings and value else flags
    about = cell((action.help or "") % {"default": action.default})
    return f"| {prefix}`{shown}` | {about} |"


FILES = """\
| in the run folder | what |
|---|---|
| `contract.json` | findings, cases and checks of the suites: a [ContractReport](#contractreport) |
| `run.json` | the load, its counts and conditions: a [LoadRun](#loadrun) without histograms. Written as the load goes on: \
killed at any moment it leaves all but its last second or two, and is invalid |
| `run.hlog` | the histograms, second by second, in the HdrHistogram log format; one tag a measure |
| `stages.json` | which stages were asked for, and the edition of ours that they were held to |
| `verdicts.json` | the verdict of each gate |
| `findings/` | a script for each finding, which shows it again: it ends with 1 where the fault shows |
| `report.html` | for people: one file, no outside reference |
| `report.json` | for programs: versioned, described by `flowgauge/report/formats/report.schema.json` in the package |
| `junit.xml` | a case for each gate and operation; red exactly when the exit code is, a gate that only warns is skipped |
| `summary.md` | GitHub's Markdown, for a step summary or a comment, never longer than a comment may be |
| `findings.sarif` | only with `--document`: findings at the lines of your document, for code scanning |
| `findings.har` | the exchanges behind the findings, without tokens |
| `metrics.txt` | OpenMetrics |
| `history.jsonl` | a line for each judged run: key figures, revision; lines are only added, and the last of a run counts |
| `contract.log`, `load.log` | what the stages printed |

| in `baseline/<scenario>/` | what |
|---|---|
| `baseline.json` | figures for the review, revision, reason (`flowgauge baseline set --reason ...`) |
| `run-1/`, `run-2/`, ... | the accepted runs: `run.json`, and `run.hlog` with what is compared |
"""
KEPT = (
    *(ContractReport, OperationReport, CheckTally, SkippedCheck, BlindCheck),
    *(Finding, Showing, Consequence, Exchange, Request, Response),
    *(LoadRun, OperationCounts, Worker, CapacityStep, TargetIdentity),
)


def _files() -> Iterator[str]:
    yield "# Files"
    yield ""
    yield FILES
    yield "The JSON files are the values below, member by member; times are seconds. Beside them each says its"
    yield "`format` and `version`; `run.json` also whether the run `is_whole`, and which part of `run.hlog` it goes with."
    for kind in KEPT:
        yield from described(kind.__name__, kind, methods=False)


def _api(title: str, module: ModuleType) -> Iterator[str]:
    yield f"# {title}"
    yield ""
    yield inspect.getdoc(module) or ""
    for name in sorted(module.__all__, key=str.lower):
        yield from described(name, getattr(module, name))


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
