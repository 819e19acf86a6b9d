"""Other people's load generators: installed from their registries, run, and their own figures read.

Each is taken from PATH, or installed once into a folder of the user's cache: with Go's module proxy (k6,
vegeta, hey), crates.io (oha) or as a Debian package (wrk). What cannot be installed is left out by name.
"""

import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from load_rig import Ended, install_packages, run

__all__ = ["CONNECTIONS", "PERCENTS", "PROGRAMS", "Measured", "Program", "installed"]

CONNECTIONS = 64
PERCENTS = (50.0, 90.0, 95.0, 99.0, 99.9)
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flowgauge-benches"
# oha is 400 crates.
INSTALLS_WITHIN = 1800.0
K6_SCRIPT = """
import http from 'k6/http';
const open = { executor: 'constant-arrival-rate', rate: Number(__ENV.RATE), timeUnit: '1s',
               preAllocatedVUs: 200, maxVUs: 1000 };
const closed = { executor: 'constant-vus', vus: Number(__ENV.VUS) };
const once = { executor: 'shared-iterations', vus: 1, iterations: 1 };
const chosen = { open: open, closed: closed, once: once }[__ENV.WAY];
if (__ENV.WAY !== 'once') { chosen.duration = __ENV.SECONDS + 's'; }
export const options = { scenarios: { it: chosen }, discardResponseBodies: true,
                         summaryTrendStats: ['p(50)', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)'] };
export default function () { http.get(__ENV.URL); }
export function handleSummary(data) { return { [__ENV.OUT]: JSON.stringify(data) }; }
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a program says of itself: requests that were answered, latencies in seconds by `PERCENTS`.

    `cpu` is processor seconds, without what it takes to start and to send a single request.
    """

    requests: int
    cpu: float
    percentiles: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """One load generator. Commands get the file that it may write to; `read` gets that, and its words.

    `once` sends one request: what that costs is taken off. None where starting costs nothing.
    """

    name: str
    install: Sequence[str]
    once: Callable[[str, Path], Sequence[str]] | None
    read: Callable[[str, Path], tuple[int, tuple[float | None, ...]]]
    closed: Callable[[str, int, Path], Sequence[str]] | None = None
    open: Callable[[str, int, int, Path], Sequence[str]] | None = None

    def measure(self, command: Callable[[Path], Sequence[str]], url: str, *, timeout: float) -> Measured:
        """Run it, as `command` says."""
        with tempfile.TemporaryDirectory(prefix="flowgauge-bench-") as folder:
            out = Path(folder, "out")
            start = self._run(self.once(url, out), timeout=60).cpu if self.once else 0.0
            ended = self._run(command(out), timeout=timeout)
            requests, percentiles = self.read(ended.output, out)
        return Measured(requests, max(ended.cpu - start, 1e-9), percentiles)

    def _run(self, words: Sequence[str], *, timeout: float) -> Ended:
        return run([str(_found(self.name)), *words], timeout=timeout)


def installed(without: Sequence[str] = ()) -> list[Program]:
    """Those that are there, or can be made to be; says which are not. `without` are not wanted."""
    there = []
    for program in (each for each in PROGRAMS if each.name not in without):
        if _found(program.name) is None:
            _install(program)
        if _found(program.name) is not None:
            there.append(program)
        else:
            print(f"left out: {program.name}, which `{' '.join(program.install)}` does not install here")
    return there


def _found(name: str) -> Path | None:
    path = shutil.which(name) or shutil.which(name, path=str(CACHE / "bin"))
    return Path(path) if path else None


def _install(program: Program) -> None:
    command = program.install
    if command[0] == "apt-get":
        install_packages(program.name)
        return
    if shutil.which(command[0]) is None:
        return
    (CACHE / "bin").mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"GOBIN": str(CACHE / "bin"), "CARGO_INSTALL_ROOT": str(CACHE)}
    print(f"installing {program.name}: {' '.join(command)}", file=sys.stderr)
    subprocess.run(  # noqa: S603 - a bench's own command
        command, env=environment, capture_output=True, check=False, timeout=INSTALLS_WITHIN
    )


def _wrk(output: str, _out: Path) -> tuple[int, tuple[float | None, ...]]:
    units = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
    shown = {
        p: (float(n), unit) for p, n, unit in re.findall(r"^\s+(\d+)%\s+([\d.]+)(\w+)", output, re.MULTILINE)
    }
    latencies = [shown.get(f"{percent:g}") for percent in PERCENTS]
    percentiles = tuple(n[0] * units[n[1]] if n is not None else None for n in latencies)
    return _counted(r"(\d+) requests in", output), percentiles


