"""A server that fails in every way, for minutes: each way under its own name, nothing hangs, memory flat.

The server draws for each request how it treats it, and keeps count; our counts have to be the same. A request
under which a kept connection ends is sent again, whether it was closed or reset, and counts as such.

    python benches/load_soak.py [--seconds 300] [--rate 200]
"""

import argparse
import json
import random
import signal
import socket
import statistics
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from load_rig import free_port, serving, table, watched_run

FINE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{"version":"1.0.0"}'
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'13\r\n{"version":"1.0.0"}\r\n0\r\n\r\n'
)
TIMEOUT = 1.0
MOST_GROWTH = 0.05
# Seconds until which memory may grow: from the fifth minute on, or from the run's first fifth on.
SETTLED = 300
ENDED = ("closed without an answer", "connection reset")


class Gone(Exception):
    """The treatment ends the connection."""


def _silence(peer: socket.socket) -> None:
    peer.settimeout(10 * TIMEOUT)
    with suppress(OSError):
        peer.recv(1)
    raise Gone


def _half_and_silence(peer: socket.socket) -> None:
    peer.sendall(FINE[:-10])
    _silence(peer)


def _half_and_close(peer: socket.socket) -> None:
    peer.sendall(FINE[:-10])
    raise Gone


def _reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Gone


def _close(_: socket.socket) -> None:
    raise Gone


def _garbage(peer: socket.socket) -> None:
    peer.sendall(random.randbytes(64))
    raise Gone


def _surplus(peer: socket.socket) -> None:
    peer.sendall(FINE + b"HTTP/1.1 200")
    raise Gone


def _status(status: bytes) -> Callable[[socket.socket], None]:
    answer = b"HTTP/1.1 " + status + b" No\r\nContent-Length: 0\r\n\r\n"
    return lambda peer: peer.sendall(answer)


def _drip(peer: socket.socket) -> None:
    for at in range(0, len(CHUNKED), 16):
        peer.sendall(CHUNKED[at : at + 16])
        time.sleep(0.002)


def _farewell(peer: socket.socket) -> None:
    peer.sendall(FINE.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
    raise Gone


# How it is called on our side, how often (in a thousand), and what the server does.
TREATMENTS: tuple[tuple[tuple[str, ...], int, Callable[[socket.socket], None]], ...] = (
    (("response timeout",), 10, _silence),
    (("response timeout",), 10, _half_and_silence),
    (("closed in mid answer",), 20, _half_and_close),
    (ENDED, 20, _reset),
    (ENDED, 20, _close),
    (("answer is not HTTP",), 20, _garbage),
    (("bytes after the answer",), 20, _surplus),
    (("status 500",), 20, _status(b"500")),
    (("shed 503",), 20, _status(b"503")),
    (("shed 429",), 20, _status(b"429")),
    ((), 100, _drip),
    ((), 100, _farewell),
    ((), 620, lambda peer: peer.sendall(FINE)),
)


def serve(port: int, counts_file: Path) -> None:
    """Treat each request as drawn; at SIGTERM write down how many were treated how."""
    counts: Counter[int] = Counter()
    random_draws = random.Random(1)
    lock = threading.Lock()
    met: list[socket.socket] = []
    weights = [weight for _, weight, _ in TREATMENTS]

    def attend(peer: socket.socket) -> None:
        pending = b""
        with peer, suppress(Gone, OSError):
            while data := peer.recv(65536):
                pending += data
                while b"\r\n\r\n" in pending:
                    pending = pending.partition(b"\r\n\r\n")[2]
                    with lock:
                        [drawn] = random_draws.choices(range(len(TREATMENTS)), weights)
                        if not met:
                            # Whether the target is there is asked before the load, and belongs to no count.
                            met.append(peer)
                            peer.sendall(FINE)
                            continue
                        counts[drawn] += 1
                    TREATMENTS[drawn][2](peer)

    def end(_signal: int, _frame: FrameType | None) -> None:
        counts_file.write_text(json.dumps(counts))
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    with socket.create_server(("127.0.0.1", port), backlog=1024) as listener:
        while True:
            peer, _ = listener.accept()
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=attend, args=(peer,), daemon=True).start()


def main() -> int:
    """Soak, compare the two counts, look at the memory: 0 if all is as it should be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=300, help="(default %(default)s)")
    parser.add_argument("--rate", type=int, default=200, help="requests a second (default %(default)s)")
    parser.add_argument("--serve", nargs=2, metavar=("PORT", "FILE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(int(args.serve[0]), Path(args.serve[1]))
        return 0
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="flowgauge-bench-") as folder:
        counts_file = Path(folder, "counts.json")
        command = [sys.executable, str(Path(__file__).resolve()), "--serve", str(port), str(counts_file)]
        words = ("--rate", str(args.rate), "--duration", f"{args.seconds}s")
        with serving(command, port) as url:
            result, memory = watched_run(
                url, *words, "--response-timeout", f"{TIMEOUT:g}s", timeout=args.seconds + 60
            )
        treated = {int(place): count for place, count in json.loads(counts_file.read_text()).items()}
    [operation] = result.operations
    due: Counter[tuple[str, ...]] = Counter()
    for place, (names, _, _) in enumerate(TREATMENTS):
        due[names] += treated.get(place, 0)
    fine = due.pop(())
    rows = [
        (
            " or ".join(names),
            count,
            sum(operation.errors.get(name, 0) for name in names) + (result.retried if names is ENDED else 0),
        )
        for names, count in due.items()
    ]
    failed = sum(operation.errors.values())
    rows.append(("(well answered)", fine, operation.requests - failed))
    table(["treatment", "by the server's count", "by ours"], rows)
    print("memory every 20 s, MB:", " ".join(f"{held:.1f}" for held in memory[::20]))
    settled = memory[min(SETTLED, len(memory) // 5) :]
    early, most = statistics.median(settled[:60]), max(settled)
    print(
        f"{result.arrivals_started} of {result.arrivals_planned} arrivals left in {args.seconds} s; "
        f"{operation.requests} requests ended, {result.retried} were sent again\n"
        f"memory: {early:.1f} MB in the minute after {len(memory) - len(settled)} s, "
        f"{most:.1f} MB at most from then on"
    )
    is_whole = result.arrivals_started == result.arrivals_planned == operation.requests
    is_same = all(theirs == mine for _, theirs, mine in rows)
    return 0 if is_whole and is_same and most <= early * (1 + MOST_GROWTH) else 1


if __name__ == "__main__":
    sys.exit(main())
