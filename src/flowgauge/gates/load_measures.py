"""Measures of a load run. Each is None where the run holds nothing that it could be read from."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from flowgauge.expressions import (
    Figure,
    Measure,
    MeasuredValue,
    Subject,
    operation_measures,
    request_measures,
    statistic,
)
from flowgauge.gates.evidence import Evidence
from flowgauge.results import LoadRun
from flowgauge.results.measures import GENERATOR_DURATIONS, LOAD_UNITS, Unit

__all__ = ["counter_measures", "figure", "load_measures", "of_operation"]

Read = Callable[[LoadRun], float | None]


def load_measures() -> Iterator[Measure]:
    """Every measure over a whole load run that is neither a figure of a histogram nor a counter."""
    yield from map(_of_run, request_measures())
    yield _generator("arrivals.delivered", "started arrivals over planned ones", _delivered)
    yield _generator("arrivals.planned", "planned arrivals", lambda r: r.arrivals_planned)
    yield _generator("arrivals.started", "started arrivals", lambda r: r.arrivals_started)
    yield _generator("arrivals.dropped", "planned arrivals that never started", _dropped)
    yield _measure(
        "load.findings",
        LOAD_UNITS["load.findings"],
        "truth",
        "invariants that the server broke under load",
        lambda r: sum(1 for f in r.findings if f.waived is None) if r.requests else None,
    )


def counter_measures(counters: Iterable[str]) -> Iterator[Measure]:
    """What the journeys counted: the first of each family, and the others as parts of it."""
    whole: dict[str, str] = {}
    for name in counters:
        first = whole.setdefault(name.partition(".")[0], name)
        about = f"{name.replace('.', ' ')}, as the journeys saw it"
        yield _measure(name, Unit.COUNT, "server", about, _counted(name, first))
        if name != first:
            yield _measure(f"{name}.ratio", Unit.RATIO, "server", about, _ratio(name, first))


def of_operation(op: str) -> Iterator[Measure]:
    """The counts of the operation called `op` in the scenario."""
    return map(_of_run, operation_measures(op))


def figure(histogram: str, name: str) -> Measure | None:
    """The statistic `name` of the histogram, or None where there is no such statistic."""
    stat = statistic(name)
    if stat is None:
        return None
    return _of_run(
        Measure(
            name=f"{histogram}.{name}",
            unit=stat.unit,
            subject="generator" if histogram in GENERATOR_DURATIONS else "server",
            about=f"{name} of {histogram}",
            read=lambda run: stat.of(run.histograms.get(histogram)),
            figure=Figure(histogram, stat),
            by_second=True,
        )
    )


def _of_run(measure: Measure) -> Measure:
    """A measure of a load run as one of the evidence."""

    def read(evidence: Evidence) -> MeasuredValue:
        if evidence.load is None:
            return MeasuredValue(None, "there is no load run")
        return measure.read(evidence.load)

    return replace(measure, read=read)


def _measure(name: str, unit: Unit, subject: Subject, about: str, value: Read) -> Measure:
    return _of_run(Measure(name, unit, subject, about, lambda run: MeasuredValue.of(value(run))))


def _generator(name: str, about: str, value: Read) -> Measure:
    def planned(run: LoadRun) -> float | None:
        return value(run) if run.arrivals_planned > 0 else None

    return _measure(name, LOAD_UNITS[name], "generator", about, planned)


def _delivered(run: LoadRun) -> float:
    return run.arrivals_started / run.arrivals_planned


def _dropped(run: LoadRun) -> float:
    return max(0, run.arrivals_planned - run.arrivals_started)


def _counted(name: str, first: str) -> Read:
    return lambda run: run.counters.get(name) if run.counters.get(first, 0) > 0 else None


def _ratio(name: str, first: str) -> Read:
    def value(run: LoadRun) -> float | None:
        part, whole = run.counters.get(name), run.counters.get(first, 0)
        return part / whole if part is not None and whole > 0 else None

    return value
