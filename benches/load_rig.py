"""What the load benches share: child processes that are measured and always stopped, and a table."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flowgauge.errors import FlowgaugeError
from flowgauge.results import LoadRun, read_load_run

BENCHES = Path(__file__).parent
PATH = "/api/orchestration/_info"


@dataclass(frozen=True, slots=True)
class Ended:
    """A child's end: what it printed, and how many processor seconds it took (children of it included).

    `memory` is what it held, in MB, about once a second.
    """

    output: str
    cpu: float
    memory: tuple[float, ...] = ()


def free_port() -> int:
    """A port of the loopback interface that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def needs(*programs: str) -> None:
    """Install the Debian packages of programs that are not there; SystemExit where that cannot be done."""
    install_packages(*(program for program in programs if not shutil.which(program)))
    if missing := [program for program in programs if not shutil.which(program)]:
        raise SystemExit(f"this bench needs {' and '.join(missing)}; install the packages of that name")


def install_packages(*packages: str) -> None:
    """Install Debian packages, where that can be done."""
    apt = shutil.which("apt-get")
    if packages and apt and os.geteuid() == 0:
        for words in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run([apt, *words], capture_output=True, check=False)  # noqa: S603 - a bench's own command


def two_workers() -> tuple[str, ...]:
    """Locust's words for a master with two workers, on ports of their own."""
    port = str(free_port())
    return ("--processes", "2", "--master-bind-host", "127.0.0.1", "--master-bind-port", port,
            "--master-port", port)  # fmt: skip


def run(command: Sequence[str], *, timeout: float) -> Ended:
    """Run a child to its end; SystemExit with its last words where it fails to start or hangs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("FLOWGAUGE_", "LOCUST_"))}
    process = subprocess.Popen(  # noqa: S603 - a bench's own command
        command,
        # Not the project's root: its [tool.locust] has options that Locust alone does not know.
        cwd=BENCHES,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    )
    memory: list[float] = []
    latest = time.monotonic() + timeout
    try:
        while True:
            try:
                output, _ = process.communicate(timeout=1.0)
                break
            except subprocess.TimeoutExpired:
                memory.append(_resident(process.pid))
                if time.monotonic() > latest:
                    raise
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ended(output, cpu, tuple(memory))


def _resident(pid: int) -> float:
    """MB of memory that a process holds; 0 where it has just ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return pages * resource.getpagesize() / 1e6


def locust(file: str, *words: str, timeout: float) -> Ended:
    """Run Locust headless on a file of this folder."""
    command = [sys.executable, "-m", "locust", "-f", file, "--headless", *words]
    return run(command, timeout=timeout)


@contextmanager
def serving(command: Sequence[str], port: int) -> Iterator[str]:
    """A server as a child process, once it listens; gives its URL, and stops it at the end."""
    process = subprocess.Popen(  # noqa: S603 - a bench's own command
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        else:
            raise SystemExit(f"{command[0]} does not listen on port {port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def nginx() -> Iterator[str]:
    """Nginx with one worker, answering every path with a short JSON body."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(
            f"worker_processes 1; daemon off; pid {folder}/pid; error_log stderr;\n"
            "events { worker_connections 4096; }\n"
            f"http {{ access_log off; keepalive_requests 1000000000; server {{ listen 127.0.0.1:{port};\n"
            'location / { default_type application/json; return 200 \'{"version":"1.0.0"}\'; } } }\n'
        )
        with serving(["nginx", "-c", str(configuration)], port) as url:
            yield url


def our_run(url: str | None, *words: str, timeout: float, file: str = "load_single_get.py") -> LoadRun:
    """One run of ours inside Locust: what stands in its run folder."""
    return watched_run(url, *words, timeout=timeout, file=file)[0]


def watched_run(
    url: str | None, *words: str, timeout: float, file: str = "load_single_get.py"
) -> tuple[LoadRun, tuple[float, ...]]:
    """Like `our_run`, with the memory that the process took, second by second; no URL: an embedded server."""
    host = () if url is None else ("-H", url)
    calm = ["--check-ratio", "0", "--verify-runs", "0", "--max-schedule-lag", "60s"]
    with tempfile.TemporaryDirectory(prefix="flowgauge-bench-") as folder:
        ended = locust(file, *host, "--run-folder", folder, *calm, *words, timeout=timeout)
        try:
            return read_load_run(Path(folder)), ended.memory
        except FlowgaugeError:
            raise SystemExit(f"our run broke off:\n{ended.output[-2000:]}") from None


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table with right-aligned columns but the first."""
    lines = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        print(
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        )
