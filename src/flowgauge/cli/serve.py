"""`flowgauge serve`: run the reference server."""

import argparse
import json
import os
import random
import secrets
import sys
from typing import Any

from flowgauge.editions import DEFAULT_EDITION, EDITIONS, world_part
from flowgauge.errors import ExitCode, UsageError
from flowgauge.reference import Access, Credential, ServedWorld
from flowgauge.reference.faults import fault_names
from flowgauge.reference.world.auth import is_bearer_token
from flowgauge.reference.world.clock import steady_clock

__all__ = ["add_parser"]

EPILOG = """\
The token and the client are also read from FLOWGAUGE_TOKEN, FLOWGAUGE_CLIENT_ID and FLOWGAUGE_CLIENT_SECRET;
without a token a random one is made and shown in the readiness line, the only line on standard output.
Everything is kept in memory and gone when the server stops (SIGTERM or Ctrl-C).
Limits: bodies of 1 MiB, JSON nested 100 deep, pages of 1000 runs.

examples:
  flowgauge serve --port 8080 --token s3cret
  flowgauge serve --fault unknown-flow-500,create-200
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "serve",
        help="run the reference server",
        description="Run a server that honours the contract to the letter, or breaks it by name.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--edition",
        default=DEFAULT_EDITION,
        metavar="NAME",
        help=f"what to serve: {', '.join(EDITIONS)} (default %(default)s)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="port, 0 for a free one (default %(default)s)")
    parser.add_argument("--token", "--flowgauge-token", help="a bearer token to accept")
    parser.add_argument("--client-id", "--flowgauge-client-id", help="a client that may buy tokens")
    parser.add_argument("--client-secret", "--flowgauge-client-secret", help="that client's secret")
    parser.add_argument(
        "--token-lifetime", type=float, default=3600.0, metavar="SECONDS", help="of bought tokens"
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME[,NAME]", help="see flowgauge faults"
    )
    parser.add_argument("--seed", type=int, help="make the ids repeatable")
    parser.add_argument("--embedded", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(func=_run)


def _run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    # Late: uvicorn and uvloop cost more than all the other commands together.
    from flowgauge.reference.server.server import bound_socket, serve  # noqa: PLC0415

    if not 0 <= args.port <= 65535:
        raise UsageError(f"--port {args.port} is not a port", hint="0 to 65535; 0 picks a free one")
    if not 0 < args.token_lifetime < float("inf"):
        raise UsageError("--token-lifetime must be more than 0 seconds", hint="and finite: 3600 is an hour")
    identity = _Identity(args)
    faults = fault_names(args.fault)
    try:
        world = _world(args, identity, faults)
    except UsageError as error:
        if not args.embedded:
            raise
        # The parent reads standard output, and raises the error again.
        print(json.dumps({"refused": error.message, "hint": error.hint}), flush=True)
        return ExitCode.USAGE
    listener = bound_socket(args.host, args.port)
    host, port = listener.getsockname()[:2]
    ready = {
        "flowgauge": "serve",
        "url": f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}",
        "pid": os.getpid(),
        "durable": False,
        "faults": faults,
        **identity.shown(everything=args.embedded),
    }

    def say_ready() -> None:
        print(json.dumps(ready), flush=True)
        if not args.embedded:
            said = f"flowgauge: serving {ready['url']}; everything is kept in memory, and lost at the end"
            print(said, file=sys.stderr, flush=True)

    serve(
        world,
        listener,
        clock=steady_clock(),
        on_ready=say_ready,
        control=sys.stdin.fileno() if args.embedded else None,
        on_reset=lambda: print('{"flowgauge": "reset"}', flush=True),
    )
    return ExitCode.PASSED


def _world(args: argparse.Namespace, identity: "_Identity", faults: list[str]) -> ServedWorld:
    part = world_part(args.edition)
    credentials = (
        Credential(identity.token),
        Credential(identity.other_token),
        Credential(identity.expired_token, expires_at=0.0),
    )
    access = Access(credentials, identity.clients, token_lifetime=args.token_lifetime)
    world: ServedWorld = part.new_world(access, random.Random(args.seed))
    part.faults.install(world, faults)
    return world


class _Identity:
    """The server's credentials: given, or random where they were not."""

    def __init__(self, args: argparse.Namespace) -> None:
        given = args.token or os.environ.get("FLOWGAUGE_TOKEN")
        client_id = args.client_id or os.environ.get("FLOWGAUGE_CLIENT_ID")
        client_secret = args.client_secret or os.environ.get("FLOWGAUGE_CLIENT_SECRET")
        if given and not is_bearer_token(given):
            raise UsageError(
                "the token holds characters that no request can carry as a bearer token",
                hint="letters, digits and -._~+/ are allowed, and = at its end",
            )
        if bool(client_id) != bool(client_secret):
            raise UsageError("a client needs an id and a secret", hint="give --client-id and --client-secret")
        if args.embedded:
            # A private server: what the environment says of another server is not meant for this one.
            given, client_id, client_secret = None, "embedded", secrets.token_urlsafe(24)
        self.is_random = not given
        self.token = given or secrets.token_urlsafe(24)
        self.other_token = secrets.token_urlsafe(24)
        self.expired_token = secrets.token_urlsafe(24)
        self.clients = {client_id: client_secret} if client_id and client_secret else {}

    def shown(self, *, everything: bool) -> dict[str, str]:
        """What the readiness line may say: a token that the user gave is not repeated."""
        if not everything:
            return {"token": self.token} if self.is_random else {}
        [(client_id, client_secret)] = self.clients.items()
        return {
            "token": self.token,
            "other_token": self.other_token,
            "expired_token": self.expired_token,
            "client_id": client_id,
            "client_secret": client_secret,
        }
