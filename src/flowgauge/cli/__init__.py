"""The command line: parse, call, print. The only place where outcomes become exit codes."""

import argparse
import ast
import io
import os
import re
import sys
import textwrap
import traceback
from collections.abc import Sequence
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from flowgauge import __version__
from flowgauge.cli.project.extras import install_hint, missing_from, require
from flowgauge.errors import ExitCode, FlowgaugeError, UsageError
from flowgauge.inert import inert
from flowgauge.redaction import guard_logs, without_known_secrets

__all__ = ["COMMANDS", "EPILOG", "Command", "main"]


class Command(NamedTuple):
    """A module with `add_arguments(parser)`, `run(args)` and its help for a docstring, and what it needs."""

    module: str
    extras: tuple[str, ...] = ("report",)


# The order is that of the help text.
COMMANDS = {
    "run": Command("run", ("contract", "load", "report")),
    "contract": Command("contract", ("contract",)),
    "load": Command("load", ("load",)),
    "gate": Command("gate"),
    "report": Command("report"),
    "explain": Command("explain"),
    "waive": Command("waive"),
    "init": Command("project.init", ("contract",)),
    "things": Command("project.things", ("contract",)),
    "doctor": Command("doctor", ()),
    "baseline": Command("comparison.baseline"),
    "ab": Command("comparison.ab", ("load", "report")),
    "diff": Command("comparison.diff", ("contract",)),
    "history": Command("comparison.history"),
    "serve": Command("serve", ("server",)),
    "faults": Command("faults", ()),
    "prove": Command("prove", ("contract",)),
}

