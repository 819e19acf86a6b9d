"""From intervals and reports to the `LoadRun` that the later stages read, and to the exit code."""

import os
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

from flowgauge.errors import ExitCode
from flowgauge.load.edition_part import LoadPart
from flowgauge.load.engine.tally import COUNTERS, DISTRIBUTIONS
from flowgauge.load.journeys.findings import merged_findings
from flowgauge.load.runs.engine_report import EngineReport
from flowgauge.load.runs.health import unfitness
from flowgauge.load.runs.merged_intervals import MergedIntervals
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.runs.target import LoadTarget
from flowgauge.results import LoadRun, OperationCounts, Worker

__all__ = ["Progress", "exit_code_of", "load_run_of"]

_VERSIONED = ("flowgauge", "locust", "gevent", "httptools", "hdrhistogram")


@dataclass(slots=True)
class Progress:
    """What the coordinator gathers of a run while it goes on.

    `sources` are the names of all engines; `lost` those that died, with their index.
    """

    target: LoadTarget
    part: LoadPart
    settings: LoadSettings
    scenarios: dict[str, int]
    started_at: float = field(default_factory=time.time)
    workers: int = 1
    sources: tuple[str, ...] = ()
    intervals: MergedIntervals = field(default_factory=MergedIntervals)
    reports: dict[str, EngineReport] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)


def load_run_of(progress: Progress) -> LoadRun:
    """The run as it stands."""
    intervals, settings, reports = progress.intervals, progress.settings, progress.reports
    figures = intervals.figures
    # Without a report, because every worker died, what they had reported still says how long it was.
    duration = max((report.elapsed for report in reports.values()), default=intervals.whole().length)
    # What a dead worker had to begin until the others ended.
    owed = {name: _planned(progress, index, duration) for name, index in progress.lost.items()}
    planned = sum(report.planned for report in reports.values()) + sum(owed.values())
    return LoadRun(
        target=progress.target.identity,
        scenario=" + ".join(progress.scenarios),
        started_at=progress.started_at,
        duration=duration,
        plan=_plan_of(settings, progress),
        operations=_operations(progress),
        histograms=intervals.histograms(),
        slices=intervals.slices(),
        counters=progress.part.counters(_counters(figures)),
        arrivals_planned=planned or figures["arrivals"],
        arrivals_started=figures["arrivals"],
        arrivals_dropped=figures["dropped"],
        interrupted=any(report.interrupted for report in reports.values()),
        distributions=_distributions(figures),
        bytes_received={op: n for op in progress.part.operations if (n := figures[f"{op}.bytes_in"])},
        retried=figures["retried"],
        checks=_checks(reports),
        workers=_workers(progress, owed),
        findings=merged_findings(report.findings for _, report in sorted(reports.items())),
        examples=tuple(example for _, report in sorted(reports.items()) for example in report.examples),
        invalid=unfitness(intervals, reports, settings=settings) + _losses(progress, owed, planned),
        host=_host(),
        versions={name: version(name) for name in _VERSIONED},
    )


def exit_code_of(run: LoadRun) -> ExitCode:
    """What the run ends with. Slow or failed answers are data, for the gates to judge.

    Broken invariants come before an unfit generator: a lost run is lost, whoever asked for it. So does a
    condition that stopped the run: it was asked for.
    """
    if not run.requests:
        return ExitCode.NO_DATA
    if run.findings or run.stopped_because:
        return ExitCode.FAILED
    return ExitCode.INVALID if run.invalid else ExitCode.PASSED


def _operations(progress: Progress) -> tuple[OperationCounts, ...]:
    intervals = progress.intervals
    return tuple(
        OperationCounts(name, operation, intervals.figures[f"{name}.requests"], dict(intervals.errors[name]))
        for name, operation in progress.part.operations.items()
        if intervals.figures[f"{name}.requests"]
    )


def _counters(figures: Mapping[str, int]) -> dict[str, int]:
    return {n.removeprefix(COUNTERS): count for n, count in figures.items() if n.startswith(COUNTERS)}


def _distributions(figures: Mapping[str, int]) -> dict[str, dict[str, int]]:
    met: dict[str, dict[int, int]] = defaultdict(dict)
    for figure, count in figures.items():
        if figure.startswith(DISTRIBUTIONS):
            name, _, value = figure.removeprefix(DISTRIBUTIONS).rpartition(".")
            met[name][int(value)] = count
    return {name: {str(value): seen[value] for value in sorted(seen)} for name, seen in sorted(met.items())}


def _checks(reports: Mapping[str, EngineReport]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for report in reports.values():
        total.update(report.checks)
    return dict(total)


def _planned(progress: Progress, index: int, until: float) -> int:
    plan, warm_up = progress.settings.arrival_plan(), min(progress.settings.warm_up, until)
    due = plan.planned(until=until, index=index, of=progress.workers)
    return due - plan.planned(until=warm_up, index=index, of=progress.workers)


def _losses(progress: Progress, owed: Mapping[str, int], planned: int) -> tuple[str, ...]:
    """One sentence for each worker that died, with the part of the plan that died with it."""
    sentences = []
    for name, number in sorted(owed.items()):
        lost = number - progress.intervals.figures_by_source[name]["arrivals"]
        part = f"{lost / planned:.0%}" if planned else "its part"
        sentences.append(f"{name} died: {part} of the plan was lost with it")
    return tuple(sentences)


def _workers(progress: Progress, owed: Mapping[str, int]) -> tuple[Worker, ...]:
    figures = progress.intervals.figures_by_source
    ended = [
        Worker(
            name=name,
            arrivals_planned=report.planned,
            arrivals_started=figures[name]["arrivals"],
            cpu_ratio=report.cpu_ratio,
            memory_bytes=report.memory_bytes,
        )
        for name, report in progress.reports.items()
    ]
    lost = [
        Worker(name=name, arrivals_planned=owed[name], arrivals_started=figures[name]["arrivals"], lost=True)
        for name in progress.lost
    ]
    return tuple(sorted(ended + lost, key=lambda worker: worker.name))


def _plan_of(settings: LoadSettings, progress: Progress) -> dict[str, object]:
    plan = settings.arrival_plan()
    return {
        "text": plan.text,
        "rate": max((max(part.start_rate, part.end_rate) for part in plan.parts), default=0.0),
        "duration": plan.duration,
        "warm_up": settings.warm_up,
        "closed": plan.closed,
        "seed": settings.seed,
        "stages": settings.stages,
        "poll_interval": settings.poll_interval,
        "wait_ratio": settings.wait_ratio,
        "reuse_flows": settings.reuse_flows,
        "scenarios": progress.scenarios,
        "workers": progress.workers,
    }


def _host() -> dict[str, object]:
    return {
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "clock": "CLOCK_MONOTONIC",
        "clock_resolution": time.get_clock_info("monotonic").resolution,
    }
