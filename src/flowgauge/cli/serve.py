"""Run the reference server, which honours the contract to the letter or breaks it by name.

The token and the client are also read from FLOWGAUGE_TOKEN, FLOWGAUGE_CLIENT_ID and FLOWGAUGE_CLIENT_SECRET;
without a token a random one is made and shown in the readiness line, the only line on standard output.
It speaks all editions of the API over one state, unless --edition names one.
Everything is kept in memory and gone when the server stops (SIGTERM or Ctrl-C), unless --durable names a
file: then what was acknowledged is there again at the next start, and runs have gone on (not bought tokens).
Limits: bodies of 1 MiB, JSON nested 100 deep, pages of 1000 runs, and those of --limits.

For example:
  flowgauge serve --port 8080 --token s3cret
  flowgauge serve --port 8080 --durable flows.db
  flowgauge serve --fault unknown-flow-500,create-200
"""

import argparse
import json
import os
import random
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowgauge.cli.flags import add_edition_flag, add_fault_flag
from flowgauge.client.connection import ENVIRONMENT
from flowgauge.editions import DEFAULT_EDITION, EDITIONS, every_world_part, world_part
from flowgauge.errors import ExitCode, UsageError
from flowgauge.limits import limits_of
from flowgauge.reference import Access, Credential, ServedWorld
from flowgauge.reference.edition_part import WorldPart
from flowgauge.reference.faults import fault_names
from flowgauge.reference.server.durable import DurableWorld
from flowgauge.reference.world.auth import is_bearer_token
from flowgauge.reference.world.clock import steady_clock
from flowgauge.reference.world.world import World

__all__ = ["add_arguments", "run"]

