"""The load as a stage: its options on the command line, and the Locust that carries it out."""

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowgauge.cli.project.shipped import loadtests_folder, things_folder
from flowgauge.durations import parsed_duration
from flowgauge.editions import EDITIONS, is_document, load_part
from flowgauge.errors import UsageError

if TYPE_CHECKING:
    from flowgauge.load.runs.settings import LoadSettings

__all__ = ["Load", "add_load_flags", "check_scenarios", "load_of"]

DURATION = "30s"
DOCUMENT_VARIABLE = "FLOWGAUGE_EDITION"
"""Where the scenario of an API of the user's own reads which one it is."""
_BRIEF = ("plan", "rate", "stages")
"""What `flowgauge run` shows in its help; the others are in that of `flowgauge load`."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the load is asked to do.

    `options` are values of the scenario's options by their names; `scenarios` are those that were named, and
    none for the default ones. `edition` is one of the registry, which the scenarios know, or None; `document`
    is the edition of a document alone. `seconds` is how long arrivals last, None where the scenario says.
    """

    folder: Path
    options: Mapping[str, Any]
    scenarios: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    seconds: float | None = None
    edition: str | None = None
    document: str | None = None

    def environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """That of the Locust, from that of a stage."""
        own = {} if self.document is None else {DOCUMENT_VARIABLE: self.document}
        return {**environment, **own}

    def command(self, run_folder: Path, *, headless: bool = True) -> list[str]:
        """The Locust that makes it and writes into the run folder."""
        words = [sys.executable, "-m", "locust", "-f", str(self.folder), *self.scenarios]
        words += ["--headless"] if headless else []
        words += ["--run-folder", str(run_folder.resolve())]
        words += [f"--{name.replace('_', '-')}={value}" for name, value in self.options.items()]
        words += [] if self.edition is None else [f"--flowgauge-edition={self.edition}"]
        words += [f"--flowgauge-fault={','.join(self.faults)}"] if self.faults else []
        return words


def add_load_flags(parser: argparse.ArgumentParser, *, brief: bool) -> None:
    """Add the options of the load, which are those of `locust -f loadtests/`."""
    # Late: what a load is asked to do is read off the engine's own settings.
    from flowgauge.load.runs.settings import flag_of, options  # noqa: PLC0415

    more = "; all its options work here too, see `flowgauge load --help`" if brief else ""
    group = parser.add_argument_group("load", f"those of `locust -f loadtests/`{more}")
    group.add_argument(
        "--loadtests", type=Path, metavar="DIR", help="scenarios (default: loadtests/, or those that ship)"
    )
    group.add_argument(
        "--scenario",
        action="append",
        default=[],
        metavar="NAME",
        help="such as Mixed or ReadHeavy; repeatable (default RunPath)",
    )
    about = f"how long arrivals last (default {DURATION}, or as long as the plan or the scenario says)"
    group.add_argument("--duration", metavar="TIME", help=about)
    for name, option in options().items():
        if name in {"duration", "seed"}:
            continue
        default = f" (default {option.shown})" if option.shown != "" else ""
        shown = (
            argparse.SUPPRESS if brief and name not in _BRIEF else option.about.replace("%", "%%") + default
        )
        kind = type(option.shown)
        metavar = "TIME" if option.is_time else {str: "TEXT", int: "N", float: "NUMBER"}[kind]
        group.add_argument(flag_of(name), type=kind, metavar=metavar, help=shown)


def load_of(args: argparse.Namespace, faults: Sequence[str]) -> Load:
    """The load that the flags describe. Raises UsageError for what cannot work."""
    from flowgauge.load.runs.settings import options  # noqa: PLC0415 - as above

    given = {name: value for name in options() if (value := getattr(args, name)) is not None}
    if "plan" in given and "rate" in given:
        raise UsageError("--plan and --rate contradict each other", hint="the plan says its rates itself")
    if "capacity_step" in given and not given.get("capacity"):
        raise UsageError("--capacity-step is for a search", hint="say what for with --capacity")
    if "duration" in given and parsed_duration(given["duration"]) <= 0:
        raise UsageError("--duration must be more than 0", hint="30s is long enough to see a tail")
    if not {"plan", "capacity", "duration"} & set(given) and not args.scenario:
        given["duration"] = DURATION
    settings = _checked(given, args.edition)
    is_open_ended = bool(args.scenario) and "duration" not in given
    seconds = None if is_open_ended or settings.capacity else settings.arrival_plan().duration
    is_ours = args.edition in EDITIONS
    document = args.edition if is_document(args.edition) else None
    folder = things_folder(args.loadtests) if document else loadtests_folder(args.loadtests)
    edition = args.edition if is_ours else None
    return Load(folder, given, tuple(args.scenario), tuple(faults), seconds, edition, document)


def _checked(given: Mapping[str, Any], edition: str) -> "LoadSettings":
    """The settings that the options come to, as far as no scenario changes them.

    Raises UsageError, as Locust's side would: here before anything is sent.
    """
    from flowgauge.load.locust_adapter.options import settings_of, with_defaults  # noqa: PLC0415 - as above
    from flowgauge.load.runs.settings import options  # noqa: PLC0415

    part = load_part(edition)
    values = {name: option.shown for name, option in options().items()} | dict(given)
    settings = settings_of(with_defaults(values, part.defaults))
    settings.check(part)
    return settings


def check_scenarios(load: Load) -> None:
    """Raise UsageError where a scenario was named that there is not."""
    if not load.scenarios:
        return
    # Only Locust can read its files: it replaces the interpreter's sockets as it is imported.
    command = [sys.executable, "-m", "locust", "-f", str(load.folder), "--list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    known = [line.strip() for line in listed.stdout.splitlines()[1:] if line.strip()]
    for name in load.scenarios:
        if name not in known:
            hint = f"there are {', '.join(known)}" if known else f"no scenario was found in {load.folder}"
            raise UsageError(f"there is no scenario {name!r}", hint=hint)
