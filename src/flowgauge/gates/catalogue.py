"""Every measure that there is, by name: what gates are checked against before a run begins.

    <op>.latency.<stat>       answer minus due, of the operation called <op> in the scenario
    <op>.service.<stat>       answer minus sent
    <op>.failed|shed.<stat>   time to fail; time to be turned away with 429 or 503
    <op>.requests|rate        requests sent; a second
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
    load.findings             invariants that the server broke under load; none is no data where less was
                              read back at the end than could not be
    load.unreadable           things that could not be asked about at the end
    contract.findings         findings that no waiver covers; also .critical .major .minor
    contract.waived|cases|checks|skipped, contract.cases.least, contract.fault_score
    contract.coverage         classes of defects that were looked for, of those that can be
    contract.coverage.operations|parameters|keywords|examples|responses|response_keywords

<stat> is p50, p99.9 and so on, mean, min, max or count. Short forms: `run.p99` for `run.latency.p99`,
`errors` for `errors.ratio`, `run.errors` for `run.errors.ratio`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from flowgauge.expressions import (
    Catalogue,
    Figure,
    Measure,
    MeasuredValue,
    Subject,
    checked_names,
    operation_measures,
    request_measures,
    statistic,
)
from flowgauge.gates.evidence import Evidence
from flowgauge.results import SEVERITIES, ContractReport, LoadRun
from flowgauge.results.measures import GENERATOR_DURATIONS, KINDS, USUAL, Unit, Vocabulary, histogram_name

__all__ = ["gate_measures"]

COVERAGE = ("operations", "parameters", "keywords", "examples", "responses", "response_keywords")
"""What of the document can be covered: a floor under the suites, never their headline."""

OfReport = Callable[[ContractReport], float | None]
OfRun = Callable[[LoadRun], float | None]


def gate_measures(vocabulary: Vocabulary = USUAL) -> Catalogue:
    """The measures of a run whose scenarios use these names.

    Raises UsageError where a name could not be told from another.
    """
    operations, durations = vocabulary.operations, vocabulary.durations
    checked_names((*operations, *durations))
    requests = [*request_measures(), *(measure for op in operations for measure in operation_measures(op))]
    measures = (
        *_contract_measures(),
        *map(_of_run, requests),
        *_load_measures(vocabulary.counters),
        *_counter_measures(vocabulary.counters),
    )
    return Catalogue(
        operations,
        (*(histogram_name(op, kind) for op in operations for kind in KINDS), *durations),
        {measure.name: measure for measure in measures},
        _figure,
    )


# Of the contract report


def _contract_measures() -> Iterator[Measure]:
    count, ratio = Unit.COUNT, Unit.RATIO
    yield _of_contract("findings", count, lambda r: len(_open(r)), grows=True)
    for severity in SEVERITIES:
        yield _of_contract(f"findings.{severity}", count, _of_severity(severity), grows=True)
    yield _of_contract("waived", count, lambda r: len(r.findings) - len(_open(r)))
    yield _of_contract("cases", count, lambda r: r.cases)
    yield Measure("contract.cases.least", count, "contract", _fewest_cases)
    yield _of_contract("checks", count, lambda r: sum(op.checks_run for op in r.operations))
    yield _of_contract("skipped", count, lambda r: len(r.skipped))
    yield _of_contract("coverage", ratio, lambda r: r.coverage)
    for name in COVERAGE:
        yield _of_contract(f"coverage.{name}", ratio, _covered(name))
    yield _of_contract("fault_score", ratio, lambda r: r.fault_score)


def _of_contract(name: str, unit: Unit, value: OfReport, *, grows: bool = False) -> Measure:
    """`grows`: more cases can only raise it, so what an unfinished report shows is a lower bound."""

    def read(evidence: Evidence) -> MeasuredValue:
        report, gap = evidence.contract, evidence.contract_gap
        if report is None or gap is not None:
            return MeasuredValue(None, gap or "", at_least=value(report) if report and grows else None)
        return MeasuredValue.of(value(report))

    return Measure(f"contract.{name}", unit, "contract", read)


def _open(report: ContractReport) -> list[str]:
    """The severities of the findings that no waiver covers."""
    return [finding.severity for finding in report.findings if finding.waived is None]


def _of_severity(severity: str) -> OfReport:
    return lambda report: _open(report).count(severity)


def _covered(name: str) -> OfReport:
    return lambda report: report.schema_coverage.get(name)


def _fewest_cases(evidence: Evidence) -> MeasuredValue:
    gap = evidence.contract_gap
    return MeasuredValue(None, gap) if gap else MeasuredValue.of(min(evidence.cases.values(), default=None))


# Of the load run


def _load_measures(counters: Sequence[str]) -> Iterator[Measure]:
    count = Unit.COUNT
    yield _of_plan("delivered", Unit.RATIO, lambda r: r.arrivals_started / r.arrivals_planned)
    yield _of_plan("planned", count, lambda r: r.arrivals_planned)
    yield _of_plan("started", count, lambda r: r.arrivals_started)
    yield _of_plan("dropped", count, lambda r: max(0, r.arrivals_planned - r.arrivals_started))
    yield _of_run(Measure("load.findings", count, "truth", lambda run: _broken(run, counters)))
    yield _of_load("load.unreadable", count, "truth", lambda r: r.checks.get("unreadable"))


def _broken(run: LoadRun, counters: Iterable[str]) -> MeasuredValue:
    """How many invariants the server broke. Where none was looked at, or few were, none is no answer."""
    found = sum(1 for finding in run.findings if finding.waived is None)
    made = [run.counters[name] for name in _wholes(counters).values() if name in run.counters]
    if not found and made and not any(made):
        return MeasuredValue(None, "nothing was made under load whose truth could be looked at")
    if not found and not run.checks.get("verified" if made else "validated"):
        return MeasuredValue(None, "nothing was looked at")
    told, untold = run.checks.get("verified", 0), run.checks.get("unreadable", 0)
    if not found and untold > told:
        return MeasuredValue(None, f"{told} things were read back, {untold} could not be asked about")
    return MeasuredValue.of(found)


def _wholes(counters: Iterable[str]) -> dict[str, str]:
    """The first counter of each family, by the family's name."""
    wholes: dict[str, str] = {}
    for name in counters:
        wholes.setdefault(name.partition(".")[0], name)
    return wholes