def _hey(output: str, _out: Path) -> tuple[int, tuple[float | None, ...]]:
    shown = dict(re.findall(r"^\s+(\d+)%+ in ([\d.]+) secs", output, re.MULTILINE))
    percentiles = tuple(float(shown[f"{p:g}"]) if f"{p:g}" in shown else None for p in PERCENTS)
    return _counted(r"\[200\]\s+(\d+) responses", output), percentiles


def _counted(pattern: str, output: str) -> int:
    found = re.search(pattern, output)
    if not found:
        raise SystemExit(f"a load generator broke off:\n{output[-2000:]}")
    return int(found[1])


def _oha(output: str, out: Path) -> tuple[int, tuple[float | None, ...]]:
    if not out.exists():
        raise SystemExit(f"oha broke off:\n{output[-2000:]}")
    said = json.loads(out.read_text())
    percentiles = said["latencyPercentiles"]
    return said["statusCodeDistribution"].get("200", 0), tuple(percentiles[f"p{p:g}"] for p in PERCENTS)


def _k6(output: str, out: Path) -> tuple[int, tuple[float | None, ...]]:
    if not out.exists():
        raise SystemExit(f"k6 broke off:\n{output[-2000:]}")
    metrics = json.loads(out.read_text())["metrics"]
    duration = metrics["http_req_duration"]["values"]
    failed = metrics["http_req_failed"]["values"]["passes"]
    percentiles = tuple(duration[f"p({p:g})"] / 1e3 for p in PERCENTS)
    return metrics["http_reqs"]["values"]["count"] - failed, percentiles


def _vegeta(output: str, out: Path) -> tuple[int, tuple[float | None, ...]]:
    if not out.exists():
        raise SystemExit(f"vegeta broke off:\n{output[-2000:]}")
    rows = csv.reader(
        run([str(_found("vegeta")), "encode", "-to", "csv", str(out)], timeout=60).output.splitlines()
    )
    latencies = sorted(int(row[2]) / 1e9 for row in rows if row[1] == "200")
    ranks = [max(math.ceil(p / 100 * len(latencies)), 1) - 1 for p in PERCENTS]
    return len(latencies), tuple(latencies[rank] for rank in ranks)


def _k6_words(out: Path, **environment: object) -> list[str]:
    script = out.with_suffix(".js")
    script.write_text(K6_SCRIPT)
    pairs = ({"OUT": out, "RATE": 1, "VUS": 1} | environment).items()
    words = [word for name, value in pairs for word in ("-e", f"{name}={value}")]
    return ["run", "--quiet", "--no-usage-report", *words, str(script)]


def _vegeta_words(out: Path, url: str, *words: str) -> list[str]:
    targets = out.with_suffix(".targets")
    targets.write_text(f"GET {url}\n")
    return ["attack", f"-targets={targets}", f"-output={out}", *words]


def _oha_words(out: Path, url: str, *words: str) -> list[str]:
    return ["--no-tui", "--output-format", "json", "--output", str(out), *words, url]


PROGRAMS = (
    Program(
        "wrk",
        ("apt-get", "install", "wrk"),
        once=None,
        closed=lambda url, seconds, _out: ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", url],
        read=_wrk,
    ),
    Program(
        "oha",
        ("cargo", "install", "oha", "--locked"),
        once=lambda url, out: _oha_words(out, url, "-n", "1", "-c", "1"),
        closed=lambda url, seconds, out: _oha_words(out, url, "-c", str(CONNECTIONS), "-z", f"{seconds}s"),
        open=lambda url, rate, seconds, out: _oha_words(
            out,
            url,
            "-c",
            str(CONNECTIONS),
            "-q",
            str(rate),
            "--latency-correction",
            "-n",
            str(rate * seconds),
        ),
        read=_oha,
    ),
    Program(
        "vegeta",
        ("go", "install", "github.com/tsenart/vegeta/v12@latest"),
        once=lambda url, out: _vegeta_words(out, url, "-rate=1/s", "-duration=1s"),
        open=lambda url, rate, seconds, out: _vegeta_words(
            out, url, f"-rate={rate}/s", f"-duration={seconds}s"
        ),
        read=_vegeta,
    ),
    Program(
        "hey",
        ("go", "install", "github.com/rakyll/hey@latest"),
        once=lambda url, _out: ["-n", "1", "-c", "1", url],
        closed=lambda url, seconds, _out: ["-c", str(CONNECTIONS), "-z", f"{seconds}s", url],
        read=_hey,
    ),
    Program(
        "k6",
        ("go", "install", "go.k6.io/k6@latest"),
        once=lambda url, out: _k6_words(out, URL=url, WAY="once"),
        closed=lambda url, seconds, out: _k6_words(
            out, URL=url, WAY="closed", VUS=CONNECTIONS, SECONDS=seconds
        ),
        open=lambda url, rate, seconds, out: _k6_words(out, URL=url, WAY="open", RATE=rate, SECONDS=seconds),
        read=_k6,
    ),
)
