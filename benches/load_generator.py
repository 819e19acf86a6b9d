"""What a request costs the generator: requests per second of its processor time, nginx on loopback.

Every generator sends the same GET over kept connections, and all of them take turns, so that a machine that
is busy slows all of them alike. wrk is the yardstick of the closed loop: C, one thread. Ours runs inside
Locust, with journeys as generators, every status checked and two histograms recorded for each request
(validation of a sample is off); what it takes to start is left out for all. An open loop at a moderate rate
costs more for each request than a closed one that never rests: the process sleeps and wakes.

Then 20,000 arrivals of a single GET a second are held on one core; with `--journeys`, the most journeys a
second along the run path that the embedded server, on the same machine, holds are searched for as well.

    python benches/load_generator.py [--seconds 5] [--rounds 5] [--hold 30] [--journeys]
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from functools import partial

from load_programs import CONNECTIONS, Measured, Program, installed
from load_rig import BENCHES, PATH, locust, needs, nginx, our_run, table

from flowgauge.results import LoadRun

HOLD_RATE = 20_000
OPEN_RATE = 5_000
LARGEST_LAG = 0.001
CONDITION = "run.p99<250ms"
RUN_PATH = BENCHES.parent / "loadtests" / "run_path.py"


def ours(url: str, plan: str, seconds: int, scenario: str, lags: list[float]) -> Measured:
    """Our engine. Its schedule lag at p99 goes to `lags`."""
    result = our_run(url, "--plan", plan, "--duration", f"{seconds}s", scenario, timeout=seconds + 60)
    if result.failed:
        raise SystemExit(f"{result.failed} requests failed: {result.operations}")
    if not plan.startswith("closed"):
        lags.append(lag_of(result))
    return Measured(result.requests, result.workers[0].cpu_ratio * result.duration)


def lag_of(result: LoadRun) -> float:
    """Seconds by which 99 % of the arrivals were late at most."""
    return result.histograms["schedule_lag"].percentile(99) or 0.0


def users(url: str, user: str, seconds: int) -> Measured:
    """Locust's own users."""
    words = ("-H", url, "-u", str(CONNECTIONS), "-r", "100", "-t", f"{seconds}s", "--only-summary", user)
    output = locust("load_peers.py", *words, timeout=seconds + 60).output
    said = json.loads(next(line for line in output.splitlines() if line.startswith("PEER "))[5:])
    return Measured(said["requests"], said["cpu"])


def hold(url: str, seconds: int) -> bool:
    """20,000 arrivals a second on one core: whether every one left, and in time."""
    words = ("--rate", str(HOLD_RATE), "--duration", f"{seconds}s", "SingleGet")
    result = our_run(url, *words, timeout=seconds + 60)
    print(
        f"\n{HOLD_RATE} arrivals/s for {seconds} s: "
        f"{result.arrivals_started} of {result.arrivals_planned} left, "
        f"{result.failed} failed, schedule lag p99 {lag_of(result) * 1e3:.2f} ms, "
        f"{result.workers[0].cpu_ratio:.0%} of one core"
    )
    lost = result.arrivals_planned - result.arrivals_started
    return not lost and not result.failed and lag_of(result) < LARGEST_LAG


def journeys(seconds: int) -> None:
    """The most journeys a second along the run path (create, run, two or three polls) that are held."""
    words = ("--capacity", CONDITION, "--capacity-step", f"{seconds}s", "--rate", "500")
    result = our_run(None, *words, timeout=24 * (seconds + 60), file=str(RUN_PATH))
    print(f"\njourneys/s against the embedded server, steps of {seconds} s, {CONDITION}:")
    for step in result.capacity_steps:
        verdict = (
            "held" if step.held and step.is_valid else "not held" if step.is_valid else "generator unfit"
        )
        print(f"  {step.rate:>6g}/s {verdict:<16}{step.delivered_ratio:.1%} of the arrivals left in time")
    print(f"  at the best of them {result.requests} requests ended, {result.failed} failed")


CLOSED, SINGLE, JOURNEYS = (
    "flowgauge, closed loop",
    f"flowgauge, open loop, {OPEN_RATE}/s",
    f"flowgauge, open loop, {OPEN_RATE // 4} journeys/s of four",
)


