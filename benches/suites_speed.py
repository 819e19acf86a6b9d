"""Seconds of the suites: on the embedded server, far away, and on a server that holds much.

    tox -e bench-suites                       the table: embedded, 20 ms and 100 ms away, 10,000 stored
    tox -e bench-suites -- --row 20ms         one row
    tox -e bench-suites -- --workers 1        without the workers that a far server gets by itself

A small proxy on loopback delays what goes either way by half of the round trip; the server behind it is
`flowgauge serve`. Seconds are of the whole command, imports and collection included; processor seconds are
those of the suites alone. Nothing must be found.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from flowgauge.reference.server.embedded import Embedded, embedded_server

ROOT = Path(__file__).parents[1]
STORED = 10_000
# A row's name, the round trip (seconds), how many workflows are there before, and what is promised (seconds).
ROWS = (
    ("embedded", None, 0, None),
    ("near", 0.0, 0, None),
    ("20ms", 0.02, 0, 75.0),
    ("100ms", 0.1, 0, 150.0),
    ("10000-stored", 0.0, STORED, None),
)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Hand on each piece after `delay`; the next one does not wait for it."""
    loop = asyncio.get_running_loop()
    while data := await reader.read(65536):
        loop.call_later(delay, writer.write, data)
    await asyncio.sleep(delay)
    writer.close()


@contextmanager
def far_away(url: str, round_trip: float) -> Iterator[str]:
    """The root URL of a proxy that makes a server seem so far away."""
    parts, loop = urlsplit(url), asyncio.new_event_loop()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A connection takes a round trip, as it does on the way.
        await asyncio.sleep(round_trip)
        there, back = await asyncio.open_connection(parts.hostname, parts.port)
        delay = round_trip / 2
        try:
            await asyncio.gather(_pass_on(reader, back, delay), _pass_on(there, writer, delay))
        except OSError:
            writer.close()
            back.close()

    server = loop.run_until_complete(asyncio.start_server(connected, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def fill(server: Embedded, count: int) -> None:
    """Make so many workflows."""
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=headers) as client:
        for number in range(count):
            body = {"name": f"stored {number}", "stages": [{"echo": {"message": f"number {number}"}}]}
            client.post("/api/orchestration/flows", json=body).raise_for_status()


def run(flags: list[str], token: str | None) -> tuple[int, int, int, float, float]:
    """Exit code, cases, findings, seconds and processor seconds of one run of the suites."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLOWGAUGE_")}
    environment |= {"FLOWGAUGE_TOKEN": token} if token else {}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "contracts/", "-q", "-p", "no:cacheprovider", *flags]
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(  # noqa: S603 - our own command
            [*command, f"--flowgauge-run-folder={folder}"],
            cwd=ROOT,
            env=environment,
            check=False,
            capture_output=True,
        )
        seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        report = json.loads((Path(folder) / "contract.json").read_text())
    for finding in report["findings"]:
        print(f"  {finding['id']} {finding['operation']}: {finding['detail']}")
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cases = sum(row["cases"] for row in report["operations"])
    return done.returncode, cases, len(report["findings"]), seconds, worked


def main() -> int:
    """Print the table; 1 where something was found or a promise is broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--row", action="append", default=[], choices=[row[0] for row in ROWS])
    parser.add_argument("--workers", type=int, metavar="N")
    args = parser.parse_args()
    print(f"{'server':<14}{'cases':>7}{'findings':>10}{'seconds':>9}{'promised':>10}{'processor':>11}")
    is_right = True
    for name, round_trip, stored, promised in ROWS:
        if args.row and name not in args.row:
            continue
        with ExitStack() as stack:
            flags, token = [] if args.workers is None else [f"--flowgauge-workers={args.workers}"], None
            if round_trip is not None:
                server = stack.enter_context(embedded_server())
                fill(server, stored)
                url = stack.enter_context(far_away(server.url, round_trip)) if round_trip else server.url
                flags, token = [*flags, f"--flowgauge-url={url}"], server.token
            code, cases, findings, seconds, worked = run(flags, token)
        wanted = f"{promised:.0f}" if promised else "-"
        print(f"{name:<14}{cases:>7}{findings:>10}{seconds:>9.1f}{wanted:>10}{worked:>11.1f}", flush=True)
        is_right &= code == 0 and (promised is None or seconds < promised)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
