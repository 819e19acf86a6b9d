"""Which load generator tells the truth about a server that stalls.

The server takes 20 ms for a request, and freezes for 500 ms every 5 s; 200 requests a second. The latency of
a request counts from the moment it was due, so its distribution can be written down (`truth`). Each load
generator measures the same server in turn. A tenth of the requests meet a freeze, so that p90 lies where the
latencies begin to be 5 ms apart in each freeze, and a few requests that the machine itself held up move it by
a percent. So ours, one worker and two, run several times in turns, and each percentile's median counts.

    python benches/load_accuracy.py [--seconds 60] [--rounds 5]
"""

import argparse
import json
import selectors
import socket
import statistics
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from load_programs import PERCENTS, installed
from load_rig import PATH, free_port, locust, our_run, serving, table, two_workers

SERVICE, FREEZE, PERIOD, RATE = 0.020, 0.500, 5.0, 200
SPIN = 0.001
# What it takes to hand one answer over, on both sides together, about.
SEND = 30e-6
LARGEST_DIFFERENCE = 0.01
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{"version":"1.0.0"}'


def truth(percent: float) -> float:
    """The latency in seconds that `percent` of the requests do not exceed, by the server's own rule."""
    steps = 200_000
    latencies = []
    for step in range(steps):
        phase = PERIOD * (step + 0.5) / steps
        if phase < FREEZE:
            latencies.append(FREEZE - phase + SERVICE)
        elif phase > PERIOD - SERVICE:
            # Answered only after the freeze that its answer would have fallen into.
            latencies.append(PERIOD - phase + FREEZE)
        else:
            latencies.append(SERVICE)
    latencies.sort()
    return latencies[min(int(percent / 100 * steps), steps - 1)]


def serve(port: int, period: float, host: str) -> None:
    """Answer each request 20 ms after it came, to the microsecond, and freeze once in a while, by the clock.

    Timers of event loops round to milliseconds, which would be the largest error in the table: the last
    millisecond before an answer is spent in looking at the clock.
    """
    listener = socket.create_server((host, port), backlog=1024)
    listener.setblocking(False)
    waiting = selectors.DefaultSelector()
    waiting.register(listener, selectors.EVENT_READ)
    answers: deque[tuple[float, socket.socket]] = deque()
    freezes_at = time.monotonic() + period

    def take_in(seconds: float, came_at: float | None = None) -> bool:
        ready = waiting.select(seconds)
        due = (came_at or time.monotonic()) + SERVICE
        for key, _ in ready:
            requests = _received(key.fileobj, listener, waiting)
            answers.extend((due, key.fileobj) for _ in range(requests))  # type: ignore[misc]
        return bool(ready)

    while True:
        upcoming = min(answers[0][0] if answers else freezes_at, freezes_at)
        take_in(max(upcoming - time.monotonic() - SPIN, 0.0))
        now = time.monotonic()
        if now >= freezes_at:
            thaws_at = freezes_at + FREEZE
            while (left := thaws_at - time.monotonic()) > 0:
                time.sleep(max(left - SPIN, 0.0))
            # What came while it was frozen counts from the thaw: taking it in is not service.
            while take_in(0.0, thaws_at):
                pass
            _spread(answers)
            freezes_at += period
        while answers and answers[0][0] <= time.monotonic():
            with suppress(OSError):
                answers.popleft()[1].send(ANSWER)


def _spread(answers: deque[tuple[float, socket.socket]]) -> None:
    """Let the many answers that are due at one moment leave one after another, the last one at that moment.

    A hundred of them take milliseconds to hand over, which is not the service that the table is about.
    """
    latest = float("inf")
    for place in range(len(answers) - 1, -1, -1):
        due, peer = answers[place]
        latest = min(due, latest - SEND)
        answers[place] = latest, peer


def _received(peer: Any, listener: socket.socket, waiting: selectors.BaseSelector) -> int:
    """Read what is there; how many requests that is."""
    if peer is listener:
        peer, _ = listener.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(peer, selectors.EVENT_READ)
        return 0
    try:
        data: bytes = peer.recv(65536)
    except OSError:
        data = b""
    if not data:
        waiting.unregister(peer)
        peer.close()
    return data.count(b"\r\n\r\n")


class OwnRun(NamedTuple):
    """What our engine says, in seconds; how many requests it planned and how many were answered."""

    percentiles: list[float]
    planned: int
    counted: int


def ours(url: str, seconds: int, *words: str) -> OwnRun:
    """One run of our engine."""
    result = our_run(url, "--rate", str(RATE), "--duration", f"{seconds}s", *words, timeout=seconds + 60)
    histogram = result.histograms["info.latency"]
    values = [histogram.percentile(percent) or 0.0 for percent in PERCENTS]
    return OwnRun(values, result.arrivals_planned, histogram.count)


