"""Work in forks of this process, a few at a time; and a test of a pytest session as such a work.

Whatever was imported, collected and compiled before is there in each fork at once, and what one does to its
memory no other sees: a test starts from the same state whatever ran beside it. A fork is ended with its
parent's interest in it, and one that dies says so.
"""

import gc
import itertools
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

import pytest

__all__ = ["Died", "Reports", "outcomes", "ran", "replayed"]

T = TypeVar("T")
Reports = list[dict[str, Any]]
"""Of tests, as pytest serializes them."""


@dataclass(frozen=True, slots=True)
class Died:
    """A process that ended without a result, and the code that it ended in."""

    code: int | None


def outcomes(works: Iterable[Callable[[], T]], at_once: int) -> Iterator[tuple[int, T | Died]]:
    """Do each work in a fork of its own; its number and what it returned, in the order of their ends.

    A work is taken when there is room for it. Whoever leaves the iteration ends what still runs.
    """
    context = multiprocessing.get_context("fork")
    left = enumerate(works)
    running: dict[Connection, tuple[int, BaseProcess]] = {}
    # What the collector never looks at stays shared with the forks.
    gc.freeze()
    try:
        while True:
            for number, work in itertools.islice(left, at_once - len(running)):
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_do, args=(work, theirs, [ours, *running]), daemon=True)
                process.start()
                theirs.close()
                running[ours] = number, process
            if not running:
                return
            for pipe in wait(list(running)):
                assert isinstance(pipe, Connection)
                number, process = running[pipe]
                outcome = _outcome(pipe, process)
                del running[pipe]
                yield number, outcome
    finally:
        for _, process in running.values():
            process.kill()
        for pipe, (_, process) in running.items():
            process.join()
            pipe.close()
        gc.unfreeze()


def _do(work: Callable[[], T], pipe: Connection, others: Sequence[Connection]) -> None:
    # Ctrl-C reaches every process of the terminal; the parent then ends its forks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in others:
        other.close()
    pipe.send(work())


def _outcome(pipe: Connection, process: BaseProcess) -> Any:
    try:
        outcome = pipe.recv()
    except EOFError:
        process.join()
        outcome = Died(process.exitcode)
    pipe.close()
    process.join()
    return outcome


class _Kept:
    """A plugin that keeps the reports of tests."""

    def __init__(self) -> None:
        self.reports: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.reports.append(report)


def ran(items: Sequence[pytest.Item], is_over: Callable[[], bool] = lambda: False) -> Reports:
    """Run tests in a fork, until it `is_over`, and return what pytest reports of them, for `replayed`."""
    config, kept = items[0].config, _Kept()
    capture = config.pluginmanager.get_plugin("capturemanager")
    if capture is not None:
        # The files that capture what is printed are shared by all forks, their positions too.
        capture.stop_global_capturing()
        capture.start_global_capturing()
        capture.suspend_global_capture()
    config.pluginmanager.unregister(name="terminalreporter")
    config.pluginmanager.register(kept)
    for item in items:
        # Whatever comes next sets up its own fixtures.
        config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        if is_over():
            break
    config.pluginmanager.unregister(kept)
    return [config.hook.pytest_report_to_serializable(config=config, report=each) for each in kept.reports]


def replayed(item: pytest.Item, reports: Reports | Died) -> None:
    """Tell pytest what a fork reports of a test, as if the test had run here."""
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    if isinstance(reports, Died):
        hook.pytest_runtest_logreport(report=_crashed(item, reports))
    else:
        for data in reports:
            report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
            hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _crashed(item: pytest.Item, died: Died) -> pytest.TestReport:
    text = f"the process of this test ended in code {died.code}, without a report"
    return pytest.TestReport(item.nodeid, item.location, {}, "failed", text, "call")
