"""What commands take from their surroundings alike: flags, the environment, and the revision of the code."""

import argparse
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from flowgauge.client.connection import ENVIRONMENT, Connection, connection_from
from flowgauge.editions import API_FILE, DEFAULT_EDITION, EDITIONS, default_edition
from flowgauge.errors import UsageError
from flowgauge.extra_headers import HEADER_VARIABLES
from flowgauge.inert import inert
from flowgauge.trust import CERTIFICATE, INSECURE, KEY, trust

__all__ = [
    "OF_THE_RUN",
    "RUN_FOLDER",
    "add_connection_flags",
    "add_edition_flag",
    "add_fault_flag",
    "add_path",
    "add_run_folder",
    "connection_of",
    "environment_for",
    "revision",
]

RUN_FOLDER = Path("reports/out")
OF_THE_RUN = f"that of the run, else {DEFAULT_EDITION}"
REVISIONS = ("FLOWGAUGE_REVISION", "GITHUB_SHA", "CI_COMMIT_SHA")
_HELP = {
    "url": "root URL of the server under test; without one an embedded server is started",
    "token": "bearer token",
    "client_id": "id to get a token with (client credentials)",
    "client_secret": "their secret",
    "token_url": "where to get it, if not at the server's own endpoint",
    "proxy": "http://[user:password@]host:port through which the server is asked",
}


def add_path(parser: argparse.ArgumentParser, flag: str, about: str, default: str | Path) -> None:
    """Add a flag for a file or a folder that stands somewhere by default."""
    parser.add_argument(flag, type=Path, default=Path(default), help=f"{about} (default %(default)s)")


class _IfGiven(argparse.Action):
    """Keep an argument that is there; one that is not must not overwrite what its flag said."""

    def __call__(self, _parser: object, namespace: argparse.Namespace, values: object, *_: object) -> None:
        if values is not None:
            setattr(namespace, self.dest, values)


def add_run_folder(parser: argparse.ArgumentParser, about: str) -> None:
    """Add the folder of the run that a command reads: by itself, or as `--run-folder` like everywhere."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--run-folder", type=Path, default=RUN_FOLDER, help="the same")
    about = f"{about} (default {RUN_FOLDER})"
    group.add_argument("run_folder", nargs="?", type=Path, action=_IfGiven, metavar="RUN_FOLDER", help=about)


def add_edition_flag(parser: argparse.ArgumentParser, *, or_else: str | None = None) -> None:
    """Add `--edition`; what is done without it, where that is not to take the default edition.

    With `OF_THE_RUN` it is left to `flowgauge.cli.judging.edition_of`.
    """
    names = f"{', '.join(EDITIONS)}, or an OpenAPI document, a {API_FILE} or a Python file of yours"
    usual = default_edition()
    is_open = or_else == OF_THE_RUN or (or_else is not None and usual == DEFAULT_EDITION)
    about = f"edition of the API: {names} (default: {or_else if is_open else usual})"
    parser.add_argument("--edition", default=None if is_open else usual, metavar="NAME", help=about)


def add_fault_flag(parser: argparse._ActionsContainer, about: str) -> None:
    """Add `--fault`, which may be given any number of times; `fault_names` reads it."""
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[,NAME]", help=about)


def add_connection_flags(parser: argparse.ArgumentParser) -> None:
    """Add `--url` and its siblings."""
    group = parser.add_argument_group(
        "target", "each of the first six has a variable: FLOWGAUGE_URL, FLOWGAUGE_TOKEN and so on"
    )
    for name in ENVIRONMENT:
        group.add_argument(f"--{name.replace('_', '-')}", metavar=name.upper(), help=_HELP[name])
    about = "certificate authorities to trust, as a PEM file [SSL_CERT_FILE]"
    group.add_argument("--ca-file", type=Path, metavar="FILE", help=about)
    about = f"the certificate to show a server that asks for one, as a PEM file [{CERTIFICATE}]"
    group.add_argument("--cert", type=Path, metavar="FILE", help=about)
    about = f"its key, where that is in a file of its own [{KEY}]"
    group.add_argument("--key", type=Path, metavar="FILE", help=about)
    about = f"do not verify the server's certificate; reports say so [{INSECURE}]"
    group.add_argument("--insecure", action="store_true", help=about)
    about = "goes with each request, such as a gateway's key; kept nowhere [FLOWGAUGE_HEADER_1 to _9]"
    group.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'", help=about)


def connection_of(args: argparse.Namespace) -> Connection | None:
    """The connection that the flags and the environment describe; None for the embedded server."""
    files = {"ca_file": "SSL_CERT_FILE", "cert": CERTIFICATE, "key": KEY}
    for name, variable in files.items():
        path = getattr(args, name)
        if path is None:
            continue
        if not path.is_file():
            raise UsageError(f"--{name.replace('_', '-')} {path} does not exist")
        # Read by whatever opens TLS, here and in the stages.
        os.environ[variable] = str(path.resolve())
    if args.insecure:
        os.environ[INSECURE] = "1"
    if os.environ.get(CERTIFICATE) or os.environ.get(KEY):
        # What cannot be used is said before anything is sent.
        trust()
    return connection_from(os.environ, **{name: getattr(args, name) for name in ENVIRONMENT})


def environment_for(connection: Connection | None, headers: Sequence[str] = ()) -> dict[str, str]:
    """The environment of a child that is to use the connection, and these headers if there are any.

    Secrets travel in it, since arguments can be read by every user.
    """
    values = {variable: getattr(connection, name, None) for name, variable in ENVIRONMENT.items()}
    others = {name: value for name, value in os.environ.items() if name not in values}
    if headers:
        others = {name: value for name, value in others.items() if name not in HEADER_VARIABLES}
        others |= dict(zip(HEADER_VARIABLES, headers, strict=False))
    return others | {variable: value for variable, value in values.items() if value is not None}


def revision(*, is_ours: bool) -> str:
    """The commit that is measured: what the CI says; "" where nobody knows one.

    Git is asked only where the server `is_ours`, an embedded one: of another the working directory may be
    anything.
    """
    for name in REVISIONS:
        if value := os.environ.get(name):
            # It is kept in files, and an environment holds bytes that are no text.
            return inert(value, keep="")
    if not is_ours:
        return ""
    command = ["git", "rev-parse", "HEAD"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
