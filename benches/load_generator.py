"""What a request costs the generator: requests per second of its processor time, nginx on loopback.

Every generator sends the same GET over kept connections. wrk is the yardstick: C, one thread. Ours runs
inside Locust, with journeys as generators, every status checked and two histograms recorded for each
request (validation of a sample is off); start-up is left out for it and for Locust's own users, and is
nothing for wrk. An open loop at a moderate rate costs more for each request than a closed one that never
rests: the process sleeps and wakes for each arrival and each answer.

Then 10,000 arrivals of a single GET a second are held for 30 s, and the most journeys a second along the
run path that the embedded server, on the same machine, holds are searched for.

    python benches/load_generator.py [--seconds 5] [--rounds 5] [--hold 30]
"""

import argparse
import json
import re
import statistics
import sys
from collections.abc import Callable

from load_rig import BENCHES, PATH, locust, needs, nginx, our_run, run, table

CONNECTIONS = 64
HOLD_RATE = 10_000
LARGEST_LAG = 0.005
CONDITION = "run.p99<250ms"
RUN_PATH = BENCHES.parent / "loadtests" / "run_path.py"


def wrk(url: str, seconds: int) -> tuple[int, float]:
    """Requests and processor seconds of wrk."""
    ended = run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", url + PATH], timeout=seconds + 30)
    found = re.search(r"(\d+) requests in", ended.output)
    if not found:
        raise SystemExit(f"wrk broke off:\n{ended.output}")
    return int(found[1]), ended.cpu


def ours(url: str, plan: str, seconds: int, scenario: str) -> tuple[int, float]:
    """Requests and processor seconds of our engine."""
    result = our_run(url, "--plan", plan, "--duration", f"{seconds}s", scenario, timeout=seconds + 60)
    if result.failed:
        raise SystemExit(f"{result.failed} requests failed: {result.operations}")
    return result.requests, result.workers[0].cpu_ratio * result.duration


def peer(url: str, user: str, seconds: int) -> tuple[int, float]:
    """Requests and processor seconds of Locust's own users."""
    words = ("-H", url, "-u", str(CONNECTIONS), "-r", "100", "-t", f"{seconds}s", "--only-summary", user)
    output = locust("load_peers.py", *words, timeout=seconds + 60).output
    said = json.loads(next(line for line in output.splitlines() if line.startswith("PEER "))[5:])
    return said["requests"], said["cpu"]


def hold(url: str, seconds: int) -> bool:
    """10,000 arrivals a second: whether every one left, and in time."""
    words = ("--rate", str(HOLD_RATE), "--duration", f"{seconds}s", "SingleGet")
    result = our_run(url, *words, timeout=seconds + 60)
    lag = result.histograms["schedule_lag"].percentile(99) or 0.0
    print(
        f"\n{HOLD_RATE} arrivals/s for {seconds} s: "
        f"{result.arrivals_started} of {result.arrivals_planned} left, "
        f"{result.failed} failed, schedule lag p99 {lag * 1e3:.2f} ms, "
        f"{result.workers[0].cpu_ratio:.0%} of one core"
    )
    lost = result.arrivals_planned - result.arrivals_started
    return not lost and not result.failed and lag < LARGEST_LAG


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


def compared(seconds: int, rounds: int, url: str) -> bool:
    """Measure all in turns, print medians and ratios; whether ours reaches its aim."""
    generators: dict[str, Callable[[], tuple[int, float]]] = {
        "wrk": lambda: wrk(url, seconds),
        "flowgauge, closed loop": lambda: ours(url, f"closed {CONNECTIONS}", seconds, "FourGets"),
        "flowgauge, open loop 5,000 journeys/s": lambda: ours(url, "5000/s", seconds, "FourGets"),
        "flowgauge, open loop 10,000 single GETs/s": lambda: ours(url, "10000/s", seconds, "SingleGet"),
        "Locust FastHttpUser": lambda: peer(url, "FastClosed", seconds),
        "Locust HttpUser": lambda: peer(url, "HttpClosed", seconds),
    }
    rates: dict[str, list[float]] = {name: [] for name in generators}
    for _ in range(rounds):
        for name, generator in generators.items():
            requests, cpu = generator()
            rates[name].append(requests / cpu)

    def of(peer: str, name: str) -> float:
        """Round by round, so that a machine that slows down in between slows both."""
        pairs = zip(rates[name], rates[peer], strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)

    fast = "Locust FastHttpUser"
    rows = [
        [name, f"{statistics.median(rates[name]):,.0f}", f"{of('wrk', name):.2f}", f"{of(fast, name):.1f}"]
        for name in generators
    ]
    table(["requests per processor second", "median", "of wrk", "of FastHttpUser"], rows)
    mine = "flowgauge, closed loop"
    reached = of("wrk", mine) >= 0.7 and of(fast, mine) >= 10
    print("ours reaches 0.7 of wrk and 10 times FastHttpUser" if reached else "OURS FALLS SHORT of its aim")
    return reached


def main() -> int:
    """Measure, print: 0 if ours is 0.7 of wrk and ten times FastHttpUser, and holds 10,000 arrivals/s."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=5, help="of each run (default %(default)s)")
    parser.add_argument(
        "--rounds", type=int, default=5, help="in turns, of which the median counts (default %(default)s)"
    )
    parser.add_argument(
        "--hold", type=int, default=30, help="seconds to hold 10,000 arrivals/s for (default %(default)s)"
    )
    args = parser.parse_args()
    needs("nginx", "wrk")
    with nginx() as url:
        reached = compared(args.seconds, args.rounds, url)
        held = hold(url, args.hold)
    journeys(args.seconds)
    return 0 if reached and held else 1


if __name__ == "__main__":
    sys.exit(main())