def peer(url: str, seconds: int, user: str, users: int) -> list[float | None]:
    """What Locust's own users say, in seconds."""
    words = ("-H", url, "-u", str(users), "-r", str(users), "-t", f"{seconds}s", "--only-summary", user)
    output = locust("load_peers.py", *words, timeout=seconds + 60).output
    said = json.loads(next(line for line in output.splitlines() if line.startswith("PEER "))[5:])
    return [said["percentiles"][f"{percent:g}"] / 1e3 for percent in PERCENTS]


def _programs(url: str, seconds: int, without: Sequence[str]) -> dict[str, list[float | None]]:
    """What other people's generators say, in seconds: in open loop where they have one."""
    said: dict[str, list[float | None]] = {}
    for program in installed(without):
        opened, closed = program.open, program.closed
        if opened is not None:
            name, command = program.name, partial(opened, url, RATE, seconds)
        else:
            assert closed is not None
            name, command = f"{program.name}, closed loop", partial(closed, url, seconds)
        said[name] = [*program.measure(command, url, timeout=seconds + 60).percentiles]
    return said


def main() -> int:
    """Measure, print, judge: 0 if ours keeps to the truth, and two workers to one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=60, help="of each run (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of ours (default %(default)s)")
    parser.add_argument("--without", nargs="+", default=[], metavar="PROGRAM", help="leave out, such as oha")
    parser.add_argument("--serve", nargs=3, metavar=("PORT", "PERIOD", "HOST"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(int(args.serve[0]), float(args.serve[1]), args.serve[2])
        return 0
    # The freezes' beginnings wander through the space between two arrivals: were they in step with the
    # arrivals, every freeze would show the same hundred latencies, 5 ms apart.
    period = PERIOD + 1 / RATE / max(args.seconds / PERIOD, 1)
    port = free_port()
    command = [
        sys.executable,
        str(Path(__file__).resolve()),
        "--serve",
        str(port),
        f"{period:.6f}",
        "127.0.0.1",
    ]
    with serving(command, port) as url:
        alone, together = [], []
        for _ in range(args.rounds):
            alone.append(ours(url, args.seconds))
            together.append(ours(url, args.seconds, *two_workers()))
        one, two = _medians(alone), _medians(together)
        measured: dict[str, list[float | None]] = {
            "flowgauge": [*one],
            "flowgauge, two workers merged": [*two],
            **_programs(url + PATH, args.seconds, args.without),
            "Locust FastHttpUser, paced": peer(url, args.seconds, "FastPaced", RATE),
            "Locust HttpUser, paced": peer(url, args.seconds, "HttpPaced", RATE),
            "Locust FastHttpUser, closed loop": peer(url, args.seconds, "FastClosed", 4),
        }
    expected = [truth(percent) for percent in PERCENTS]
    rows = [["truth (analytic)", *_cells([*expected]), "", ""]]
    rows += [
        [
            name,
            *_cells(values),
            f"{_off(values, expected):.1%}",
            "yes" if _is_near(values, expected) else "no",
        ]
        for name, values in measured.items()
    ]
    table(["ms", *(f"p{percent:g}" for percent in PERCENTS), "off by at most", "within 1 % or 1 ms"], rows)
    planned = RATE * args.seconds
    counts = [(run.planned, run.counted) for run in (*alone, *together)]
    print(f"arrivals planned and answered in each of our {len(counts)} runs: {sorted(set(counts))}")
    print(f"two workers differ from one by at most {_off([*two], one):.1%}")
    is_whole = set(counts) == {(planned, planned)}
    is_true = _is_near([*one], expected) and _is_near([*two], expected)
    return 0 if is_whole and is_true and _off([*two], one) <= LARGEST_DIFFERENCE else 1


def _medians(runs: list[OwnRun]) -> list[float]:
    return [statistics.median(values) for values in zip(*(run.percentiles for run in runs), strict=True)]


def _cells(values: list[float | None]) -> list[str]:
    return ["-" if value is None else f"{value * 1e3:.1f}" for value in values]


def _off(values: list[float | None], expected: list[float]) -> float:
    pairs = zip(values, expected, strict=True)
    return max(abs(value - true) / true for value, true in pairs if value is not None)


def _is_near(values: list[float | None], expected: list[float]) -> bool:
    return all(
        value is not None and abs(value - true) <= max(LARGEST_DIFFERENCE * true, 0.001)
        for value, true in zip(values, expected, strict=True)
    )


if __name__ == "__main__":
    sys.exit(main())