def _counter_measures(counters: Iterable[str]) -> Iterator[Measure]:
    """What the journeys counted: the first of each family, and the others as parts of it."""
    wholes = _wholes(counters)
    for name in counters:
        first = wholes[name.partition(".")[0]]
        yield _of_load(name, Unit.COUNT, "server", _counted(name, first))
        if name != first:
            yield _of_load(f"{name}.ratio", Unit.RATIO, "server", _counted(name, first, as_ratio=True))


def _counted(name: str, first: str, *, as_ratio: bool = False) -> OfRun:
    def value(run: LoadRun) -> float | None:
        part, whole = run.counters.get(name), run.counters.get(first, 0)
        if part is None or whole <= 0:
            return None
        return part / whole if as_ratio else part

    return value


def _figure(histogram: str, name: str) -> Measure | None:
    """The statistic `name` of the histogram, or None where there is no such statistic."""
    stat = statistic(name)
    if stat is None:
        return None
    return _of_run(
        Measure(
            name=f"{histogram}.{name}",
            unit=stat.unit,
            subject="generator" if histogram in GENERATOR_DURATIONS else "server",
            read=lambda run: stat.of(run.histograms.get(histogram)),
            figure=Figure(histogram, stat),
            by_second=True,
        )
    )


def _of_plan(name: str, unit: Unit, value: OfRun) -> Measure:
    """A measure of how much of the plan the generator carried out."""
    return _of_load(
        f"arrivals.{name}", unit, "generator", lambda run: value(run) if run.arrivals_planned > 0 else None
    )


def _of_load(name: str, unit: Unit, subject: Subject, value: OfRun) -> Measure:
    return _of_run(Measure(name, unit, subject, lambda run: MeasuredValue.of(value(run))))


def _of_run(measure: Measure) -> Measure:
    """A measure of a load run as one of the evidence."""

    def read(evidence: Evidence) -> MeasuredValue:
        if evidence.load is None:
            return MeasuredValue(None, "there is no load run")
        return measure.read(evidence.load)

    return replace(measure, read=read)
