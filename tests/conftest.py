"""What all tests share: generated data must not depend on how busy the machine is."""

import os
import sys
import threading
from collections.abc import Iterator

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