IDENTITY = ("token", "other_token", "expired_token", "client_id", "client_secret")
"""What opens an embedded server: two tokens, one that has ended, and a client that may buy others."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_edition_flag(parser, or_else="all of them")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="port, 0 for a free one (default %(default)s)")
    parser.add_argument("--token", "--flowgauge-token", help="a bearer token to accept")
    parser.add_argument("--client-id", "--flowgauge-client-id", help="a client that may buy tokens")
    parser.add_argument("--client-secret", "--flowgauge-client-secret", help="that client's secret")
    parser.add_argument(
        "--token-lifetime", type=float, default=3600.0, metavar="SECONDS", help="of bought tokens"
    )
    parser.add_argument(
        "--limits",
        metavar="NAME=SIZE[,NAME=SIZE]",
        help="what a client may cost, such as memory=2GiB (see docs/limits.md) [FLOWGAUGE_LIMITS]",
    )
    add_fault_flag(parser, "see flowgauge faults")
    parser.add_argument(
        "--durable", type=Path, metavar="FILE", help="keep everything in this file (SQLite), over restarts"
    )
    parser.add_argument("--seed", type=int, help="make the ids repeatable")
    parser.add_argument("--embedded", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    # Late: uvicorn and uvloop cost more than all the other commands together.
    from flowgauge.reference.server.server import bound_socket, serve  # noqa: PLC0415

    if not 0 <= args.port <= 65535:
        raise UsageError(f"--port {args.port} is not a port", hint="0 to 65535; 0 picks a free one")
    if not 0 < args.token_lifetime < float("inf"):
        raise UsageError("--token-lifetime must be more than 0 seconds", hint="and finite: 3600 is an hour")
    # Without a dash in front, which every command line takes for an option.
    made = {name: secrets.token_hex(16) for name in IDENTITY}
    # A private server: what the environment says of another server is not meant for this one.
    given = {} if args.embedded else _given(args)
    # A token that the user gave is not repeated.
    shown = made if args.embedded else {"token": made["token"]} if "token" not in given else {}
    faults = fault_names(args.fault)
    limits = limits_of(args.limits or os.environ.get("FLOWGAUGE_LIMITS", ""))
    try:
        known = {**shown, **given}
        world = _world(args, known, faults)
    except UsageError as error:
        if not args.embedded:
            raise
        # The parent reads standard output, and raises the error again.
        print(json.dumps({"refused": error.message, "hint": error.hint}), flush=True)
        return ExitCode.USAGE
    durable = _durable(args, world, known["token"], faults) if args.durable else None
    if isinstance(world, World):
        world.limit(limits)
    listener = bound_socket(args.host, args.port)
    host, port = listener.getsockname()[:2]
    ready = {
        "flowgauge": "serve",
        "url": f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}",
        "pid": os.getpid(),
        "durable": str(args.durable) if durable else False,
        "editions": [args.edition] if args.edition else list(EDITIONS),
        "faults": faults,
        **shown,
    }

    def say_ready() -> None:
        print(json.dumps(ready), flush=True)
        if not args.embedded:
            kept = "everything is kept in memory, and lost at the end"
            if durable:
                kept = f"everything is kept in {args.durable} ({durable.replayed} requests read again)"
            print(f"flowgauge: serving {ready['url']}; {kept}", file=sys.stderr, flush=True)
            if other := _edition_to_name(args, faults):
                hint = f"a run takes {EDITIONS[-1]} unless --edition {other} is given"
                print(f"flowgauge: these faults are of {other}; {hint}", file=sys.stderr, flush=True)

    serve(
        durable or world,
        listener,
        clock=steady_clock(),
        on_ready=say_ready,
        control=sys.stdin.fileno() if args.embedded else None,
        limits=limits,
        on_reset=lambda: print('{"flowgauge": "reset"}', flush=True),
    )
    return ExitCode.PASSED


def _part(args: argparse.Namespace) -> WorldPart[Any]:
    """What is served: all editions, unless one is named. An embedded server is asked over one alone."""
    if args.edition is None and not args.embedded:
        return every_world_part()
    return world_part(args.edition or DEFAULT_EDITION)


def _edition_to_name(args: argparse.Namespace, faults: list[str]) -> str | None:
    """The edition that has the faults, where it is not the one that a run takes: the newest that answers."""
    tables = {name: world_part(name).faults for name in EDITIONS} if faults and args.edition is None else {}
    having = [name for name, table in tables.items() if {*table, *table.groups} & set(faults)]
    return having[-1] if having and having[-1] != EDITIONS[-1] else None


def _world(args: argparse.Namespace, known: Mapping[str, str], faults: list[str]) -> ServedWorld:
    part = _part(args)
    credentials = [Credential(known["token"])]
    if args.embedded:
        credentials += [
            Credential(known["other_token"]),
            Credential(known["expired_token"], expires_at=0.0),
        ]
    clients = {known["client_id"]: known["client_secret"]} if "client_id" in known else {}
    access = Access(tuple(credentials), clients, token_lifetime=args.token_lifetime)
    world: ServedWorld = part.new_world(access, random.Random(args.seed))
    part.faults.install(world, faults)
    return world


def _durable(args: argparse.Namespace, world: ServedWorld, token: str, faults: list[str]) -> DurableWorld:
    """The world, kept in a file. Raises UsageError where that cannot be."""
    others = {"--fault": faults, "--seed": args.seed is not None, "--embedded": args.embedded}
    for flag in (flag for flag, is_given in others.items() if is_given):
        raise UsageError(f"--durable and {flag} contradict each other", hint="leave one of them out")
    if not isinstance(world, World):
        raise UsageError("the server of this edition cannot be kept in a file")
    edition = args.edition and world_part(args.edition).edition.name
    return DurableWorld(world, args.durable, edition=edition or "+".join(EDITIONS), token=token)


def _given(args: argparse.Namespace) -> dict[str, str]:
    """The credentials that flags and environment name. Raises UsageError for what cannot be one."""
    names = ("token", "client_id", "client_secret")
    values = {name: getattr(args, name) or os.environ.get(ENVIRONMENT[name]) for name in names}
    given = {name: value for name, value in values.items() if value}
    if "token" in given and not is_bearer_token(given["token"]):
        raise UsageError(
            "the token holds characters that no request can carry as a bearer token",
            hint="letters, digits and -._~+/ are allowed, and = at its end",
        )
    if ("client_id" in given) != ("client_secret" in given):
        raise UsageError("a client needs an id and a secret", hint="give --client-id and --client-secret")
    return given
