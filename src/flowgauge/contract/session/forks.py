"""Work in forks of this process, a few at a time; and a test of a pytest session as such a work.

Whatever was imported, collected and compiled before is there in each fork at once, and what one does to its
memory no other sees: a test starts from the same state whatever ran beside it. A fork is ended with its
parent's interest in it, and one that dies says so.
"""

import contextlib
import gc
import itertools
import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any, TypeVar

import pytest

__all__ = ["Died", "Reports", "outcomes", "ran", "run_apart", "run_here", "with_room"]

T = TypeVar("T")
Reports = list[dict[str, Any]]
"""Of tests, as pytest serializes them."""


@dataclass(frozen=True, slots=True)
class Died:
    """A process that ended without a result, and the code that it ended in."""

    code: int | None


def outcomes(works: Iterable[Callable[[], T]], at_once: int) -> Generator[tuple[int, T | Died], None, None]:
    """Do each work in a fork of its own; its number and what it returned, in the order of their ends.

    A work is taken when there is room for it. Whoever leaves the iteration ends what still runs.
    """
    context = multiprocessing.get_context("fork")
    left = enumerate(works)
    running: dict[Connection, tuple[int, ForkProcess]] = {}
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
    pipe.send(with_room(work))


def with_room(work: Callable[[], T]) -> T:
    """Do a work below a frame that has a megabyte for what it calls.

    CPython finds room for frames in pieces of 16 KiB, and gives a piece back with the frame that began it.
    Where a loop happens to stand at the end of one, each call that it makes maps memory and unmaps it, which
    took a third of the time of a fork whose parent had called more deeply. The piece of a frame with a large
    stack is as large as that.
    """
    return work()


with_room.__code__ = with_room.__code__.replace(co_stacksize=1 << 17)


def _outcome(pipe: Connection, process: ForkProcess) -> Any:
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
    """Run tests in a fork, until it `is_over`, and return what pytest reports of them."""
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


def run_apart(
    session: pytest.Session,
    items: Sequence[pytest.Item],
    work: Callable[[pytest.Item], tuple[Reports, T]],
    at_once: int,
) -> Iterator[T]:
    """Run each test in a fork by `work`, tell pytest of it as it ends, and yield what else it brought."""
    works = (partial(work, item) for item in items)
    with contextlib.closing(outcomes(works, at_once)) as ended:
        for number, outcome in ended:
            item = items[number]
            if isinstance(outcome, Died):
                _replay(item, [_crashed(item, outcome)])
            else:
                yield outcome[1]
                _replay(item, [_report(item, data) for data in outcome[0]])
            _stop_if_asked(session)


def run_here(session: pytest.Session, items: Sequence[pytest.Item]) -> None:
    """Run tests in this process, as pytest's own loop does."""
    for item, following in itertools.zip_longest(items, items[1:]):
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        _stop_if_asked(session)


def _replay(item: pytest.Item, reports: Sequence[pytest.TestReport]) -> None:
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _report(item: pytest.Item, data: dict[str, Any]) -> Any:
    return item.config.hook.pytest_report_from_serializable(config=item.config, data=data)


def _stop_if_asked(session: pytest.Session) -> None:
    """As after -x."""
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)


def _crashed(item: pytest.Item, died: Died) -> pytest.TestReport:
    text = f"the process of this test ended in code {died.code}, without a report"
    return pytest.TestReport(item.nodeid, item.location, {}, "failed", text, "call")
