"""Measure a server under load alone, and leave run.json and run.hlog in the run folder.

It is Locust over loadtests/, where the project has scenarios of its own, else over those that ship. Options
are checked before anything is sent. With --web the web UI of Locust waits at http://127.0.0.1:8089, and
answers with the load's live metrics, as Prometheus reads them, at /metrics. With --otel they go every five
seconds to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names.

A plan says when journeys begin, whatever the server does (an open loop); its parts stand between commas:
  50/s for 30s                    50 journeys a second, evenly spaced
  poisson 50/s for 30s            as many on average, at random
  ramp 0..200/s in 30s, hold 2m   rise evenly, then stay there
  steps 10..50/s by 10 every 20s  rise in steps
  spike 1000/s for 5s, hold 30s   jump, and go back to the rate before
  soak 20/s for 8h                hold for long
  pause 10s                       begin nothing
  closed 20 for 30s               20 at a time, each begun when one has ended
                                  (a closed loop, which stands alone)

For example:
  flowgauge load --url https://host --plan "ramp 0..100/s in 30s, hold 1m"
  flowgauge load --scenario Mixed --duration 1m --warm-up 5s
  flowgauge load --rate 20 --capacity "run.p99 < 250ms"      search a rate
  flowgauge load --autostop "any(latency.p99 > 2s for 10s)"  end early
"""

import argparse
import os
import sys
from collections.abc import Sequence

from flowgauge.cli.flags import (
    RUN_FOLDER,
    add_connection_flags,
    add_edition_flag,
    add_fault_flag,
    add_path,
    connection_of,
    environment_for,
)
from flowgauge.cli.project.extras import missing_from, require
from flowgauge.cli.project.shipped import CONTRACTS
from flowgauge.cli.stages.load import add_load_flags, load_of
from flowgauge.cli.stages.suites import FOUND_OUT, Suites, found_out
from flowgauge.client.connection import Connection
from flowgauge.editions import DEFAULT_EDITION
from flowgauge.errors import FlowgaugeError, UsageError
from flowgauge.reference.faults import fault_names

__all__ = ["add_arguments", "run"]

TELEMETRY = {
    "OTEL_SERVICE_NAME": "flowgauge",
    # Of its exporters the one that waits as the load does: between two requests.
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "OTEL_METRIC_EXPORT_INTERVAL": "5000",
    # What is logged is nobody's but the user's, and there are no traces.
    "OTEL_LOGS_EXPORTER": "none",
    "OTEL_TRACES_EXPORTER": "none",
}
"""What Locust's telemetry is told where the user's own variables say nothing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_connection_flags(parser)
    add_fault_flag(parser, "of the embedded server, see flowgauge faults")
    parser.add_argument("--seed", type=int, help="of everything that is drawn at random (default 1)")
    parser.add_argument("--web", action="store_true", help="wait in Locust's web UI, and start from there")
    about = "send live metrics by OpenTelemetry, as its variables OTEL_... say"
    parser.add_argument("--otel", action="store_true", help=about)
    parser.add_argument(
        "--processes", type=int, metavar="N", help="workers that share the load (default none)"
    )
    add_load_flags(parser, brief=False)
    add_edition_flag(parser, or_else=FOUND_OUT)
    add_path(parser, "--run-folder", "where to write", RUN_FOLDER)


def run(args: argparse.Namespace) -> int:
    """Become the Locust that makes the load; its exit code says whether it is fit to be judged."""
    connection = connection_of(args)
    faults = fault_names(args.fault)
    if connection is not None and faults:
        raise UsageError("faults can only be switched on in the embedded server", hint="leave the URL out")
    if connection is None and args.header:
        raise UsageError("--header is for a server of yours", hint="name it with --url")
    if args.processes is not None and args.processes < 1:
        raise UsageError("--processes must be at least 1")
    args.edition = args.edition or _edition(connection, args.header)
    load = load_of(args, faults)
    command = load.command(args.run_folder, headless=not args.web)
    command += [] if args.web else ["--flowgauge-brief", "--loglevel=WARNING"]
    command += [f"--processes={args.processes}"] if args.processes else []
    environment = load.environment(environment_for(connection, args.header))
    if args.otel:
        require("flowgauge load --otel", ("otel",))
        command.append("--otel")
        environment = TELEMETRY | environment
    # In place of this process, so that the terminal and its signals are Locust's own.
    sys.stdout.flush()
    os.execve(command[0], command, environment)  # noqa: S606 - our own command


def _edition(connection: Connection | None, headers: Sequence[str]) -> str:
    """The newest edition that the server answers with, as the suites find it out; else the default one.

    Whatever keeps it from being found out, the load meets too, and tells of.
    """
    if connection is None or missing_from("contract"):
        return DEFAULT_EDITION
    options = {} if connection.token or connection.client_id else {"no_auth": True}
    asked = Suites(connection, (), DEFAULT_EDITION, CONTRACTS, options, tuple(headers))
    try:
        edition = found_out(asked, RUN_FOLDER)
    except FlowgaugeError:
        return DEFAULT_EDITION
    print(f"flowgauge: {connection.url} speaks edition {edition}; --edition names another", flush=True)
    return edition
