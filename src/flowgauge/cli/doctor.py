"""See whether a server can be tested from here: environment, trust, proxy, clock, limits, what answers.

Everything is looked at, whatever else is wrong, and nothing is written to the server.

For example:
  flowgauge doctor
  flowgauge doctor --url https://host
"""

import argparse
import email.utils
import os
import platform
import resource
import shutil
import ssl
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from flowgauge import __version__
from flowgauge.cli.flags import RUN_FOLDER, add_connection_flags, connection_of
from flowgauge.cli.project.extras import install_hint, missing_from
from flowgauge.cli.project.shipped import CONTRACTS
from flowgauge.client.connection import Connection
from flowgauge.client.proxy import proxy_of
from flowgauge.durations import duration_text
from flowgauge.editions import DEFAULT_EDITION
from flowgauge.errors import ExitCode, FlowgaugeError
from flowgauge.trust import CERTIFICATE, is_insecure, trust

__all__ = ["add_arguments", "run"]

EXTRAS = ("contract", "load", "report", "server", "fake")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
ENOUGH_FILES = 4096
"""What the load may have open at a time: a connection for each request on its way."""
FAR_OFF = 2.0
"""Seconds: a server whose clock is farther off than this shows times that are not those of its requests."""
PATIENCE = 5.0
MARGIN = 21
"""Columns before what is said of a thing."""


@dataclass(frozen=True, slots=True)
class _Remark:
    """One thing that was looked at; `code` is what the command exits with for it, where it is bad."""

    level: Literal["ok", "note", "bad"]
    what: str
    says: str
    code: ExitCode = ExitCode.USAGE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_connection_flags(parser)
    parser.add_argument("--no-auth", action="store_true", help="the server asks for no token")


def run(args: argparse.Namespace) -> int:
    """Print a line for each thing; the exit code is that of the last bad one."""
    connection = connection_of(args)
    code = ExitCode.PASSED
    for remark in (*_here(), *_there(connection, args)):
        print(f"  {remark.level:<5} {remark.what:<12} {_fitted(remark.says)}", flush=True)
        if remark.level == "bad":
            code = remark.code
    return code


def _fitted(text: str) -> str:
    """The text as it stands behind its name; on a terminal in lines that fit."""
    lines = text.splitlines()
    if sys.stdout.isatty():
        room = max(60, shutil.get_terminal_size().columns) - MARGIN
        lines = [part for line in lines for part in textwrap.wrap(line, room, break_on_hyphens=False)]
    return f"\n{'':{MARGIN}}".join(lines)


def _here() -> Iterator[_Remark]:
    yield _Remark(
        "ok", "flowgauge", f"{__version__}, Python {platform.python_version()}, {platform.system()}"
    )
    for extra in EXTRAS:
        if lacking := missing_from(extra):
            yield _Remark("bad", "packages", f"{', '.join(lacking)} missing: {install_hint([extra])}")
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = files == resource.RLIM_INFINITY or files >= ENOUGH_FILES
    limit = (
        "" if enough else f": a load of more connections fails; `ulimit -n {min(most, 65536)}` allows more"
    )
    yield _Remark("ok" if enough else "note", "open files", f"{files} at a time{limit}")
    busy, processors = os.getloadavg()[0], os.cpu_count() or 1
    calm = busy < processors / 2
    hint = "" if calm else ": latencies will tell of this machine too"
    yield _Remark("ok" if calm else "note", "machine", f"{processors} processors, {busy:.1f} busy{hint}")
    if missing_from("report"):
        return
    # Late: run folders are read and written with packages that may not be there.
    from flowgauge.results import check_writable, held  # noqa: PLC0415

    if not RUN_FOLDER.exists():
        # Whoever only looks leaves nothing behind.
        is_ours = os.access(Path(), os.W_OK)
        says = "will be made" if is_ours else "cannot be made: nothing can be written here"
        yield _Remark("ok" if is_ours else "bad", "run folder", f"{RUN_FOLDER} {says}")
        return
    try:
        check_writable(RUN_FOLDER)
        with held(RUN_FOLDER):
            yield _Remark("ok", "run folder", f"{RUN_FOLDER} can be written")
    except FlowgaugeError as error:
        yield _Remark("bad", "run folder", str(error))


def _there(connection: Connection | None, args: argparse.Namespace) -> Iterator[_Remark]:
    proxies = [name for name in (*PROXIES, *map(str.lower, PROXIES)) if os.environ.get(name)]
    through = proxy_of(connection.proxy) if connection is not None else None
    if through is not None:
        yield _Remark("ok", "proxy", f"{through} is asked for everything")
    elif proxies:
        yield _Remark(
            "note",
            "proxy",
            f"{', '.join(proxies)} not used: suites and load go to the server itself, or by way of --proxy",
        )
    yield from _trust(connection)
    if connection is None:
        yield _Remark("note", "server", "none named, so an embedded one is tested; --url names yours")
        return
    yield from _clock(connection)
    lacking = missing_from("contract")
    if lacking:
        yield _Remark("bad", "server", f"not asked: {install_hint(['contract'])}")
        return
    # Late: the suites' engine, which may not be there.
    from flowgauge.cli.stages.suites import Suites, found_out  # noqa: PLC0415

    options = {"no_auth": True} if args.no_auth else {}
    asked = Suites(connection, (), DEFAULT_EDITION, CONTRACTS, options, tuple(args.header))
    try:
        edition = found_out(asked, RUN_FOLDER)
        yield _Remark("ok", "server", f"{connection.url} speaks edition {edition} and takes the credentials")
    except FlowgaugeError as error:
        yield _Remark("bad", "server", str(error), error.exit_code)


def _trust(connection: Connection | None) -> Iterator[_Remark]:
    if connection is not None and is_insecure(connection.url):
        yield _Remark("note", "trust", "the server's certificate is not verified")
        return
    named = os.environ.get("SSL_CERT_FILE")
    if named is not None and not Path(named).is_file():
        yield _Remark("bad", "trust", f"SSL_CERT_FILE names {named}, which does not exist")
        return
    if connection is not None and connection.url.startswith("https:"):
        try:
            count = len(trust().get_ca_certs())
            place = named or "the system"
            ours = os.environ.get(CERTIFICATE)
            whom = f"; the certificate of {ours} is shown" if ours else ""
            yield _Remark("ok", "trust", f"{count or 'the'} certificate authorities of {place}{whom}")
        except (OSError, ssl.SSLError) as error:
            yield _Remark("bad", "trust", f"{named or 'the system'} has no certificates to read: {error}")


def _clock(to: Connection) -> Iterator[_Remark]:
    began = time.monotonic()
    try:
        # Any answer will do: its Date, and how long it took.
        answer = httpx.get(to.url, timeout=PATIENCE, trust_env=False, verify=trust(), proxy=to.proxy)
    except (httpx.HTTPError, OSError) as error:
        yield _Remark("note", "connection", f"{error or type(error).__name__}")
        return
    took = time.monotonic() - began
    yield _Remark(
        "ok", "connection", f"an answer after {duration_text(round(took, 4))}, TCP and TLS included"
    )
    try:
        off = email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
    except (KeyError, ValueError, TypeError):
        yield _Remark("note", "clock", "the server sends no Date: its clock cannot be compared with this one")
        return
    agrees = abs(off) < FAR_OFF
    says = "that of the server agrees" if agrees else f"that of the server is {off:+.0f} s off"
    yield _Remark("ok" if agrees else "note", "clock", says)
