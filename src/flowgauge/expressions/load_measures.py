"""Measures of requests under load: of a whole run, or of one second of a run that goes on.

Each is None where nothing was asked: no data is not success.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from flowgauge.expressions.measure import Measure, MeasuredValue
from flowgauge.results import OperationCounts
from flowgauge.results.measures import (
    ERRORS_COUNT,
    ERRORS_RATIO,
    LOAD_UNITS,
    REQUESTS_COUNT,
    REQUESTS_RATE,
    SHED_COUNT,
    SHED_RATIO,
    Unit,
)

__all__ = ["LoadFigures", "operation_measures", "request_measures"]


class LoadFigures(Protocol):
    """What requests came to in `duration` seconds."""

    @property
    def operations(self) -> Sequence[OperationCounts]:
        """The counts of each operation."""

    @property
    def duration(self) -> float:
        """Seconds."""

    @property
    def requests(self) -> int:
        """Requests over all operations."""

    @property
    def failed(self) -> int:
        """Failed requests over all operations."""


Read = Callable[[LoadFigures], float | None]


def request_measures() -> Iterator[Measure]:
    """The measures over all operations."""
    yield _measure(ERRORS_RATIO, lambda f: f.failed / f.requests)
    yield _measure(ERRORS_COUNT, lambda f: f.failed)
    yield _measure(SHED_RATIO, lambda f: _shed(f) / f.requests)
    yield _measure(SHED_COUNT, _shed)
    yield _measure(REQUESTS_COUNT, lambda f: f.requests)
    yield _measure(REQUESTS_RATE, lambda f: _rate(f.requests, f.duration))


def operation_measures(op: str) -> Iterator[Measure]:
    """The counts of the operation called `op` in the scenario."""

    def counted(get: Callable[[OperationCounts, float], float | None]) -> Read:
        def value(figures: LoadFigures) -> float | None:
            counts = next((c for c in figures.operations if c.name == op and c.requests), None)
            return get(counts, figures.duration) if counts else None

        return value

    yield _of(f"{op}.requests", Unit.COUNT, counted(lambda c, _: c.requests))
    yield _of(f"{op}.rate", Unit.RATE, counted(lambda c, seconds: _rate(c.requests, seconds)))
    yield _of(f"{op}.errors.count", Unit.COUNT, counted(lambda c, _: c.failed))
    yield _of(f"{op}.errors.ratio", Unit.RATIO, counted(lambda c, _: c.failed / c.requests))


def _measure(name: str, get: Read) -> Measure:
    return _of(name, LOAD_UNITS[name], lambda figures: get(figures) if figures.requests else None)


def _of(name: str, unit: Unit, get: Read) -> Measure:
    return Measure(name, unit, "server", lambda figures: MeasuredValue.of(get(figures)))


def _shed(figures: LoadFigures) -> int:
    return sum(op.shed for op in figures.operations)


def _rate(requests: int, seconds: float) -> float | None:
    return requests / seconds if seconds > 0 else None
