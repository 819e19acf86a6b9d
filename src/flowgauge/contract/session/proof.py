"""The suites' self-proof: each named fault must be caught, the clean server must not be blamed.

Every fault gets a pytest session of its own over the suites, in a process forked after the heavy imports, so
a fault costs its search and not the start of an interpreter. The in-process target is asked first; what shows
on the wire alone is then looked for over HTTP.
"""

import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

# Imported here for the children: the fork carries them along.
from flowgauge.contract.session import pytest_suite
from flowgauge.contract.traffic.schemathesis_cases import contract_schema
from flowgauge.errors import ExitCode, HarnessError
from flowgauge.reference.faults import FAULTS, FaultKind
from flowgauge.results import read_contract_report

__all__ = ["CLEAN", "Catch", "prove"]

CLEAN = "(none)"
assert pytest_suite


# Which findings are the right answer to a fault of each class, by the beginning of their ids.
RIGHT: dict[FaultKind, tuple[str, ...]] = {
    "status": ("FG-10", "FG-11", "FG-204", "FG-21"),
    "media": ("FG-103", "FG-104"),
    "schema": ("FG-104", "FG-105", "FG-106", "FG-101"),
    "input": ("FG-101", "FG-105", "FG-201", "FG-21"),
    "state": ("FG-2", "FG-3", "FG-4", "FG-5"),
    "auth": ("FG-6", "FG-101", "FG-103", "FG-108"),
    "time": ("FG-8", "FG-4"),
    "volume": ("FG-101", "FG-202", "FG-505"),
    "concurrency": ("FG-7", "FG-202", "FG-209"),
}


@dataclass(frozen=True, slots=True)
class Catch:
    """What the suites said of one fault: the finding met first, and after how many seconds of searching.

    `finding` is None where nothing was found. For the clean
    server (`fault` is CLEAN) a finding is a false alarm.
    """

    fault: str
    seed: int
    target: Literal["in-process", "server"]
    finding: str | None
    operation: str | None
    seconds: float | None

    @property
    def is_right(self) -> bool:
        """Whether the suites said what they had to: nothing, or a finding of the fault's own class."""
        if self.fault == CLEAN or self.finding is None:
            return self.fault == CLEAN and self.finding is None
        return self.finding.startswith(RIGHT[FAULTS[self.fault].kind])


def prove(faults: Sequence[str], seeds: Sequence[int], *, contracts: Path, workers: int) -> Iterator[Catch]:
    """Search for each fault with each seed, `workers` at a time; results come in order.

    CLEAN among the faults means the server without any, judged by all suites to their end.
    """
    jobs = [(fault, seed, contracts) for seed in seeds for fault in faults]
    # Made once, for all children.
    contract_schema()
    context = multiprocessing.get_context("fork")
    with context.Pool(workers, maxtasksperchild=1) as pool:
        yield from pool.imap(_searched, jobs)


def _searched(job: tuple[str, int, Path]) -> Catch:
    fault, seed, contracts = job
    catch = _session(fault, seed, contracts, "in-process")
    return catch if catch.finding or fault == CLEAN else _session(fault, seed, contracts, "server")


def _session(fault: str, seed: int, contracts: Path, target: Literal["in-process", "server"]) -> Catch:
    with tempfile.TemporaryDirectory() as folder:
        arguments = [
            str(contracts),
            "-q",
            "--assert=plain",
            "-p",
            "no:cacheprovider",
            f"--flowgauge-target={target}",
        ]
        arguments += [f"--flowgauge-run-folder={folder}", f"--flowgauge-seed={seed}"]
        if fault != CLEAN:
            arguments += ["-x", f"--flowgauge-fault={fault}"]
        code, output = _quietly(arguments, Path(folder))
        if code not in {ExitCode.PASSED, ExitCode.FAILED}:
            raise HarnessError(
                f"the suites broke (exit code {code}) on {fault}, seed {seed}:\n{output[-3000:]}"
            )
        report = read_contract_report(Path(folder))
    met = report.findings
    # Of those met in the same test, one of the fault's own class speaks for it.
    own = [f for f in met if fault != CLEAN and f.id.startswith(RIGHT[FAULTS[fault].kind])]
    first = next(iter([*own, *met]), None)
    return Catch(
        fault=fault,
        seed=seed,
        target=target,
        finding=first.id if first else None,
        operation=first.operation if first else None,
        seconds=report.seconds_to_first_finding,
    )


def _quietly(arguments: list[str], folder: Path) -> tuple[int, str]:
    """Run pytest with its output in a file; only a fork does this, so its descriptors may be bent."""
    log = folder / "output"
    with log.open("wb") as sink:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
    for name in [name for name in os.environ if name.startswith("FLOWGAUGE_")]:
        del os.environ[name]
    code = int(pytest.main(arguments))
    return code, log.read_text(errors="replace")
