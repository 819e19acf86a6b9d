"""Eight workers on hosts of their own, a bad network to their master, and what goes wrong on the way.

Each worker lives in a network namespace. It reaches the server by a clean link, and the master by one that
delays each packet by 20 ms and loses 2 % of them. In turns:

    calm         nothing else: all that was planned is counted, percentiles are those of one engine
    events       one worker is killed, one stands still for a second, one is cut off for six and comes back,
                 a ninth comes late: what is lost is the killed one's rest, and is named to the last arrival
    master       the master is killed; what was measured stands there as cut off, its workers end by
                 themselves, and a second master at the same place runs to a clean end

    python benches/load_namespaces.py [--seconds 20] [--rate 160]

Needs Linux, root and iproute2, and says so where it has not got them.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from load_accuracy import PERCENTS
from load_rig import BENCHES, table

from flowgauge.errors import FlowgaugeError
from flowgauge.results import LoadRun, read_load_run

WORKERS = 8
DELAY, LOSS = 0.02, 0.02
SERVER, MASTER, PORT = "10.15.0.1", "10.16.0.1", 8015
LARGEST_DIFFERENCE, SMALLEST = 0.01, 0.001
MOST_CUT_OFF = 2.0
HUB = "fg-hub"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)  # noqa: S603, S607 - a bench's own command


def _host(number: int) -> str:
    return f"fg-worker{number}"


@contextmanager
def _hosts() -> Iterator[list[str]]:
    """Namespaces, joined by a clean network (10.15.0.0/24) in which the hub has the server."""
    names = [HUB, *(_host(number) for number in range(1, WORKERS + 2))]
    with ExitStack() as stack:
        for name in names:
            _ip("netns", "add", name)
            stack.callback(_ip, "netns", "del", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", HUB, "link", "add", "clean", "type", "bridge")
        _ip("-n", HUB, "addr", "add", f"{SERVER}/24", "dev", "clean")
        _ip("-n", HUB, "link", "set", "clean", "up")
        for number, name in enumerate(names[1:], 1):
            ends = (f"clean{number}", f"hub{number}")
            _ip("-n", name, "link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", HUB)
            _ip("-n", name, "addr", "add", f"10.15.0.{10 + number}/24", "dev", ends[0])
            _ip("-n", name, "link", "set", ends[0], "up")
            _ip("-n", HUB, "link", "set", ends[1], "master", "clean", "up")
        yield names


@contextmanager
def _bad_network(names: Sequence[str]) -> Iterator[Callable[..., None]]:
    """The network to the master (10.16.0.0/24); gives what cuts those of the numbers off."""
    ends = [f"{name}:bad{number}" for number, name in enumerate(names)]
    command = [sys.executable, "lossy_link.py", str(DELAY), str(LOSS), "1", *ends]
    process = subprocess.Popen(  # noqa: S603 - a bench's own command
        command, cwd=BENCHES, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    lines = process.stdin
    try:
        if process.stdout.readline() != "up\n":
            raise SystemExit("the network does not come up")
        for number, name in enumerate(names):
            address = f"10.16.0.{10 + number}" if number else MASTER
            _ip("-n", name, "addr", "add", f"{address}/24", "dev", f"bad{number}")
            _ip("-n", name, "link", "set", f"bad{number}", "up")

        def cut(*numbers: int) -> None:
            lines.write(" ".join(map(str, numbers)) + "\n")
            lines.flush()

        yield cut
    finally:
        lines.close()
        process.wait(10)


class Load(NamedTuple):
    """What is asked for: seconds, arrivals a second."""

    seconds: int
    rate: int

    @property
    def arrivals(self) -> int:
        """All of them."""
        return self.seconds * self.rate


class Processes:
    """Started in namespaces; all of them end with the block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._all:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def start(self, name: str, log: str, *words: str) -> "subprocess.Popen[bytes]":
        """Start Python with those words."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("FLOWGAUGE_", "LOCUST_"))}
        with (self._folder / log).open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - a bench's own command
                ["ip", "netns", "exec", name, sys.executable, *words],  # noqa: S607
                cwd=BENCHES,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._all.append(process)
        return process

    def worker(self, number: int) -> "subprocess.Popen[bytes]":
        """A worker on its host."""
        words = ("-m", "locust", "-f", "load_single_get.py", "--worker", "--master-host", MASTER)
        return self.start(_host(number), f"worker{number}.log", *words)

    def master(self, run: str, load: Load, *, workers: int = WORKERS) -> "subprocess.Popen[bytes]":
        """A master with that run folder; without workers, one engine for all."""
        words = ["-m", "locust", "-f", "load_single_get.py", "--headless", "-H", f"http://{SERVER}:{PORT}"]
        words += ["--run-folder", str(self._folder / run), "--check-ratio", "0", "--verify-runs", "0"]
        words += ["--rate", str(load.rate), "--duration", f"{load.seconds}s"]
        if workers:
            words += ["--master", "--master-bind-host", MASTER, "--expect-workers", str(workers)]
        return self.start(HUB, f"{run}.log", *words, "SingleGet")

    def run_of(self, run: str) -> LoadRun:
        """What stands in a run folder."""
        try:
            return read_load_run(self._folder / run)
        except FlowgaugeError as error:
            said = (self._folder / f"{run}.log").read_text(errors="replace")[-2000:]
            raise SystemExit(f"{run}: {error}\n{said}") from None

    def await_figures(self, run: str, seconds: float) -> None:
        """Wait until so many seconds of the load have been written."""
        latest = time.monotonic() + 180
        while time.monotonic() < latest:
            if (self._folder / run / "run.json").exists() and self.run_of(run).duration >= seconds:
                return
            time.sleep(0.1)
        raise SystemExit(f"{run}: no load\n{(self._folder / f'{run}.log').read_text()[-2000:]}")


class Judged:
    """What is held against what; `is_fine` where all of it is as it should be."""

    def __init__(self) -> None:
        self.is_fine = True

    def hold(self, what: str, seen: object, *, fine: bool) -> None:
        """Say what was seen."""
        self.is_fine &= fine
        print(f"{'yes' if fine else 'NO ':3}  {what}: {seen}", flush=True)


def _latencies(run: LoadRun) -> list[float]:
    return [run.histograms["info.latency"].percentile(percent) or 0.0 for percent in PERCENTS]


def _is_near(value: float, other: float) -> bool:
    return abs(value - other) <= max(LARGEST_DIFFERENCE * other, SMALLEST)


def _same(judged: Judged, name: str, run: LoadRun, one: LoadRun, percents: Sequence[float]) -> None:
    values, expected = _latencies(run), _latencies(one)
    table(
        ["ms", *(f"p{percent:g}" for percent in PERCENTS)], [_row(name, values), _row("one engine", expected)]
    )
    near = [_is_near(*pair) for pair in zip(values, expected, strict=True)][: len(percents)]
    judged.hold(f"{name}: within 1 % or 1 ms up to p{percents[-1]:g}", near, fine=all(near))


def _row(name: str, values: Sequence[float]) -> list[str]:
    return [name, *(f"{value * 1e3:.2f}" for value in values)]


def _calm(processes: Processes, judged: Judged, load: Load) -> LoadRun:
    processes.master("alone", load, workers=0).wait(load.seconds + 120)
    one = processes.run_of("alone")
    master = processes.master("calm", load)
    workers = [processes.worker(number) for number in range(1, WORKERS + 1)]
    code = master.wait(load.seconds + 240)
    run = processes.run_of("calm")
    begun = (run.arrivals_started, run.arrivals_planned)
    judged.hold("calm: begun of planned", begun, fine=begun == (load.arrivals, load.arrivals))
    judged.hold("calm: engines", len(run.workers), fine=len(run.workers) == WORKERS)
    judged.hold("calm: exit code, and what is wrong", (code, run.invalid), fine=code == 0 and not run.invalid)
    _same(judged, "calm", run, one, PERCENTS)
    for worker in workers:
        worker.wait(60)
    return one


def _events(processes: Processes, judged: Judged, cut: Callable[..., None], one: LoadRun, load: Load) -> None:
    master = processes.master("events", load)
    workers = [processes.worker(number) for number in range(1, WORKERS + 1)]
    processes.await_figures("events", 2.0)
    os.killpg(workers[0].pid, signal.SIGKILL)
    os.killpg(workers[1].pid, signal.SIGSTOP)
    cut(3)
    late = processes.worker(WORKERS + 1)
    time.sleep(1.0)
    os.killpg(workers[1].pid, signal.SIGCONT)
    time.sleep(5.0)
    cut()
    master.wait(load.seconds + 240)
    run = processes.run_of("events")
    lost = [worker for worker in run.workers if worker.lost]
    judged.hold("events: engines lost", [worker.name for worker in lost], fine=len(lost) == 1)
    kept = [worker for worker in run.workers if not worker.lost]
    whole = all(worker.arrivals_started == worker.arrivals_planned for worker in kept)
    judged.hold("events: the others began all of theirs", len(kept), fine=whole and len(kept) == WORKERS - 1)
    missing = run.arrivals_planned - run.arrivals_started
    owed = sum(worker.arrivals_planned - worker.arrivals_started for worker in lost)
    judged.hold("events: missing arrivals, and the lost one's", (missing, owed), fine=missing == owed > 0)
    answers = (run.histograms["info.latency"].count, run.arrivals_started)
    # What the killed one had begun in the last second that it told of may have been answered in the next.
    judged.hold("events: answers of arrivals", answers, fine=0 <= answers[1] - answers[0] <= WORKERS)
    judged.hold("events: named", run.invalid, fine=any("died" in sentence for sentence in run.invalid))
    # A tenth of a second of one engine in eight reaches p99; what stood still shows there, as its lag.
    _same(judged, "events", run, one, PERCENTS[:3])
    for worker in (*workers[1:], late):
        worker.wait(90)


def _restarted(processes: Processes, judged: Judged, load: Load) -> None:
    master = processes.master("killed", load)
    workers = [processes.worker(number) for number in range(1, WORKERS + 1)]
    processes.await_figures("killed", 3.0)
    begun_at = processes.run_of("killed").started_at
    killed_at = time.time()
    os.killpg(master.pid, signal.SIGKILL)
    run = processes.run_of("killed")
    missing = killed_at - begun_at - run.duration
    judged.hold("master: seconds missing after kill -9", f"{missing:.2f}", fine=missing <= MOST_CUT_OFF)
    judged.hold("master: said to be cut off", run.interrupted, fine=run.interrupted and bool(run.invalid))
    # Locust's workers wait a minute for their master, and no other takes them over.
    codes = sorted({worker.wait(load.seconds + 150) for worker in workers})
    judged.hold("master: how its workers ended", codes, fine=set(codes) <= {0, 5})
    second = processes.master("second", load)
    others = [processes.worker(number) for number in range(1, WORKERS + 1)]
    code = second.wait(load.seconds + 240)
    again = processes.run_of("second")
    begun = (again.arrivals_started, again.arrivals_planned)
    judged.hold("master: the second one's run", (code, begun), fine=code == 0 and begun[0] == begun[1] > 0)
    for worker in others:
        worker.wait(60)


def main() -> int:
    """Run all of it: 0 if nothing was lost but what had to be, and all of that was named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=30, help="of each load (default %(default)s)")
    parser.add_argument("--rate", type=int, default=160, help="arrivals a second (default %(default)s)")
    args = parser.parse_args()
    if sys.platform != "linux" or os.geteuid() or not shutil.which("ip"):
        print("skipped: namespaces need Linux, root and iproute2")
        return 0
    judged = Judged()
    load = Load(args.seconds, args.rate)
    with (
        tempfile.TemporaryDirectory(prefix="flowgauge-bench-") as folder,
        _hosts() as names,
        _bad_network(names) as cut,
        Processes(Path(folder)) as processes,
    ):
        processes.start(HUB, "server.log", "load_accuracy.py", "--serve", str(PORT), "1000000", SERVER)
        one = _calm(processes, judged, load)
        _events(processes, judged, cut, one, load)
        _restarted(processes, judged, load)
    return 0 if judged.is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
