"""Measures of a load run. Each is None where the run holds nothing that it could be read from."""

from collections.abc import Callable, Iterator

from flowgauge.gates.evidence import Evidence
from flowgauge.gates.measure import Figure, Measure, Reading, Subject, Unit, statistic
from flowgauge.results import LoadRun, OperationCounts

__all__ = ["GENERATOR_DURATIONS", "figure", "load_measures", "operation_measures"]

GENERATOR_DURATIONS = frozenset({"schedule_lag"})
"""Durations that speak about the generator, not about the server."""

SHED = "shed "
"""How the kinds of errors begin that are refusals under load."""

Read = Callable[[LoadRun], float | None]


def load_measures() -> Iterator[Measure]:
    """Every measure over a whole load run that is not a figure of a histogram."""
    count, ratio = Unit.COUNT, Unit.RATIO
    yield _measure("errors.ratio", ratio, "server", "failed requests", lambda r: _part(r.failed, r.requests))
    yield _measure(
        "errors.count", count, "server", "failed requests", lambda r: r.failed if r.requests else None
    )
    yield _measure(
        "shed.ratio", ratio, "server", "requests turned away", lambda r: _part(_shed(r), r.requests)
    )
    yield _measure(
        "shed.count", count, "server", "requests turned away", lambda r: _shed(r) if r.requests else None
    )
    yield _measure("requests.count", count, "server", "requests sent", lambda r: r.requests or None)
    yield _measure("requests.rate", Unit.RATE, "server", "requests a second", _request_rate)
    yield _measure("arrivals.delivered", ratio, "generator", "started arrivals over planned ones", _delivered)
    yield _measure(
        "arrivals.planned", count, "generator", "planned arrivals", lambda r: r.arrivals_planned or None
    )
    yield _measure(
        "arrivals.started", count, "generator", "started arrivals", _if_planned(lambda r: r.arrivals_started)
    )
    yield _measure(
        "arrivals.dropped",
        count,
        "generator",
        "planned arrivals that never started",
        _if_planned(lambda r: max(0, r.arrivals_planned - r.arrivals_started)),
    )
    yield from _run_measures()
    yield _measure(
        "load.findings",
        count,
        "truth",
        "invariants that the server broke under load",
        lambda r: sum(1 for f in r.findings if f.waived is None) if r.requests else None,
    )


def _run_measures() -> Iterator[Measure]:
    yield _measure(
        "runs.started",
        Unit.COUNT,
        "server",
        "runs that the server acknowledged",
        lambda r: r.runs_started or None,
    )
    parts: tuple[tuple[str, str, Callable[[LoadRun], int]], ...] = (
        ("ended", "runs seen to end", lambda r: r.runs_ended),
        ("failed", "runs that ended in a failed stage", lambda r: r.runs_failed),
        ("censored", "runs still going when the load stopped", lambda r: r.runs_censored),
    )
    for name, about, get in parts:
        yield _measure(f"runs.{name}", Unit.COUNT, "server", about, _if_started(get))
        yield _measure(f"runs.{name}.ratio", Unit.RATIO, "server", about, _of_started(get))


def operation_measures(op: str) -> Iterator[Measure]:
    """The counts of the operation called `op` in the scenario."""

    def counted(get: Callable[[OperationCounts], float]) -> Read:
        def value(run: LoadRun) -> float | None:
            counts = next((c for c in run.operations if c.name == op and c.requests), None)
            return get(counts) if counts else None

        return value

    count, ratio = Unit.COUNT, Unit.RATIO
    failed = f"failed {op} requests"
    yield _measure(f"{op}.requests", count, "server", f"{op} requests sent", counted(lambda c: c.requests))
    yield _measure(f"{op}.errors.count", count, "server", failed, counted(lambda c: c.failed))
    yield _measure(f"{op}.errors.ratio", ratio, "server", failed, counted(lambda c: c.failed / c.requests))


def figure(histogram: str, name: str) -> Measure | None:
    """The statistic `name` of the histogram, or None where there is no such statistic."""
    stat = statistic(name)
    if stat is None:
        return None

    def read(evidence: Evidence) -> Reading:
        if evidence.load is None:
            return Reading(None, "there is no load run")
        return stat.of(evidence.load.histograms.get(histogram))

    return Measure(
        name=f"{histogram}.{name}",
        unit=stat.unit,
        subject="generator" if histogram in GENERATOR_DURATIONS else "server",
        about=f"{name} of {histogram}",
        read=read,
        figure=Figure(histogram, stat),
    )


def _measure(name: str, unit: Unit, subject: Subject, about: str, value: Read) -> Measure:
    def read(evidence: Evidence) -> Reading:
        if evidence.load is None:
            return Reading(None, "there is no load run")
        return Reading.of(value(evidence.load))

    return Measure(name, unit, subject, about, read)


def _shed(run: LoadRun) -> int:
    kinds = (item for op in run.operations for item in op.errors.items())
    return sum(number for kind, number in kinds if kind.startswith(SHED))


def _part(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


def _delivered(run: LoadRun) -> float | None:
    return _part(run.arrivals_started, run.arrivals_planned)


def _request_rate(run: LoadRun) -> float | None:
    return run.requests / run.duration if run.requests and run.duration > 0 else None


def _if_planned(get: Callable[[LoadRun], int]) -> Read:
    return lambda run: get(run) if run.arrivals_planned > 0 else None


def _if_started(get: Callable[[LoadRun], int]) -> Read:
    return lambda run: get(run) if run.runs_started > 0 else None


def _of_started(get: Callable[[LoadRun], int]) -> Read:
    return lambda run: _part(get(run), run.runs_started)
