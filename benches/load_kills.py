"""Kill -9 at random moments, of whoever takes part in a load: what is lost, and what the gate says.

Each time a load is started, alone or with two workers, and one process of it is killed: itself, the master
or a worker; or a search for the capacity, alone. A run folder that can be read must lack two seconds at the
most, and no gate may be green, whether something is left or nothing.

    python benches/load_kills.py [--kills 200] [--seed 1] [--at-once 1]
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from load_rig import free_port, serving, table, two_workers

from flowgauge.errors import NoDataError
from flowgauge.results import LOAD_FILE, read_load_run

ROOT = Path(__file__).resolve().parents[1]
MOST_LOST = 2.0
# Seconds after its start: before that Locust makes its processes, and there is nothing to lose.
EARLIEST, LATEST = 3.5, 12.0
VICTIMS = ("alone", "master", "worker", "search")
SEARCH = ("--capacity", "run.p99<250ms", "--capacity-step", "2s")


def _members(group: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(entry.parent.name))
    return found


def _killed(url: str, folder: Path, victim: str, after: float) -> float:
    """Start a load, kill one of it after so many seconds; when that was (seconds since the epoch)."""
    words = ["--headless", "-t", "60s", "-H", url, "--flowgauge-token", "of-the-bench", "--rate", "20"]
    words += two_workers() if victim in {"master", "worker"} else SEARCH if victim == "search" else ()
    process = subprocess.Popen(  # noqa: S603 - a bench's own command
        [sys.executable, "-m", "locust", "-f", "loadtests/", "--run-folder", str(folder), *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        time.sleep(after)
        workers = [pid for pid in _members(process.pid) if pid != process.pid]
        os.kill(workers[0] if victim == "worker" and workers else process.pid, signal.SIGKILL)
        moment = time.time()
        if victim == "worker" and process.poll() is None:
            # What the others measure goes on; it is the end of the run that is looked at.
            process.send_signal(signal.SIGINT)
        for _ in range(600):
            if process.poll() is not None and not _members(process.pid):
                return moment
            time.sleep(0.05)
        raise SystemExit(f"a process outlives the kill of {victim}")
    finally:
        if _members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _gate(folder: Path) -> int:
    command = [sys.executable, "-m", "flowgauge", "gate", "--run-folder", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode  # noqa: S603


@dataclass(frozen=True, slots=True)
class Kill:
    """One of them: seconds lost, None where nothing was measured yet, and the gate's exit code."""

    victim: str
    lost: float | None
    code: int


def _kill(url: str, victim: str, after: float) -> Kill:
    with tempfile.TemporaryDirectory(prefix="flowgauge-bench-") as name:
        folder = Path(name)
        moment = _killed(url, folder, victim, after)
        try:
            run = read_load_run(folder)
        except NoDataError:
            return Kill(victim, None, _gate(folder))
        if victim == "search":
            # Its steps are written one after another, and between two of them nothing is measured.
            return Kill(victim, moment - (folder / LOAD_FILE).stat().st_mtime, _gate(folder))
        return Kill(victim, moment - run.started_at - run.duration, _gate(folder))


def _row(victim: str, kills: list[Kill]) -> tuple[object, ...]:
    codes = Counter(kill.code for kill in kills)
    return (
        victim,
        len(kills),
        sum(kill.lost is None for kill in kills),
        f"{max((kill.lost for kill in kills if kill.lost is not None), default=0.0):.2f}",
        " ".join(f"{code}: {count}" for code, count in sorted(codes.items())),
    )


def main() -> int:
    """Kill, look, and count: 0 if no more than two seconds were ever lost and no gate was green."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="(default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (default %(default)s)")
    parser.add_argument("--at-once", type=int, default=1, help="loads side by side (default %(default)s)")
    args = parser.parse_args()
    draws = random.Random(args.seed)
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(args.kills)]
    moments = [draws.uniform(EARLIEST, LATEST) for _ in victims]
    port = free_port()
    server = [sys.executable, "-m", "flowgauge", "serve", "--port", str(port), "--token", "of-the-bench"]
    kills: list[Kill] = []
    with serving(server, port) as url, ThreadPoolExecutor(args.at_once) as pool:
        for kill in pool.map(_kill, [url] * args.kills, victims, moments):
            kills.append(kill)
            lost = "before any second" if kill.lost is None else f"{kill.lost:.2f} s lost"
            told = f"{len(kills):>4} of {args.kills}: {kill.victim}, {lost}, gate {kill.code}"
            print(told, file=sys.stderr, flush=True)
    rows = [_row(victim, [kill for kill in kills if kill.victim == victim]) for victim in VICTIMS]
    table(["killed", "times", "before any second", "most seconds lost", "exit codes of the gate"], rows)
    is_kept = all(kill.lost is None or kill.lost <= MOST_LOST for kill in kills)
    return 0 if is_kept and all(kill.code for kill in kills) else 1


if __name__ == "__main__":
    sys.exit(main())
