"""What is measured under load: every name and unit, once.

For each operation, by its short name `op` (create, run, poll, ...), there are four histograms:

    op.latency          answer minus due
    op.service          answer minus sent
    op.failed           time to fail
    op.shed             time to be turned away with 429 or 503

and for a run as a whole

    connect                 opening a connection
    schedule_lag            sent minus due: the generator's own health, not the server's
    run_to_terminal         run requested until seen over
    run_to_terminal_floor   run requested until last seen going on
    run_server_time         the same by the server's own clock
"""

from dataclasses import dataclass
from enum import Enum

__all__ = [
    "CONNECT",
    "CONTRACT_FINDINGS",
    "ERRORS_COUNT",
    "ERRORS_RATIO",
    "FAILED",
    "GENERATOR_DURATIONS",
    "KINDS",
    "LATENCY",
    "LOAD_UNITS",
    "POLLS_PER_RUN",
    "REQUESTS_COUNT",
    "REQUESTS_RATE",
    "RUNS_CENSORED",
    "RUNS_ENDED",
    "RUNS_FAILED",
    "RUNS_STARTED",
    "RUN_LATENCY",
    "RUN_SERVER_TIME",
    "RUN_TO_TERMINAL",
    "RUN_TO_TERMINAL_FLOOR",
    "SCHEDULE_LAG",
    "SERVICE",
    "SHED",
    "SHED_COUNT",
    "SHED_RATIO",
    "USUAL",
    "Unit",
    "Vocabulary",
    "histogram_name",
    "is_compared",
    "label_of",
]


class Unit(Enum):
    """What a value counts in. The value is how a threshold in that unit is best written."""

    DURATION = "a duration such as 250ms, 1.2s or 800us"
    RATIO = "a percentage such as 0.1%"
    COUNT = "a plain number such as 0"
    RATE = "a rate such as 100/s"


LATENCY, SERVICE, FAILED, SHED = KINDS = ("latency", "service", "failed", "shed")
"""The histograms of each operation: of answers (from due, from sent), of failures, of refusals under load."""

CONNECT = "connect"
SCHEDULE_LAG = "schedule_lag"
RUN_TO_TERMINAL = "run_to_terminal"
RUN_TO_TERMINAL_FLOOR = "run_to_terminal_floor"
RUN_SERVER_TIME = "run_server_time"
RUN_LATENCY = f"run.{LATENCY}"

GENERATOR_DURATIONS = frozenset({SCHEDULE_LAG})
"""Durations that speak about the generator, not about the server."""

RUNS_STARTED, RUNS_ENDED = "runs.started", "runs.ended"
RUNS_FAILED, RUNS_CENSORED = "runs.failed", "runs.censored"
POLLS_PER_RUN = "polls_per_run"

ERRORS_RATIO, ERRORS_COUNT = "errors.ratio", "errors.count"
SHED_RATIO, SHED_COUNT = "shed.ratio", "shed.count"
REQUESTS_COUNT, REQUESTS_RATE = "requests.count", "requests.rate"
CONTRACT_FINDINGS = "contract.findings"

LOAD_UNITS = {
    ERRORS_RATIO: Unit.RATIO,
    ERRORS_COUNT: Unit.COUNT,
    SHED_RATIO: Unit.RATIO,
    SHED_COUNT: Unit.COUNT,
    REQUESTS_COUNT: Unit.COUNT,
    REQUESTS_RATE: Unit.RATE,
    "arrivals.delivered": Unit.RATIO,
    "arrivals.planned": Unit.COUNT,
    "arrivals.started": Unit.COUNT,
    "arrivals.dropped": Unit.COUNT,
    "load.findings": Unit.COUNT,
    "load.unreadable": Unit.COUNT,
}
"""What a whole load run is measured by, beside histograms and counters."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that the scenarios of one API give to what they measure.

    `operations` are short names of operations, `durations` histograms that belong to no single operation.
    `counters` are counts of what happened: the first of each family (`runs.started`) is the whole that the
    others are parts of.
    """

    operations: tuple[str, ...]
    durations: tuple[str, ...]
    counters: tuple[str, ...]


USUAL = Vocabulary(
    operations=(
        "create",
        "run",
        "run_wait",
        "poll",
        "get_flow",
        "get_run",
        "list_flows",
        "list_runs",
        "info",
    ),
    durations=(RUN_TO_TERMINAL, RUN_TO_TERMINAL_FLOOR, RUN_SERVER_TIME, CONNECT, SCHEDULE_LAG),
    counters=(RUNS_STARTED, RUNS_ENDED, RUNS_FAILED, RUNS_CENSORED),
)
"""That of the scenarios in `loadtests/`; a gates file may name others."""

_LABELS = {
    RUN_TO_TERMINAL: "run to terminal: seen over",
    RUN_TO_TERMINAL_FLOOR: "run to terminal: last seen going on",
    RUN_SERVER_TIME: "run to terminal: by the server's clock",
    SCHEDULE_LAG: "schedule lag: the generator's own lateness",
    CONNECT: "time to connect",
}


def histogram_name(operation: str, kind: str) -> str:
    """The name of an operation's histogram."""
    return f"{operation}.{kind}"


def is_compared(histogram: str) -> bool:
    """Whether a histogram holds what a client waits for, seen from when it was due: what baselines keep."""
    return histogram.endswith(f".{LATENCY}") or histogram == RUN_TO_TERMINAL


def label_of(histogram: str) -> str:
    """What people read for the name of a histogram."""
    return _LABELS.get(histogram, histogram.replace(".", ": "))
