"""What a load run measured: histograms in microseconds and exact counts.

The names of the histograms stand in `measures`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowgauge.results.bounds import Quantity
from flowgauge.results.exchange import Exchange
from flowgauge.results.finding import Finding
from flowgauge.results.histogram import Histogram
from flowgauge.results.target_identity import TargetIdentity

__all__ = [
    "SHED_KIND",
    "CapacityStep",
    "LoadRun",
    "OperationCounts",
    "Slice",
    "Worker",
    "capacity_of",
    "failures_of",
    "is_confirmed",
]

SHED_KIND = "shed "
"""How the kinds of errors begin that are refusals under load: `shed 429`, `shed 503`."""


@dataclass(frozen=True, slots=True)
class OperationCounts:
    """Exact counts of one operation. `errors` is keyed by kind ("status 500", "connection reset", ...)."""

    name: str
    operation: str
    requests: int
    errors: dict[str, int]

    @property
    def failed(self) -> int:
        """Requests that ended in any error."""
        return sum(self.errors.values())

    @property
    def shed(self) -> int:
        """Requests that were turned away."""
        return sum(number for kind, number in self.errors.items() if kind.startswith(SHED_KIND))


@dataclass(frozen=True, slots=True)
class Slice:
    """One second of one measure. `start` and `length` are seconds, `start` from the run's beginning."""

    measure: str
    start: float
    length: float
    histogram: Histogram

    @property
    def second(self) -> int:
        """Which second of the run this is, from 0.

        The nearest: the generator cuts some milliseconds before or after a second ends, and what begins at
        6.998 is the seventh second and no second part of the sixth.
        """
        return round(self.start)


@dataclass(frozen=True, slots=True)
class Worker:
    """One process of the generator. `lost` if it died: its part of the plan was not carried out.

    `cpu_ratio` is processor time over time; `memory_bytes` what it took at most.
    """

    name: str
    arrivals_planned: int = 0
    arrivals_started: int = 0
    cpu_ratio: Quantity = 0.0
    memory_bytes: int = 0
    lost: bool = False


@dataclass(frozen=True, slots=True)
class CapacityStep:
    """One rate that a search for the capacity tried, for some seconds.

    `held` if every condition was met; `values` is what each condition's measure came to (seconds, ratio or
    rate), None without data. `is_valid` unless the generator was unfit, for the reasons in `invalid`.
    """

    rate: float
    duration: float
    held: bool
    delivered_ratio: float
    values: dict[str, float | None]
    invalid: tuple[str, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether the step says anything about the server."""
        return not self.invalid


def failures_of(steps: Iterable[CapacityStep]) -> Counter[float]:
    """How often each rate did not hold. Twice is a failure, once may be chance."""
    return Counter(step.rate for step in steps if step.is_valid and not step.held)


def capacity_of(steps: Sequence[CapacityStep]) -> float | None:
    """The highest rate that held, and did not fail twice; None where none did."""
    failures = failures_of(steps)
    return max((s.rate for s in steps if s.held and s.is_valid and failures[s.rate] < 2), default=None)


def is_confirmed(steps: Iterable[CapacityStep], rate: float) -> bool:
    """Whether a rate has held twice."""
    return sum(step.rate == rate and step.held and step.is_valid for step in steps) > 1


@dataclass(frozen=True, slots=True)
class LoadRun:
    """One load run.

    `started_at` is seconds since the epoch, `duration` seconds. `histograms` holds each measure over
    the whole run, merged from `slices`. `counters` are what the journeys counted by name (`runs.started`,
    `runs.censored`), `distributions` how often they met each whole number (`polls_per_run`).
    `arrivals_planned` and `arrivals_started` differ by what the generator could not start. `examples` holds a
    few failed exchanges by error kind. `invalid` names what made the generator unfit, if anything did.

    `arrivals_dropped` were refused by the cap on journeys under way; `interrupted` if the plan was not
    carried out to its end. `bytes_received` are those of bodies by operation, `retried` calls
    sent again because the kept connection had ended before a byte was sent.
    `checks` counts what was looked at: answers `validated`, things `acknowledged`, `identified`, `verified`
    (asked for at the end, with an answer) and `unreadable` (without one).
    `stopped_because` is the autostop condition that ended the run early. A search for the capacity has its
    `capacity_steps`; the run is then that of the highest rate that held, or of the first where none did. One
    that was ended in the middle of a step has that, too, as far as it came, and not as valid.
    """

    target: TargetIdentity
    scenario: str
    started_at: float
    duration: float
    plan: dict[str, Any]
    operations: tuple[OperationCounts, ...]
    histograms: dict[str, Histogram]
    slices: tuple[Slice, ...] = ()
    counters: dict[str, int] = field(default_factory=dict)
    arrivals_planned: int = 0
    arrivals_started: int = 0
    examples: tuple[tuple[str, Exchange], ...] = ()
    findings: tuple[Finding, ...] = ()
    invalid: tuple[str, ...] = ()
    host: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    arrivals_dropped: int = 0
    interrupted: bool = False
    distributions: dict[str, dict[str, int]] = field(default_factory=dict)
    bytes_received: dict[str, int] = field(default_factory=dict)
    retried: int = 0
    checks: dict[str, int] = field(default_factory=dict)
    workers: tuple[Worker, ...] = ()
    stopped_because: str = ""
    capacity_steps: tuple[CapacityStep, ...] = ()

    @property
    def requests(self) -> int:
        """Requests over all operations."""
        return sum(op.requests for op in self.operations)

    @property
    def failed(self) -> int:
        """Failed requests over all operations."""
        return sum(op.failed for op in self.operations)