# What a shell answers for a program that was stopped by SIGINT, or wrote to a pipe that nobody reads.
INTERRUPTED, PIPE_CLOSED = 130, 141
EPILOG = """\
exit codes:
  0  passed
  1  the contract or a threshold failed
  2  wrong usage
  3  no data to judge
  4  the target cannot be reached, or refuses the credentials
  5  the load generator was unfit, the run is invalid
  6  a regression against the baseline
 70  flowgauge itself is broken

For example:
  flowgauge run                     test and measure the embedded server
  flowgauge run --url https://host  another one (token in FLOWGAUGE_TOKEN)
  flowgauge explain FG-101          what a finding means, and how to mend it
  flowgauge COMMAND --help          all options of a command, with examples
"""
NEXT = """\
flowgauge holds an orchestration server to its contract and measures its run
path. Type next:

  flowgauge run                     try it on the embedded reference server
  flowgauge doctor --url URL        see whether your server can be tested
  flowgauge run --url URL           test it (token in FLOWGAUGE_TOKEN)
  flowgauge init                    own suites, scenarios, gates and CI
  flowgauge --help                  all commands, and the exit codes
"""
_SECRETS = {"--token", "--client-id", "--client-secret"}
_OWN_PREFIX = "--flowgauge-"
"""Where pytest and Locust have options of their own, ours begin so; here they need not, and may."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is one of `flowgauge.errors.ExitCode`."""
    parser = argparse.ArgumentParser(
        prog="flowgauge",
        description="Hold an orchestration server to its contract and measure its run path.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"flowgauge {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    given = list(sys.argv[1:] if arguments is None else arguments)
    given = _joined(given)
    given = [f"--{word[len(_OWN_PREFIX) :]}" if word.startswith(_OWN_PREFIX) else word for word in given]
    for name in ("stdout", "stderr"):
        # Closed by whoever called us: what is said goes nowhere, and the exit code stays what it is.
        if getattr(sys, name) is None:
            setattr(sys, name, io.StringIO())
    if not given:
        return _answered(argparse.Namespace(func=_what_next))
    try:
        # Only the command that is asked for is loaded: each needs other extras, and none the time of all.
        if given[0] in COMMANDS:
            require(f"`flowgauge {given[0]}`", COMMANDS[given[0]].extras)
            _add(given[0], subparsers)
        else:
            for name in COMMANDS:
                _list(name, subparsers)
    except FlowgaugeError as error:
        return _told(error)
    except KeyboardInterrupt:
        return _interrupted()
    parsed, unknown = parser.parse_known_args(given)
    if unknown:
        return _told(_unknown(given[0], unknown))
    for stream in (sys.stdout, sys.stderr):
        # A verdict must not be lost to a terminal that cannot show one of its characters.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    guard_logs()
    return _answered(parsed)


def _what_next(_: argparse.Namespace) -> ExitCode:
    print(NEXT, end="")
    return ExitCode.USAGE


def _unknown(command: str, words: Sequence[str]) -> UsageError:
    """What a command does not take, the first of it alone: what follows may be a value, and that a secret."""
    return UsageError(
        f"`flowgauge {command}` takes no {words[0].partition('=')[0]}",
        hint=f"`flowgauge {command} --help` lists what it takes",
    )


def _joined(words: list[str]) -> list[str]:
    """A secret that begins with a dash is no option: `--token -abc` becomes `--token=-abc`."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1].replace(_OWN_PREFIX, "--") in _SECRETS and re.match("-[^-]", word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _answered(parsed: argparse.Namespace) -> int:
    code = PIPE_CLOSED
    try:
        code = int(parsed.func(parsed))
        sys.stdout.flush()
    except FlowgaugeError as error:
        return _told(error)
    except ModuleNotFoundError as missing:
        if (missing.name or "flowgauge").startswith("flowgauge"):
            return _broken()
        return _told(UsageError(f"the package {missing.name} is not installed", hint=install_hint(["all"])))
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        # Whoever read our output has left (`| head`): what was found stands all the same, and is not green.
        _let_go_of_output()
    except OSError as error:
        if error.filename is None:
            _let_go_of_output()
            return _broken()
        # A file or a folder that the caller named, or that stands where one of ours has to.
        _complain(f"flowgauge: {error.filename}: {error.strerror}")
        return int(ExitCode.USAGE)
    # The last line of defence: Python's own exit code would be 1, which says that the contract is broken.
    except Exception:
        return _broken()
    return code


def _complain(text: str) -> None:
    """Say what is wrong: an error may quote whatever a server or a user has written."""
    print(inert(without_known_secrets(text)), file=sys.stderr)


def _let_go_of_output() -> None:
    """What is still to be written goes nowhere: written where it cannot be, it would change the exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupted() -> int:
    print("flowgauge: interrupted; what was there before stays", file=sys.stderr)
    return INTERRUPTED


def _broken() -> int:
    """Show the exception that is being handled as what it is: a defect of flowgauge."""
    _complain(traceback.format_exc().rstrip("\n"))
    print("flowgauge: this is a defect of flowgauge; please report it with the lines above", file=sys.stderr)
    return int(ExitCode.HARNESS)


def _told(error: FlowgaugeError) -> int:
    """Say what is wrong, with the options as they are spelt here."""
    _complain(f"flowgauge: {error}".replace(_OWN_PREFIX, "--"))
    return int(error.exit_code)


def _list(name: str, subparsers: Any) -> None:
    """Add a command to the list of all."""
    lacking = [extra for extra in COMMANDS[name].extras if missing_from(extra)]
    if lacking:
        about = f"(needs {install_hint(lacking)})"
    else:
        about = _docstring(name).partition("\n\n")[0].rstrip(".")
    subparsers.add_parser(name, help=about)


def _docstring(name: str) -> str:
    """A command's help, read without loading what the command needs."""
    path = Path(__file__).parent.joinpath(*COMMANDS[name].module.split("."))
    tree = ast.parse(path.with_suffix(".py").read_text(encoding="utf-8"))
    return ast.get_docstring(tree) or ""


class _HelpText(argparse.RawDescriptionHelpFormatter):
    """Help whose prose fits the terminal, and whose examples stay as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        for is_prose, together in groupby(text.splitlines(), lambda line: line[:1] not in {"", " "}):
            told = list(together)
            lines += textwrap.wrap(" ".join(told), width) if is_prose else told
        return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def _add(name: str, subparsers: Any) -> None:
    """Add a command that is to be carried out."""
    command = import_module(f"flowgauge.cli.{COMMANDS[name].module}")
    sentence, _, more = (command.__doc__ or "").partition("\n\n")
    parser = subparsers.add_parser(
        name,
        help=sentence.rstrip("."),
        description=sentence,
        epilog=more,
        formatter_class=_HelpText,
    )
    parser.set_defaults(func=command.run)
    command.add_arguments(parser)
