"""What all tests share: data that does not depend on how busy the machine is; an order that keeps it busy."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from itertools import islice

import coverage
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("steady")


def _trace_nothing() -> None:
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]


# What coverage sees in a fork is lost with it, and costs as much as what is kept.
os.register_at_fork(after_in_child=_trace_nothing)


# Seconds of processor time for which a test is traced. What takes longer repeats itself, three times slower.
TRACED = 0.1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each process begin with its part of the long tests: nothing is left to wait for at the end.

    pytest-xdist deals the tests out in one piece for each process.
    """
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    long = [item for item in items if item.get_closest_marker("long")]
    others = iter([item for item in items if not item.get_closest_marker("long")])
    if workers > 1:
        sizes = [(len(items) + number) // workers for number in range(workers)]
        pieces = [long[number::workers] for number in reversed(range(workers))]
        items[:] = [
            item
            for size, first in zip(sizes, pieces, strict=True)
            for item in [*first, *islice(others, max(0, size - len(first)))]
        ]
        items.extend(others)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was collected: thousands of tests, which live to the end.

    Every fork would copy them, page by page, as soon as it collects garbage.
    """
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call() -> Iterator[None]:
    """Trace the beginning of each test, where coverage is measured; it is asserted to its end."""
    measured = coverage.Coverage.current()
    if measured is None:
        return (yield)
    stopped = []

    def stop(*_: object) -> None:
        _trace_nothing()
        stopped.append(True)

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, TRACED)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if stopped:
            # Anew, since the tracer counts the frames that it saw begin and end.
            measured.stop()
            measured.start()
