"""The command line: parse, call, print. The only place where outcomes become exit codes."""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from flowgauge import __version__
from flowgauge.errors import ExitCode, FlowgaugeError, UsageError
from flowgauge.inert import inert
from flowgauge.redaction import guard_logs, without_known_secrets

__all__ = ["main"]

# Each is a module of this package with `add_arguments(parser)`, `run(args)`, and its help for a docstring.
# The order is that of the help text.
COMMANDS = ("run", "serve", "faults", "prove", "gate", "report", "waive", "baseline", "ab", "history")

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
  flowgauge run                                hold the embedded server to its contract and measure it
  flowgauge run --flowgauge-url https://host   the same for another server (token in FLOWGAUGE_TOKEN)
  flowgauge serve --port 8080                  run the reference server
  flowgauge gate && flowgauge report           judge and report the last run again
"""


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
    # Only the command that is asked for is loaded: each needs other extras, and none the time of all.
    for name in [name for name in COMMANDS if name in given[:1]] or COMMANDS:
        _add(name, subparsers)
    parsed = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # A verdict must not be lost to a terminal that cannot show one of its characters.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    guard_logs()
    return _answered(parsed)


def _answered(parsed: argparse.Namespace) -> int:
    code = PIPE_CLOSED
    try:
        code = int(parsed.func(parsed))
        sys.stdout.flush()
    except FlowgaugeError as error:
        _complain(f"flowgauge: {error}")
        return int(error.exit_code)
    except KeyboardInterrupt:
        return INTERRUPTED
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


def _broken() -> int:
    """Show the exception that is being handled as what it is: a defect of flowgauge."""
    _complain(traceback.format_exc().rstrip("\n"))
    print("flowgauge: this is a defect of flowgauge; please report it with the lines above", file=sys.stderr)
    return int(ExitCode.HARNESS)


def _add(name: str, subparsers: Any) -> None:
    """Add a command, or, where it needs a package that is not installed, a stand-in that says so."""
    try:
        command = import_module(f"flowgauge.cli.{name}")
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("flowgauge"):
            raise
        message = f"`flowgauge {name}` needs the package {missing.name}"
        parser = subparsers.add_parser(name, help="(not installed)", add_help=False)
        parser.set_defaults(func=lambda _: _refuse(message))
        return
    sentence, _, more = (command.__doc__ or "").partition("\n\n")
    parser = subparsers.add_parser(
        name,
        help=sentence.rstrip("."),
        description=sentence,
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(func=command.run)
    command.add_arguments(parser)


def _refuse(message: str) -> int:
    raise UsageError(message, hint='pip install "flowgauge[all]"')
