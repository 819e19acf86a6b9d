"""Compare two servers measured in turns.

Whatever else the machine is doing hits both servers alike, because they take turns (A B, B A, A B, ...):
this is the comparison for a noisy runner, where absolute percentiles flake. Each needs at least ten
seconds of load in all; more rounds beat longer ones.

Credentials are read as everywhere (FLOWGAUGE_TOKEN and so on) and used for both; FLOWGAUGE_TOKEN_B is the
token of B where it has another.

For example:
  flowgauge ab http://127.0.0.1:8080 http://127.0.0.1:8081 --rounds 6
"""

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from flowgauge.cli.comparison.baseline import add_comparison_flags, figures_of, ratio_of, told_comparison
from flowgauge.cli.flags import add_edition_flag, add_path, environment_for
from flowgauge.cli.stages.load import Load, add_load_flags, check_scenarios, load_of
from flowgauge.cli.stages.stage import Stage, carry_out
from flowgauge.client.connection import connection_from
from flowgauge.errors import ExitCode, FlowgaugeError, NoDataError, TargetError, UsageError
from flowgauge.results import LoadRun, read_load_run

__all__ = ["Measurement", "add_arguments", "compare_in_turns", "run", "turns"]

MOST_ROUNDS = 50
BROKEN_OFF: dict[int, type[FlowgaugeError]] = {ExitCode.USAGE: UsageError, ExitCode.UNREACHABLE: TargetError}
"""What a load that ended so means for the comparison; anything else is no data."""

Measurement = Callable[[str, str, Path], int]
"""Measure the server called "a" or "b" at a URL into a run folder; answers the exit code of the load."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("a", metavar="URL_A", help="the server as it was")
    parser.add_argument("b", metavar="URL_B", help="the server as it would be")
    parser.add_argument("--rounds", type=int, default=4, help="turns of each (default %(default)s)")
    add_comparison_flags(parser)
    add_load_flags(parser, brief=True)
    parser.set_defaults(duration="10s", seed=None)
    add_edition_flag(parser)
    add_path(parser, "--run-folder", "where to write", "reports/out/ab")


def run(args: argparse.Namespace) -> int:
    """Measure in turns, compare, print the table."""
    if not 1 <= args.rounds <= MOST_ROUNDS:
        raise UsageError(f"--rounds {args.rounds} is not in 1..{MOST_ROUNDS}")
    minimum = ratio_of(args.minimum)
    figures = figures_of(args.measure)
    # All that can be wrong is said before the first turn, not after it.
    load = load_of(args, ())
    check_scenarios(load)
    for url in (args.a, args.b):
        connection_from(os.environ, url=url)
    before, after = compare_in_turns(
        {"a": args.a, "b": args.b}, args.run_folder, rounds=args.rounds, measure=_locust(load)
    )
    print(f"\nB against A, {args.rounds} turns of {args.duration} each:\n")
    return told_comparison(before, after, figures, minimum=minimum, servers=False)


def turns(rounds: int) -> Iterator[str]:
    """A B, B A, A B, ...: neither server is always the first of a round, so a steady drift cancels out."""
    for number in range(rounds):
        yield from ("a", "b") if number % 2 == 0 else ("b", "a")


def compare_in_turns(
    urls: dict[str, str], folder: Path, *, rounds: int, measure: Measurement
) -> tuple[list[LoadRun], list[LoadRun]]:
    """Measure both servers in turns; the runs of each. Raises where a turn broke off."""
    runs: dict[str, list[LoadRun]] = {"a": [], "b": []}
    for name in turns(rounds):
        place = folder / f"{name}-{len(runs[name]) + 1}"
        print(f"  {name.upper()} {len(runs[name]) + 1} of {rounds}  {urls[name]}", flush=True)
        code = measure(name, urls[name], place)
        if code not in {ExitCode.PASSED, ExitCode.FAILED, ExitCode.INVALID}:
            broken_off = BROKEN_OFF.get(code, NoDataError)
            raise broken_off(f"the load on {urls[name]} broke off (exit code {code}); see {place}/load.log")
        runs[name].append(read_load_run(place))
    return runs["a"], runs["b"]


def _locust(load: Load) -> Measurement:
    def measure(name: str, url: str, folder: Path) -> int:
        token = os.environ.get("FLOWGAUGE_TOKEN_B") if name == "b" else None
        environment = environment_for(connection_from(os.environ, url=url, token=token))
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob("run.*"):
            stale.unlink()
        return carry_out(Stage("load", load.command(folder), folder / "load.log", load.seconds), environment)

    return measure
