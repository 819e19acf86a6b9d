"""A durable reference server that is killed again and again: nothing acknowledged is lost, nothing doubled.

Some clients start runs, each when its last was acknowledged, until the server is killed with requests on
their way; the next one opens the same file. At the end all runs are listed and compared with what was
acknowledged. It exits with 1 if one is lost, or there twice, or if there are more than can have been on
their way.

    python benches/durable_kills.py [--writes 100000] [--kills 20]
"""

import argparse
import http.client
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

FLOWS = "/api/orchestration/flows"
TOKEN = "bench-t0ken"  # noqa: S105 - opens a server of this bench's own
HEADERS = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
CLIENTS = 4
# Reading again what was kept takes its time.
PATIENCE = 120.0


@contextmanager
def durable(path: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A server on the file, and where it listens."""
    command = [sys.executable, "-m", "flowgauge", "serve", "--port", "0", "--token", TOKEN]
    process = subprocess.Popen(  # noqa: S603 - our own
        [*command, "--durable", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        try:
            assert process.stdout
            yield process, urlsplit(json.loads(process.stdout.readline())["url"]).netloc
        finally:
            process.kill()


def asked(
    connection: http.client.HTTPConnection, method: str, path: str, body: str = ""
) -> dict[str, object]:
    """The JSON of an answer."""
    connection.request(method, path, body or None, HEADERS)
    read: dict[str, object] = json.loads(connection.getresponse().read())
    return read


def write(address: str, flow: str, acknowledged: list[str], enough: threading.Event, most: int) -> None:
    """Start runs until the server is gone; say when there are enough."""
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    with suppress(OSError, http.client.HTTPException):
        while True:
            answer = asked(connection, "POST", f"{FLOWS}/{flow}/runs")
            acknowledged.append(answer["data"]["id"])  # type: ignore[index]
            if len(acknowledged) >= most:
                enough.set()


def listed(address: str, flow: str) -> Counter[str]:
    """All runs, and how often each is there."""
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    found: Counter[str] = Counter()
    query: dict[str, str] = {"pageSize": "1000"}
    while query:
        page: dict[str, object] = asked(connection, "GET", f"{FLOWS}/{flow}/runs?{urlencode(query)}")[
            "cursor"
        ]  # type: ignore[assignment]
        found.update(run["id"] for run in page["data"])  # type: ignore[attr-defined]
        query = {"cursor": str(page["next"])} if page.get("next") else {}
    return found


def main() -> int:
    """Write, kill, compare: 0 if all is there once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--writes", type=int, default=100_000, help="(default %(default)s)")
    parser.add_argument("--kills", type=int, default=20, help="(default %(default)s)")
    args = parser.parse_args()
    begun, flow = time.monotonic(), ""
    acknowledged: list[str] = []
    with tempfile.TemporaryDirectory(prefix="flowgauge-bench-") as folder:
        path = Path(folder, "world.db")
        for kill in range(1, args.kills + 1):
            with durable(path) as (process, address):
                if not flow:
                    first = asked(http.client.HTTPConnection(address), "POST", FLOWS, '{"stages":[]}')
                    flow = first["data"]["id"]  # type: ignore[index]
                enough = threading.Event()
                most = args.writes * kill // args.kills
                words = (address, flow, acknowledged, enough, most)
                writers = [threading.Thread(target=write, args=words) for _ in range(CLIENTS)]
                for writer in writers:
                    writer.start()
                while not enough.wait(1.0) and any(writer.is_alive() for writer in writers):
                    pass
                process.send_signal(signal.SIGKILL)
                for writer in writers:
                    writer.join()
        with durable(path) as (_, address):
            there = listed(address, flow)
    lost = set(acknowledged) - set(there)
    doubled = [run for run, count in there.items() if count > 1]
    unsaid = len(there) - len(set(acknowledged))
    seconds = time.monotonic() - begun
    print(
        f"{len(acknowledged):,} acknowledged writes over {args.kills} kill -9 in {seconds:.0f} s: "
        f"{len(lost)} lost, {len(doubled)} doubled, {unsaid} there that nobody was told of"
    )
    is_enough = len(acknowledged) == len(set(acknowledged)) >= args.writes
    return 0 if is_enough and not lost and not doubled and unsaid <= CLIENTS * args.kills else 1


if __name__ == "__main__":
    sys.exit(main())
