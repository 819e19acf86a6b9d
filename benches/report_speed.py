"""What the report of a long run costs: ten minutes at 5,000 requests a second, every second of ten measures.

A short run of the main job gives a folder with everything in it: suites, proof, load. Its load is then
replaced by one of that size: a quarter of the requests creating, a quarter running, half polling, in a minute
of values that comes again. `flowgauge report` is timed on the folder as a child process, from start to exit.
Beside it, in turns, stands what the hdrhistogram package takes for nothing but reading the same log and
adding up each measure.

    python benches/report_speed.py [--minutes 10] [--rate 5000] [--rounds 5]
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from load_rig import table

from flowgauge.results import Histogram, LoadRun, OperationCounts, Slice, read_load_run, write_load_run

ROOT = Path(__file__).parents[1]
LONGEST_SECONDS = 5.0
MOST_MEMORY_MB = 300.0
LARGEST_KB = 300.0
# Of the requests: a journey creates, runs and polls twice.
SHARES = {"create": 0.25, "run": 0.25, "poll": 0.5}
# Values for each request, and their median in milliseconds; they are lognormal.
MEASURES = {
    "run_to_terminal": (0.25, 50.0),
    "run_to_terminal_floor": (0.25, 25.0),
    "run_server_time": (0.25, 50.0),
    "schedule_lag": (0.75, 0.1),
    **{f"{name}.{kind}": (share, 2.0) for name, share in SHARES.items() for kind in ("latency", "service")},
}
# Distinct seconds; then they come again.
DISTINCT = 60
READ_ONLY = """
import sys
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
sums = {}
reader = HistogramLogReader(sys.argv[1], HdrHistogram(1, 3_600_000_000, 3))
while (one := reader.get_next_interval_histogram()) is not None:
    sums.setdefault(one.get_tag(), HdrHistogram(1, 3_600_000_000, 3)).add(one)
print(len(sums))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one child process: wall seconds, and the most memory it held in MB."""

    seconds: float
    memory: float


def cost(command: Sequence[str]) -> Cost:
    """Run a child to its end; SystemExit where it fails in another way than by a gate."""
    with tempfile.TemporaryFile() as output:
        began = perf_counter()
        process = subprocess.Popen(  # noqa: S603 - a bench's own command
            command, cwd=ROOT, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in {0, 1}:
            output.seek(0)
            raise SystemExit(
                f"{' '.join(command)} ended with {process.returncode}:\n{output.read().decode()}"
            )
    return Cost(seconds, usage.ru_maxrss / 1024)


def seconds_of(measure: str, rate: float, seconds: int) -> Iterator[Slice]:
    """A measure second by second: `rate` times its share values in each."""
    share, milliseconds = MEASURES[measure]
    dice = random.Random(measure)
    distinct = []
    for _ in range(min(DISTINCT, seconds)):
        histogram = Histogram()
        for _ in range(round(rate * share)):
            histogram.record(milliseconds / 1e3 * dice.lognormvariate(0.0, 0.4))
        distinct.append(histogram)
    for second in range(seconds):
        yield Slice(measure, float(second), 1.0, distinct[second % len(distinct)])


def long_run(short: LoadRun, rate: float, seconds: int) -> LoadRun:
    """`short`, with the load of a long run in it."""
    slices = [each for measure in MEASURES for each in seconds_of(measure, rate, seconds)]
    whole: dict[str, Histogram] = {measure: Histogram() for measure in MEASURES}
    for each in slices:
        whole[each.measure].add(each.histogram)
    counts = {name: whole[f"{name}.latency"].count for name in SHARES}
    operations = tuple(
        OperationCounts(op.name, op.operation, counts[op.name], {})
        for op in short.operations
        if op.name in counts
    )
    journeys = counts["create"]
    return replace(
        short,
        duration=float(seconds),
        slices=tuple(slices),
        histograms=whole,
        operations=operations,
        arrivals_planned=journeys,
        arrivals_started=journeys,
        counters={"runs.started": journeys, "runs.ended": journeys},
    )


def shown(costs: Mapping[str, list[Cost]], folder: Path) -> bool:
    """Print the table; whether the report keeps its limits."""
    reading = costs["hdrhistogram, reading only"]
    rows = []
    for name, each in costs.items():
        ratio = statistics.median(a.seconds / b.seconds for a, b in zip(each, reading, strict=True))
        middle = statistics.median(c.seconds for c in each)
        rows.append([name, f"{middle:.2f}", f"{max(c.memory for c in each):.0f}", f"{ratio:.2f}"])
    table(["one run folder", "s", "MB at most", "of reading"], rows)
    page = (folder / "report.html").stat().st_size / 1e3
    log = (folder / "run.hlog").stat().st_size / 1e6
    print(f"report.html {page:.0f} kB, run.hlog {log:.1f} MB")
    own = costs["flowgauge report"]
    return (
        statistics.median(c.seconds for c in own) < LONGEST_SECONDS
        and max(c.memory for c in own) < MOST_MEMORY_MB
        and page < LARGEST_KB
    )


def main() -> int:
    """Measure, print: 0 if the report takes less than 5 s, 300 MB and 300 kB."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10, help="length of the run (default %(default)s)")
    parser.add_argument("--rate", type=float, default=5000, help="requests a second (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="in turns; medians count (default %(default)s)")
    args = parser.parse_args()
    flowgauge = [sys.executable, "-m", "flowgauge"]
    with tempfile.TemporaryDirectory(prefix="flowgauge-bench-") as room:
        folder = Path(room, "run")
        cost([*flowgauge, "run", "--duration", "5s", "--run-folder", str(folder)])
        run = long_run(read_load_run(folder), args.rate, round(args.minutes * 60))
        write_load_run(folder, run)
        print(f"{run.requests:,} requests in {run.duration:g} s, {len(run.slices):,} seconds of measures")
        commands = {
            "flowgauge report": [*flowgauge, "report", str(folder)],
            "hdrhistogram, reading only": [sys.executable, "-c", READ_ONLY, str(folder / "run.hlog")],
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(args.rounds):
            for name, command in commands.items():
                costs[name].append(cost(command))
        kept = shown(costs, folder)
    print("within 5 s, 300 MB and 300 kB" if kept else "OVER ITS LIMITS")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