def _closed(program: Program, url: str, seconds: int) -> Measured:
    assert program.closed is not None
    command = program.closed
    return program.measure(partial(command, url + PATH, seconds), url + PATH, timeout=seconds + 60)


def _open(program: Program, url: str, seconds: int) -> Measured:
    assert program.open is not None
    command = program.open
    return program.measure(partial(command, url + PATH, OPEN_RATE, seconds), url + PATH, timeout=seconds + 60)


def compared(seconds: int, rounds: int, url: str, without: Sequence[str]) -> bool:
    """Measure all in turns, print medians and ratios; whether ours reaches its aims."""
    lags: list[float] = []
    programs = installed(without)
    generators: dict[str, Callable[[], Measured]] = {
        f"{each.name}, closed loop": partial(_closed, each, url, seconds) for each in programs if each.closed
    }
    generators[CLOSED] = lambda: ours(url, f"closed {CONNECTIONS}", seconds, "FourGets", lags)
    generators["Locust FastHttpUser, closed loop"] = lambda: users(url, "FastClosed", seconds)
    generators |= {
        f"{each.name}, open loop, {OPEN_RATE}/s": partial(_open, each, url, seconds)
        for each in programs
        if each.open
    }
    generators[SINGLE] = lambda: ours(url, f"{OPEN_RATE}/s", seconds, "SingleGet", lags)
    generators[JOURNEYS] = lambda: ours(url, f"{OPEN_RATE // 4}/s", seconds, "FourGets", lags)
    rates: dict[str, list[float]] = {name: [] for name in generators}
    for _ in range(rounds):
        for name, generator in generators.items():
            measured = generator()
            rates[name].append(measured.requests / measured.cpu)

    def of(peer: str, name: str) -> float | None:
        """Round by round, so that a machine that slows down in between slows both."""
        pairs = zip(rates[name], rates.get(peer, ()), strict=False)
        return statistics.median([mine / theirs for mine, theirs in pairs] or [0.0]) or None

    peers = {peer: f"{peer}, open loop, {OPEN_RATE}/s" for peer in ("oha", "k6")}
    columns = {"of wrk, closed": "wrk, closed loop"} | {f"of {n}, open": row for n, row in peers.items()}
    rows = []
    for name in generators:
        ratios = [_ratio(of(peer, name)) for peer in columns.values()]
        rows.append([name, f"{statistics.median(rates[name]):,.0f}", *ratios])
    table(["requests per processor second", "median", *columns], rows)
    aims = [(CLOSED, "wrk, closed loop", 0.85)]
    for name in (SINGLE, JOURNEYS):
        aims += [(name, peers["oha"], 1), (name, peers["k6"], 4)]
    met = [(name, peer, of(peer, name), least) for name, peer, least in aims]
    return _reached(met, statistics.median(lags))


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _reached(aims: list[tuple[str, str, float | None, float]], lag: float) -> bool:
    """Say of each aim whether it is reached; one whose peer is not there is not reached, and says so."""
    for name, peer, ratio, least in aims:
        verdict = "not measured" if ratio is None else "reached" if ratio >= least else "MISSED"
        print(f"{verdict}: {name} at least {least:g} times {peer} ({_ratio(ratio)})")
    print(f"{'reached' if lag < LARGEST_LAG else 'MISSED'}: schedule lag p99 in open loop {lag * 1e3:.2f} ms")
    return lag < LARGEST_LAG and all(ratio is not None and ratio >= least for _, _, ratio, least in aims)


def main() -> int:
    """Measure, print: 0 if ours reaches all of its aims, and holds 20,000 arrivals/s."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=5, help="of each run (default %(default)s)")
    parser.add_argument(
        "--rounds", type=int, default=5, help="in turns, of which the median counts (default %(default)s)"
    )
    parser.add_argument(
        "--hold", type=int, default=30, help="seconds to hold 20,000 arrivals/s for (default %(default)s)"
    )
    parser.add_argument("--journeys", action="store_true", help="search for the most journeys a second, too")
    parser.add_argument("--without", nargs="+", default=[], metavar="PROGRAM", help="leave out, such as oha")
    args = parser.parse_args()
    needs("nginx")
    with nginx() as url:
        reached = compared(args.seconds, args.rounds, url, args.without)
        held = hold(url, args.hold)
    if args.journeys:
        journeys(args.seconds)
    return 0 if reached and held else 1


if __name__ == "__main__":
    sys.exit(main())
