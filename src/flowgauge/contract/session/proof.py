"""The suites' self-proof: each named fault must be caught, the clean server must not be blamed.

The suites are collected once for each seed, in a process of their own; every question is then asked in a fork
of it, so that a fault costs its search and nothing else. The in-process target is asked first; what is missed
there, and what shows on the wire alone, is then looked for over HTTP. Only the findings that a fault names
are a catch.
"""

import contextlib
import gc
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

import pytest

from flowgauge.contract.session.catches import catches
from flowgauge.contract.session.crew import in_order_of_search
from flowgauge.contract.session.forks import Died, outcomes, ran

# Imported here for the fork, which carries it along.
from flowgauge.contract.session.pytest_suite import PLUGIN_NAME, ContractSuite
from flowgauge.errors import FlowgaugeError, HarnessError
from flowgauge.results import Finding

__all__ = ["CLEAN", "Answer", "Catch", "Question", "prove"]

CLEAN = "(none)"
Where = Literal["in-process", "server"]
_TOLD = 3000


@dataclass(frozen=True, slots=True)
class Question:
    """Faults that are on together, each with the findings that are a catch of it ("FG-101 getFlow").

    Without faults it is the clean server, on which every finding is a false alarm. `hidden` are those that
    need not be caught beside the others, each with the reason. A fault without findings is on, and nobody
    searches for it. `over_http` are those that nobody searches for in-process.
    """

    name: str
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    over_http: frozenset[str] = frozenset()


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
    questions: Sequence[Question],
    seeds: Sequence[int],
    *,
    contracts: Path,
    workers: int,
    edition: str,
    options: Sequence[str] = (),
) -> Iterator[Answer]:
    """Ask each question with each seed, `workers` at a time; answers come in order.

    `options` are more of pytest's, for all of them.
    """
    arguments = [str(contracts), "-q", "--assert=plain", "-p", "no:cacheprovider"]
    arguments += [f"--flowgauge-edition={edition}", *options]
    for seed in seeds:
        yield from _answers(_Asker(questions, seed, workers), arguments)


def _answers(asker: "_Asker", arguments: list[str]) -> Iterator[Answer]:
    """The answers to all questions of one asker, in order."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_ask, args=(asker, arguments, theirs))
    process.start()
    theirs.close()
    ready: dict[int, Answer] = {}
    try:
        for number in range(len(asker.questions)):
            while number not in ready:
                try:
                    told = ours.recv()
                except EOFError:
                    raise HarnessError("the suites ended before every question was asked") from None
                if isinstance(told, str):
                    raise HarnessError(told)
                ready |= dict([told])
            yield ready.pop(number)
    finally:
        process.terminate()
        process.join()
        ours.close()


def _ask(asker: "_Asker", arguments: list[str], pipe: Connection) -> None:
    """Run pytest with its output in a file; only a fork does this, so its descriptors may be bent."""
    asker.pipe = pipe
    # What is here already is the parent's; to look through it for garbage would copy it.
    gc.freeze()
    for name in [name for name in os.environ if name.startswith("FLOWGAUGE_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "output"
        with log.open("wb") as sink:
            os.dup2(sink.fileno(), 1)
            os.dup2(sink.fileno(), 2)
        # Its own: a thread of the parent may have been printing, and held their locks, at the fork.
        sys.stdout, sys.stderr = (
            os.fdopen(number, "w", encoding="utf-8", errors="replace", closefd=False) for number in (1, 2)
        )
        own = ["--flowgauge-target=in-process", f"--flowgauge-seed={asker.seed}"]
        code = pytest.main([*arguments, *own, f"--flowgauge-run-folder={folder}"], plugins=[asker])
        if not asker.is_done:
            pipe.send(
                f"the suites broke (exit code {int(code)}):\n{log.read_text(errors='replace')[-_TOLD:]}"
            )


class _Asker:
    """A pytest plugin that asks the questions in place of running the tests that were collected."""

    def __init__(self, questions: Sequence[Question], seed: int, workers: int) -> None:
        self.questions = questions
        self.seed = seed
        self.is_done = False
        self.pipe: Connection | None = None
        self._workers = workers

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Ask each question in a fork, and pass the answers on as they come."""
        suite = session.config.pluginmanager.get_plugin(PLUGIN_NAME)
        if session.testsfailed or not isinstance(suite, ContractSuite):
            return None
        assert self.pipe is not None
        items = in_order_of_search(session.items)
        works = [partial(_answered, suite, items, question) for question in self.questions]
        with contextlib.closing(outcomes(works, self._workers)) as ended:
            for number, answer in ended:
                match answer:
                    case Answer():
                        self.pipe.send((number, answer))
                    case Died():
                        self.pipe.send(f"{self._about(number)}: its process ended in code {answer.code}")
                    case _:
                        self.pipe.send(f"the suites broke {self._about(number)}:\n{answer[-_TOLD:]}")
        self.is_done = True
        return True

    def _about(self, number: int) -> str:
        return f"on {self.questions[number].name}, seed {self.seed}"


def _answered(suite: ContractSuite, items: Sequence[pytest.Item], question: Question) -> Answer | str:
    """Ask in-process, and over HTTP for what was missed there; what was caught in either place is caught.

    Text is what broke.
    """
    due = [fault for fault, names in question.faults.items() if names]
    first = [fault for fault in due if fault not in question.over_http]
    caught: Mapping[str, Catch] = {}
    try:
        if first or not due:
            answer = _asked(suite, items, question, "in-process", first)
            if isinstance(answer, str) or answer.is_right or not question.faults:
                return answer
            caught = answer.caught
        left = [fault for fault in due if fault not in caught and fault not in question.hidden]
        answer = _asked(suite, items, question, "server", left)
    except FlowgaugeError as error:
        return str(error)
    return answer if isinstance(answer, str) else replace(answer, caught={**answer.caught, **caught})


def _asked(
    suite: ContractSuite, items: Sequence[pytest.Item], question: Question, target: Where, due: Sequence[str]
) -> Answer | str:
    """Run the tests until every fault that is due was caught, or to their end."""
    suite.open(replace(suite.session.settings, embedded=target, faults=tuple(question.faults)))
    recorder = suite.session.recorder
    # What is due comes last and gets what no other could be caught by.
    faults = {name: question.faults[name] for name in sorted(question.faults, key=due.__contains__)}

    def is_over() -> bool:
        return bool(due) and set(due) <= catches(faults, recorder.findings()).keys()

    try:
        reports = ran(items, is_over)
    finally:
        suite.close()
    if suite.harness_errors:
        broken = [r for r in reports if r["nodeid"] in suite.harness_errors and r["outcome"] == "failed"]
        return "\n".join(f"{report['nodeid']}: {report['longrepr']}" for report in broken)
    findings = recorder.findings()
    met = catches(question.faults, findings)
    used = {finding.key for finding in met.values()}
    return Answer(
        question=question,
        seed=suite.session.settings.seed,
        target=target,
        caught={
            fault: Catch(_named(finding), target, recorder.seconds_to(finding.key))
            for fault, finding in met.items()
        },
        others=tuple(_named(finding) for finding in findings if finding.key not in used),
    )


def _named(finding: Finding) -> str:
    others = len(finding.operations) - 1
    return f"{finding.id} {finding.operation}" + (f" +{others}" if others else "")
