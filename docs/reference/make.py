"""Write the pages of this folder from the code: `python docs/reference/make.py`, or `make docs`.

A test compares the pages with what this makes of the code, so that none of them can fall behind.
"""

import argparse
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from flowgauge.cli import COMMANDS, EPILOG
from flowgauge.editions import EDITIONS, findings_of
from flowgauge.expressions import parser as gate_grammar
from flowgauge.gates import catalogue, gate_measures
from flowgauge.load.plans import plan_text
from flowgauge.pytest_plugin import pytest_addoption
from flowgauge.results import FindingClass

__all__ = ["pages"]

FOLDER = Path(__file__).parent
MADE = "<!-- Made from the code by docs/reference/make.py; a test holds it to that. -->\n\n"


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    made = {
        "findings.md": _findings(),
        "measures.md": _measures(),
        "grammars.md": _grammars(),
        "options.md": _options(),
    }
    return {name: MADE + "\n".join(lines).rstrip() + "\n" for name, lines in made.items()}


def _findings() -> Iterator[str]:
    yield "# Findings"
    yield ""
    yield "What each id means, by which rule, and where to look for the cure: `flowgauge explain ID`."
    yield "The severity is that of the class; a single finding may weigh less."
    yield ""
    classes: dict[str, FindingClass] = {}
    for edition in EDITIONS:
        classes |= {each.id: each for each in findings_of(edition)}
    ordered = sorted(classes.values(), key=lambda each: int(each.id.removeprefix("FG-")))
    yield "| id | severity | |"
    yield "|---|---|---|"
    for each in ordered:
        yield f"| [{each.id}](#{_anchor(each)}) | {each.severity} | {each.title} |"
    for each in ordered:
        yield ""
        yield f"## {each.id} {each.title}"
        yield ""
        yield f"*{each.severity}.* Rule: {_plain(each.rule)}."
        if each.guide is not None:
            yield ""
            yield f"{_plain(each.guide.meaning)}"
            yield ""
            yield f"**Example.** {_plain(each.guide.example)}"
            yield ""
            yield f"**Cure.** {_plain(each.guide.cure)}"


def _anchor(kind: FindingClass) -> str:
    """The anchor that GitHub and GitLab give a heading."""
    text = re.sub(r"[^\w\- ]", "", f"{kind.id} {kind.title}".lower())
    return text.replace(" ", "-")


def _plain(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")


def _measures() -> Iterator[str]:
    yield "# Measures"
    yield ""
    yield "What gates, `--autostop` and `--capacity` can ask for. [grammars.md](grammars.md) says how."
    yield ""
    yield from _block(inspect.getdoc(catalogue) or "")
    yield ""
    yield "All of them, with the operations of the scenarios that ship (`flowgauge gate --measures`):"
    yield ""
    yield from _block("\n".join(gate_measures().names()))


def _grammars() -> Iterator[str]:
    for title, module in (("Plans", plan_text), ("Gates", gate_grammar)):
        yield f"# {title}"
        yield ""
        yield from _block(inspect.getdoc(module) or "")
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
        yield from _block(more)
        yield ""
        yield from _table(parser)
    yield ""
    yield "## pytest contracts/"
    yield ""
    yield from _table(_of_pytest())
    yield ""
    yield "## Exit codes"
    yield ""
    yield from _block(EPILOG.partition("\n\nFor example")[0])


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
                yield f"| `{name}` | {_help(sub.description or '')} |"
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
    about = _help((action.help or "") % {"default": action.default})
    return f"| {prefix}`{shown}` | {about} |"


def _help(text: str) -> str:
    return _plain(" ".join(text.split()))


def _block(text: str) -> Iterator[str]:
    if text.strip():
        yield "```text"
        yield from text.strip("\n").splitlines()
        yield "```"


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
