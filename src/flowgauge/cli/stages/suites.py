"""The contract suites as a stage: their options on the command line, and the pytest that carries them out."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowgauge.cli.flags import connection_of, environment_for
from flowgauge.cli.project.shipped import contracts_folder, is_shipped, templates
from flowgauge.client.connection import Connection
from flowgauge.editions import EDITIONS, contract_part, edition_named, world_part_if_any
from flowgauge.errors import UsageError
from flowgauge.reference.faults import fault_names

if TYPE_CHECKING:
    from flowgauge.contract.settings import Settings
    from flowgauge.contract.target import Target

__all__ = [
    "FOUND_OUT",
    "Suites",
    "add_suite_flags",
    "asked_target",
    "check_target",
    "found_out",
    "suites_of",
]

FOUND_OUT = "the newest that the server at --url answers with, else v0"

_OWN_SERVER = ("token", "client_id", "client_secret", "token_url", "proxy", "no_auth", "allow", "header")
"""Flags that say something of a server of the user's, and nothing of an embedded one."""


@dataclass(frozen=True, slots=True)
class Suites:
    """What the suites are asked to do.

    `connection` is None for the embedded server, and `faults` are only for that one. `options` are values of
    pytest's options by their names without the prefix; `headers` may hold secrets and travel in the
    environment, never in arguments. `waivers` is None for the file beside the suites. An edition that
    `is_found_out` they find out as well, and say how.
    """

    connection: Connection | None
    faults: tuple[str, ...]
    edition: str
    folder: Path
    options: Mapping[str, Any]
    headers: tuple[str, ...] = ()
    waivers: Path | None = None
    is_found_out: bool = False

    def command(self, run_folder: Path) -> list[str]:
        """The pytest that runs them and writes into the run folder."""
        words = [sys.executable, "-m", "pytest", str(self.folder), "-p", "no:cacheprovider"]
        if is_shipped(self.folder):
            # Settings of the project that this is called in are for its own tests.
            words += ["-c", str(templates() / "pytest.ini"), f"--rootdir={Path.cwd()}"]
        # Absolute: pytest takes it from its root, wherever that is.
        words += [f"--flowgauge-run-folder={run_folder.resolve()}", *self._edition()]
        words += [f"--flowgauge-fault={','.join(self.faults)}"] if self.faults else []
        words += [f"--flowgauge-waivers={self.waivers.resolve()}"] if self.waivers else []
        for name, value in self.options.items():
            flag = f"--flowgauge-{name.replace('_', '-')}"
            values = value if isinstance(value, list) else [value]
            words += [flag] if value is True else [f"{flag}={each}" for each in values]
        return words

    def _edition(self) -> list[str]:
        return [] if self.is_found_out else [f"--flowgauge-edition={self.edition}"]

    def environment(self, run_folder: Path) -> dict[str, str]:
        """That of the pytest."""
        environment = environment_for(self.connection, self.headers)
        if is_shipped(self.folder):
            # Hypothesis keeps a folder beside where it is called, and nobody's project is meant.
            environment["HYPOTHESIS_STORAGE_DIRECTORY"] = str(run_folder.resolve() / ".hypothesis")
        # Its own options are for its own tests, as its settings are.
        environment.pop("PYTEST_ADDOPTS", None)
        return environment


def add_suite_flags(parser: argparse.ArgumentParser) -> None:
    """Add the options of the suites, which are those of `pytest contracts/` without their prefix."""
    group = parser.add_argument_group("contract suites")
    add = group.add_argument
    add("--contracts", type=Path, metavar="DIR", help="suites (default: contracts/, or those that ship)")
    add("--read-only", action="store_true", help="send no request that could change anything")
    add("--no-auth", action="store_true", help="the server asks for no token: send none, look at none")
    about = "cases that are sent to no server of others unless they are allowed, such as `money`"
    add("--allow", action="append", default=[], metavar="NAME[,NAME]", help=about)
    add("--budget", type=float, metavar="SECONDS", help="how long the suites may take")
    add("--examples", type=int, metavar="N", help="examples per generated test (default 30)")
    add(
        "--workers",
        type=int,
        metavar="N",
        help="processes that share the tests (default: as fits the target)",
    )
    add("--limits", metavar="NAME=SIZE[,...]", help="what an answer may cost, such as unpacked=16MiB")
    add("--tail", type=float, metavar="SECONDS", help="hardly any answer may take so long (default 1)")


def suites_of(args: argparse.Namespace) -> Suites:
    """The suites that the flags and the environment describe. Raises UsageError for what cannot work."""
    connection = connection_of(args)
    if connection is None:
        for name in _OWN_SERVER:
            if getattr(args, name):
                flag = f"--{name.replace('_', '-')}"
                raise UsageError(f"{flag} is for a server of yours", hint="name it with --url")
    options = {
        name: value
        for name in (
            "seed",
            "read_only",
            "no_auth",
            "allow",
            "budget",
            "examples",
            "workers",
            "tail",
            "limits",
        )
        if (value := getattr(args, name)) is not None and value is not False and value != []
    }
    return Suites(
        connection=connection,
        faults=tuple(fault_names(args.fault)),
        edition=args.edition,
        folder=contracts_folder(args.contracts),
        options=options,
        headers=tuple(args.header),
    )


def check_target(suites: Suites, run_folder: Path) -> None:
    """Ask the target who it is, and check all options of the suites, before anything runs.

    Raises UsageError for what cannot work, and TargetError for a server that cannot be judged.
    """
    with asked_target(suites, run_folder, read_only=True):
        pass


@contextlib.contextmanager
def asked_target(suites: Suites, run_folder: Path, *, read_only: bool) -> "Iterator[Target | None]":
    """The target that was asked who it is; None for an embedded one, of which that is known.

    Raises as `check_target` does. Whoever only asks what answers writes nothing.
    """
    # Late: the suites' engine is heavy, and only few commands need it.
    from flowgauge.contract.targets.opening import open_target  # noqa: PLC0415

    part, world = contract_part(suites.edition), world_part_if_any(suites.edition)
    if world is not None:
        world.faults.named(suites.faults)
    asked = _asked(suites, run_folder, read_only=read_only)
    part.check_guards(asked.allowed)
    if asked.connection is None:
        yield None
        return
    with open_target(asked, part) as target:
        yield target


def found_out(suites: Suites, run_folder: Path) -> str:
    """The edition that the server speaks: of several the newest. Raises TargetError where that is none."""
    from flowgauge.contract.targets.spoken_edition import spoken_edition  # noqa: PLC0415 - as above

    settings = _asked(suites, run_folder, read_only=True)
    editions = [edition_named(name) for name in reversed(EDITIONS)]
    if not settings.needs_auth:
        editions = [edition.without_security() for edition in editions]
    edition, _ = spoken_edition(settings, editions)
    return edition.name


def _asked(suites: Suites, run_folder: Path, *, read_only: bool) -> "Settings":
    """The settings of the suites."""
    from flowgauge.contract.settings import settings_from  # noqa: PLC0415 - as above

    options = {"target": "server", "examples": None, "seed": 1} | dict(suites.options)
    options |= {"fault": list(suites.faults), "run_folder": run_folder, "header": list(suites.headers)}
    options |= {"read_only": read_only}
    return settings_from(
        {f"flowgauge_{name}": value for name, value in options.items()},
        suites.environment(run_folder),
        root=Path(),
    )
