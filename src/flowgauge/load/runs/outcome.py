"""From ledger and shares to the `LoadRun` that the later stages read, and to the exit code."""

import os
import platform
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

from flowgauge.errors import ExitCode
from flowgauge.load.journeys.findings import merged_findings
from flowgauge.load.journeys.journeys import OPERATIONS
from flowgauge.load.runs.health import unfitness
from flowgauge.load.runs.ledger import Ledger
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.runs.share import Share
from flowgauge.load.runs.target import Target
from flowgauge.results import LoadRun, OperationCounts, Worker

__all__ = ["Progress", "exit_code_of", "load_run_of"]

_VERSIONED = ("flowgauge", "locust", "gevent", "httptools", "hdrhistogram")


@dataclass(slots=True)
class Progress:
    """What the coordinator gathers of a run while it goes on.

    `sources` are the names of all engines; `lost` those that died, with their index.
    """

    target: Target
    settings: LoadSettings
    scenarios: dict[str, int]
    started_at: float = field(default_factory=time.time)
    workers: int = 1
    sources: tuple[str, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    shares: dict[str, Share] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)


def load_run_of(progress: Progress) -> LoadRun:
    """The run as it stands."""
    ledger, settings, shares = progress.ledger, progress.settings, progress.shares
    figures = ledger.figures
    # Without a share, because every worker died, what they had reported still says how long it was.
    duration = max((share.elapsed for share in shares.values()), default=ledger.whole().length)
    # What a dead worker had to begin until the others ended.
    owed = {name: _planned(progress, index, duration) for name, index in progress.lost.items()}
    planned = sum(share.planned for share in shares.values()) + sum(owed.values())
    started = figures["runs.started"]
    return LoadRun(
        target=progress.target.name,
        scenario=" + ".join(progress.scenarios),
        started_at=progress.started_at,
        duration=duration,
        plan=_plan_of(settings, progress),
        operations=_operations(ledger),
        histograms=ledger.histograms(),
        slices=ledger.slices(),
        runs_started=started,
        runs_ended=figures["runs.ended"],
        runs_failed=figures["runs.failed"],
        runs_censored=started - figures["runs.ended"],
        arrivals_planned=planned or figures["arrivals"],
        arrivals_started=figures["arrivals"],
        arrivals_dropped=figures["dropped"],
        interrupted=any(share.interrupted for share in shares.values()),
        polls_per_run=_polls(figures),
        bytes_received={op: figures[f"{op}.bytes_in"] for op in OPERATIONS if figures[f"{op}.bytes_in"]},
        retried=figures["retried"],
        checks=_checks(shares),
        workers=_workers(progress, owed),
        findings=merged_findings(share.findings for _, share in sorted(shares.items())),
        examples=tuple(example for _, share in sorted(shares.items()) for example in share.examples),
        invalid=unfitness(ledger, shares, settings=settings) + _losses(progress, owed, planned),
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


def _operations(ledger: Ledger) -> tuple[OperationCounts, ...]:
    return tuple(
        OperationCounts(name, operation, ledger.figures[f"{name}.requests"], dict(ledger.errors[name]))
        for name, operation in OPERATIONS.items()
        if ledger.figures[f"{name}.requests"]
    )


def _polls(figures: Mapping[str, int]) -> dict[str, int]:
    prefix = "polls."
    polls = {int(n.removeprefix(prefix)): count for n, count in figures.items() if n.startswith(prefix)}
    return {str(number): polls[number] for number in sorted(polls)}


def _checks(shares: Mapping[str, Share]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for share in shares.values():
        total.update(share.checks)
    return dict(total)


def _planned(progress: Progress, index: int, until: float) -> int:
    plan, warm_up = progress.settings.arrival_plan(), min(progress.settings.warm_up, until)
    due = plan.planned(until=until, index=index, of=progress.workers)
    return due - plan.planned(until=warm_up, index=index, of=progress.workers)


def _losses(progress: Progress, owed: Mapping[str, int], planned: int) -> tuple[str, ...]:
    """One sentence for each worker that died, with the share of the plan that died with it."""
    sentences = []
    for name, number in sorted(owed.items()):
        lost = number - progress.ledger.figures_by_source[name]["arrivals"]
        share = f"{lost / planned:.0%}" if planned else "its share"
        sentences.append(f"{name} died: {share} of the plan was lost with it")
    return tuple(sentences)


def _workers(progress: Progress, owed: Mapping[str, int]) -> tuple[Worker, ...]:
    figures = progress.ledger.figures_by_source
    ended = [
        Worker(
            name=name,
            arrivals_planned=share.planned,
            arrivals_started=figures[name]["arrivals"],
            cpu_ratio=share.cpu_ratio,
            memory_bytes=share.memory_bytes,
        )
        for name, share in progress.shares.items()
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
        "wait_share": settings.wait_share,
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
