"""What a load run measured: histograms in microseconds and exact counts.

Measures by name. For each operation's short name `op` (create, run, poll, ...):

    op.latency          answer minus due
    op.service          answer minus sent
    run_to_terminal     run request due to the first answer that showed the run over
    schedule_lag        sent minus due: the generator's own health, not the server's
"""

from dataclasses import dataclass, field
from typing import Any

from flowgauge.results.exchange import Exchange
from flowgauge.results.finding import Finding
from flowgauge.results.histogram import Histogram

__all__ = ["CapacityStep", "LoadRun", "OperationCounts", "Slice", "Worker"]


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


@dataclass(frozen=True, slots=True)
class Slice:
    """One second of one measure. `start` and `length` are seconds, `start` from the run's beginning."""

    measure: str
    start: float
    length: float
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class Worker:
    """One process of the generator. `lost` if it died: its part of the plan was not carried out.

    `cpu_ratio` is processor time over time; `memory_bytes` what it took at most.
    """

    name: str
    arrivals_planned: int = 0
    arrivals_started: int = 0
    cpu_ratio: float = 0.0
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


@dataclass(frozen=True, slots=True)
class LoadRun:
    """One load run.

    `started_at` is seconds since the epoch, `duration` seconds. `histograms` holds each measure over
    the whole run, merged from `slices`. `runs_started`, `runs_ended` and `runs_censored` (still going
    when the run stopped) account for every run that the server acknowledged. `arrivals_planned` and
    `arrivals_started` differ by what the generator could not start. `examples` holds a few failed
    exchanges by error kind. `invalid` names what made the generator unfit, if anything did.

    `arrivals_dropped` were refused by the cap on journeys under way; `interrupted` if the plan was not
    carried out to its end. `polls_per_run` is how many runs took so many polls, `bytes_received` bodies by
    operation, `retried` calls sent again because the kept connection had ended before a byte was sent.
    `checks` counts what was looked at: answers `validated`, runs `acknowledged`, `identified`, `verified`.
    `stopped_because` is the autostop condition that ended the run early. A search for the capacity has its
    `capacity_steps`; the run is then that of the highest rate that held.
    """

    target: str
    scenario: str
    started_at: float
    duration: float
    plan: dict[str, Any]
    operations: tuple[OperationCounts, ...]
    histograms: dict[str, Histogram]
    slices: tuple[Slice, ...] = ()
    runs_started: int = 0
    runs_ended: int = 0
    runs_failed: int = 0
    runs_censored: int = 0
    arrivals_planned: int = 0
    arrivals_started: int = 0
    examples: tuple[tuple[str, Exchange], ...] = ()
    findings: tuple[Finding, ...] = ()
    invalid: tuple[str, ...] = ()
    host: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    arrivals_dropped: int = 0
    interrupted: bool = False
    polls_per_run: dict[str, int] = field(default_factory=dict)
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
