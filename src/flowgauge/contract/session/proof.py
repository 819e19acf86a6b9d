"""The suites' self-proof: each named fault must be caught, the clean server must not be blamed.

Every question gets a pytest session of its own over the suites, in a process forked after the heavy imports,
so a fault costs its search and not the start of an interpreter. The in-process target is asked first; what
shows on the wire alone is then looked for over HTTP. Only the findings that a fault names are a catch.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest

from flowgauge.contract.session.catches import catches

# Imported here for the children: the fork carries them along.
from flowgauge.contract.session.pytest_suite import PLUGIN_NAME, ContractSuite
from flowgauge.errors import ExitCode, HarnessError
from flowgauge.results import Finding, read_contract_report

__all__ = ["CLEAN", "Answer", "Catch", "Question", "prove"]

CLEAN = "(none)"
Where = Literal["in-process", "server"]


@dataclass(frozen=True, slots=True)
class Question:
    """Faults that are on together, each with the findings that are a catch of it ("FG-101 getFlow").

    Without faults it is the clean server, on which every finding is a false alarm. `hidden` are those that
    need not be caught beside the others, each with the reason. A fault without findings is on, and nobody
    searches for it.
    """

    name: str
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catch:
    """The finding that caught a fault, where, and how many seconds after the beginning it was met.

    `seconds` is None where the session was over before it was met.
    """

    finding: str
    target: Where
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the suites said to a question: a catch of each fault that was caught, and all other findings.

    `target` is where they looked last.
    """

    question: Question
    seed: int
    target: Where
    caught: Mapping[str, Catch]
    others: tuple[str, ...]

    @property
    def missed(self) -> tuple[str, ...]:
        """The faults that had to be caught and were not."""
        due = [name for name in self.question.faults if name not in self.question.hidden]
        return tuple(name for name in due if name not in self.caught)

    @property
    def is_right(self) -> bool:
        """Whether the suites said what they had to; of the clean server, nothing."""
        return not self.missed if self.question.faults else not self.others


def prove(
    questions: Sequence[Question], seeds: Sequence[int], *, contracts: Path, workers: int, edition: str
) -> Iterator[Answer]:
    """Ask each question with each seed, `workers` at a time; answers come in order."""
    jobs = [_Job(question, seed, contracts, edition) for seed in seeds for question in questions]
    context = multiprocessing.get_context("fork")
    with context.Pool(workers, maxtasksperchild=1) as pool:
        yield from pool.imap(_answered, jobs)


@dataclass(frozen=True, slots=True)
class _Job:
    question: Question
    seed: int
    contracts: Path
    edition: str


class _Search:
    """A pytest plugin that ends the session once every fault that names findings was caught."""

    def __init__(self, question: Question) -> None:
        self._faults = question.faults
        self.seconds: dict[tuple[str, str], float] = {}

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Look at what was found so far, after each test."""
        suite = item.config.pluginmanager.get_plugin(PLUGIN_NAME)
        if not self._faults or not isinstance(suite, ContractSuite):
            return
        recorder = suite.session.recorder
        findings = recorder.findings()
        self.seconds = {finding.key: recorder.seconds_to(finding.key) for finding in findings}
        if len(catches(self._faults, findings)) == sum(1 for wanted in self._faults.values() if wanted):
            # Not `shouldstop`, which pytest reports as an interrupt.
            item.session.shouldfail = "every fault was caught"


def _answered(job: _Job) -> Answer:
    """Ask in-process, and over HTTP for what was missed there; what was caught in either place is caught."""
    answer = _session(job, "in-process")
    if answer.is_right or not job.question.faults:
        return answer
    over_http = _session(job, "server")
    return replace(over_http, caught={**over_http.caught, **answer.caught})


def _session(job: _Job, target: Where) -> Answer:
    question = job.question
    with tempfile.TemporaryDirectory() as folder:
        arguments = [str(job.contracts), "-q", "--assert=plain", "-p", "no:cacheprovider"]
        arguments += [f"--flowgauge-target={target}", f"--flowgauge-edition={job.edition}"]
        arguments += [f"--flowgauge-run-folder={folder}", f"--flowgauge-seed={job.seed}"]
        arguments += [f"--flowgauge-fault={name}" for name in question.faults]
        search = _Search(question)
        code, output = _quietly(arguments, Path(folder), search)
        if code not in {ExitCode.PASSED, ExitCode.FAILED}:
            raise HarnessError(
                f"the suites broke (exit code {code}) on {question.name}, seed {job.seed}:\n{output[-3000:]}"
            )
        findings = read_contract_report(Path(folder)).findings
    met = catches(question.faults, findings)
    used = {finding.key for finding in met.values()}
    return Answer(
        question=question,
        seed=job.seed,
        target=target,
        caught={
            fault: Catch(_named(finding), target, search.seconds.get(finding.key))
            for fault, finding in met.items()
        },
        others=tuple(_named(finding) for finding in findings if finding.key not in used),
    )


def _named(finding: Finding) -> str:
    others = len(finding.operations) - 1
    return f"{finding.id} {finding.operation}" + (f" +{others}" if others else "")


def _quietly(arguments: list[str], folder: Path, plugin: object) -> tuple[int, str]:
    """Run pytest with its output in a file; only a fork does this, so its descriptors may be bent."""
    log = folder / "output"
    with log.open("wb") as sink:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
    # Streams of its own: a thread of the parent may have been printing, and held their locks, at the fork.
    sys.stdout, sys.stderr = (
        os.fdopen(number, "w", encoding="utf-8", errors="replace", closefd=False) for number in (1, 2)
    )
    for name in [name for name in os.environ if name.startswith("FLOWGAUGE_")]:
        del os.environ[name]
    code = int(pytest.main(arguments, plugins=[plugin]))
    return code, log.read_text(errors="replace")
