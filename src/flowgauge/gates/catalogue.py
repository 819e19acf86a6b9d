"""Every measure that there is, by name: what gates are checked against before a run begins.

    <op>.latency.<stat>       answer minus due, of the operation called <op> in the scenario
    <op>.service.<stat>       answer minus sent
    <op>.failed|shed.<stat>   time to fail; time to be turned away with 429 or 503
    <op>.requests             requests sent
    <op>.errors.ratio|count   those that failed
    run_to_terminal.<stat>    run requested until seen over; run_to_terminal_floor: until last seen going on
    run_server_time.<stat>    the same by the server's own clock
    connect.<stat>            opening a connection
    schedule_lag.<stat>       sent minus due: the generator's own health
    errors.ratio|count        failed requests over all operations
    requests.count|rate       requests over all operations
    shed.ratio|count          those turned away with 429 or 503
    arrivals.delivered        started arrivals over planned ones
    arrivals.planned|started|dropped
    runs.started|ended|failed|censored, runs.ended.ratio and so on
    load.findings             invariants that the server broke under load
    contract.findings         findings that no waiver covers; also .critical .major .minor
    contract.waived|cases|checks|skipped, contract.cases.least, contract.fault_score
    contract.coverage.operations|parameters|keywords|examples|responses|response_keywords

<stat> is p50, p99.9 and so on, mean, min, max or count. Short forms: `run.p99` for `run.latency.p99`,
`errors` for `errors.ratio`, `run.errors` for `run.errors.ratio`.
"""

from dataclasses import dataclass, field
from difflib import get_close_matches

from flowgauge.errors import UsageError
from flowgauge.gates.contract_measures import contract_measures
from flowgauge.gates.load_measures import figure, load_measures, operation_measures
from flowgauge.gates.measure import Measure, statistic

__all__ = ["DURATIONS", "OPERATIONS", "Catalogue"]

OPERATIONS = (
    "create",
    "run",
    "run_wait",
    "poll",
    "get_flow",
    "get_run",
    "list_flows",
    "list_runs",
    "info",
)
"""Short names that the scenarios of this project give to operations; a gates file may name others."""

DURATIONS = ("run_to_terminal", "run_to_terminal_floor", "run_server_time", "connect", "schedule_lag")
"""Durations that belong to no single operation; a gates file may name others."""

KINDS = ("latency", "service", "failed", "shed")
"""The histograms of each operation: of answers (from due, from sent), of failures, of refusals under load."""

TAKEN = frozenset(
    {"errors", "requests", "shed", "arrivals", "runs", "load", "contract", "all", "any", "for", "baseline"}
)
SAMPLES = ("p50", "p90", "p95", "p99", "p99.9", "mean", "min", "max", "count")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The measures of a scenario whose operations and journey durations have these names.

    Raises UsageError where a name could not be told from another.
    """

    operations: tuple[str, ...] = OPERATIONS
    durations: tuple[str, ...] = DURATIONS
    fixed: dict[str, Measure] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in (*self.operations, *self.durations):
            if not (name.isidentifier() and name.isascii()) or name in TAKEN:
                raise UsageError(
                    f"{name!r} cannot name an operation or a duration",
                    hint="use letters, digits and underscores, and none of " + ", ".join(sorted(TAKEN)),
                )
        counts = (measure for op in self.operations for measure in operation_measures(op))
        measures = (*contract_measures(), *load_measures(), *counts)
        object.__setattr__(self, "fixed", {measure.name: measure for measure in measures})

    @property
    def histograms(self) -> tuple[str, ...]:
        """Names of the histograms that a statistic can be taken of."""
        return (*(f"{op}.{kind}" for op in self.operations for kind in KINDS), *self.durations)

    def find(self, name: str) -> Measure | None:
        """The measure of that name, short forms included, or None."""
        full = self._full(name)
        if full in self.fixed:
            return self.fixed[full]
        for histogram in self.histograms:
            if full.startswith(f"{histogram}."):
                return figure(histogram, full.removeprefix(f"{histogram}."))
        return None

    def nearest(self, name: str, *, limit: int = 3) -> tuple[str, ...]:
        """Names that `name` may have been meant for, the likeliest first."""
        known = self.names()
        continued = [each for each in known if each.startswith(f"{name}.")]
        return tuple((continued or get_close_matches(name, known, n=limit, cutoff=0.5))[:limit])

    def names(self) -> tuple[str, ...]:
        """All names, with the usual statistics of each histogram and the usual short forms."""
        figures = (f"{histogram}.{stat}" for histogram in self.histograms for stat in SAMPLES)
        short = (f"{op}.{stat}" for op in self.operations for stat in ("p50", "p95", "p99"))
        return ("errors", *self.fixed, *figures, *short)

    def _full(self, name: str) -> str:
        first, _, rest = name.partition(".")
        if name == "errors" or (first in self.operations and rest == "errors"):
            return f"{name}.ratio"
        if first in self.operations and statistic(rest):
            return f"{first}.latency.{rest}"
        return name
