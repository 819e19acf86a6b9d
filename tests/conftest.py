"""What all tests share: data that does not depend on how busy the machine is; an order that keeps it busy."""

import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

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


# Where each row of a table is hundreds of requests through the same lines, and coverage triples the seconds.
PROBING = [
    Path(__file__).parent / name
    for name in (
        "contract/test_differential.py",
        "contract/test_latency.py",
        "contract/test_samples.py",
        "editions/from_document",
    )
]
TRACED_ROWS = 2


def _leave_later_rows_untraced(items: list[pytest.Item]) -> None:
    """Mark the later rows of a table `no_cover`: all are asserted, the first are traced."""
    seen = Counter[tuple[Path, str]]()
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            seen[item.path, item.originalname] += 1
            is_later = seen[item.path, item.originalname] > TRACED_ROWS
            if is_later and any(item.path.is_relative_to(folder) for folder in PROBING):
                item.add_marker("no_cover")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each process begin with its part of the long tests: nothing is left to wait for at the end.

    pytest-xdist deals the tests out in one piece for each process.
    """
    _leave_later_rows_untraced(items)
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


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Keep the promise of `no_cover`: in a worker of pytest-xdist, pytest-cov starts coverage twice.

    It stops but one of the two, and the other then traces the test, five to twenty times slower.
    """
    if not item.get_closest_marker("no_cover"):
        return (yield)
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    _trace_nothing()
    try:
        return (yield)
    finally:
        threading.settrace(of_threads)  # type: ignore[arg-type]
        sys.settrace(tracer)
