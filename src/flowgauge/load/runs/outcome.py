"""From intervals and reports to the `LoadRun` that the later stages read, and to the exit code."""

import math
import os
import platform
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import version

import gevent

from flowgauge.errors import ExitCode
from flowgauge.load.edition_part import LoadPart
from flowgauge.load.engine.buckets import BucketCounts
from flowgauge.load.journeys.findings import merged_findings
from flowgauge.load.runs.conditions import IntervalFigures
from flowgauge.load.runs.merged_intervals import MergedIntervals
from flowgauge.load.runs.settings import Assignment, LoadSettings
from flowgauge.load.runs.target import LoadTarget
from flowgauge.load.transport.failures import OURS
from flowgauge.results import Exchange, Finding, LoadRun, Worker, capacity_of
from flowgauge.results.measures import SCHEDULE_LAG

__all__ = ["EngineReport", "Progress", "exit_code_of", "in_vain", "load_run_of", "overflow"]

_VERSIONED = ("flowgauge", "locust", "gevent", "httptools", "hdrhistogram")
# What makes a generator unfit: seconds by which its clock was set, part of the seconds without a spare cycle.
_CLOCK_STEP, _SATURATED = 0.5, 0.1
# Below this ratio of successes nothing was measured; nor of an operation where none of so many succeeds.
_SUCCEEDS, _ENOUGH = 0.01, 20


@dataclass(frozen=True, slots=True)
class EngineReport:
    """What one engine has to say at its end, beside its intervals.

    `elapsed` seconds of the plan were carried out; `interrupted` if that is not all of it. `cpu_ratio` is
    processor time over time, `saturated_ratio` the ratio of seconds in which it was above 0.95; `clock_step`
    by how many seconds the wall clock left the monotonic one; `memory_bytes` what the process took at most.
    `checks` counts what was looked at: answers `validated`, things `acknowledged`, `identified` (compared
    with all others) and `verified` (read back).
    """

    elapsed: float = 0.0
    interrupted: bool = False
    cpu_ratio: float = 0.0
    saturated_ratio: float = 0.0
    clock_step: float = 0.0
    memory_bytes: int = 0
    checks: dict[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    examples: tuple[tuple[str, Exchange], ...] = ()


@dataclass(slots=True)
class Progress:
    """What the coordinator gathers of a run while it goes on.

    `sources` are the names of all engines, `so_far` what they had found a moment ago; `lost` those that
    died, with their index. `halted` if it was stopped before anybody began.
    """

    target: LoadTarget
    part: LoadPart
    settings: LoadSettings
    scenarios: dict[str, float]
    started_at: float = field(default_factory=time.time)
    sources: tuple[str, ...] = ()
    intervals: MergedIntervals = field(default_factory=MergedIntervals)
    reports: dict[str, EngineReport] = field(default_factory=dict)
    so_far: dict[str, EngineReport] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)

    stopped_because: str = ""
    halted: bool = False
    _measured: range | None = None

    def assignment(self, index: int = 0, of: int = 1) -> Assignment:
        """What one of the engines is to do."""
        target = self.target
        to, bearer = target.connection, target.bearer
        return Assignment(to.url, bearer, self.scenarios, self.settings, index, of, target.headers, to.proxy)

    def count_plan(self) -> None:
        """Number the plan's arrivals, once: the random ones are drawn, which may take seconds.

        Before the start, so that none of them is late for it; meanwhile others have their turn.
        """
        plan, rest = self.settings.arrival_plan(), partial(gevent.sleep, 0)
        first = plan.due_before(self.settings.warm_up, rest)
        self._measured = range(first, plan.due_before(math.inf, rest))

    def planned(self, source: str | None = None) -> int:
        """How many arrivals the whole plan has after the warm-up, or the part of it that is one engine's.

        0 in a closed loop, which has no plan of arrivals.
        """
        if self._measured is None:
            self.count_plan()
        assert self._measured is not None
        if source is None:
            return len(self._measured)
        index, of = self.sources.index(source), len(self.sources)
        first, last = self._measured.start, self._measured.stop
        return len(range(first + (index - first) % of, last, of))

    @property
    def figures(self) -> IntervalFigures:
        """All that was counted."""
        return IntervalFigures(self.intervals.whole, self.part.operations)


def load_run_of(progress: Progress, *, goes_on: bool = False) -> LoadRun:
    """The run as it stands. One that `goes_on` is as whoever reads it meets it if nothing more is written."""
    whole, settings = progress.intervals.whole, progress.settings
    reports = dict(sorted(progress.reports.items()))
    # Without a report, because every worker died, what they had reported still says how long it was.
    duration = max((report.elapsed for report in reports.values()), default=whole.length)
    begun = whole.figures["arrivals"]
    planned = progress.planned() or begun
    interrupted = goes_on or progress.halted or any(report.interrupted for report in reports.values())
    invalid = () if goes_on else _unfitness(progress)
    invalid += _losses(progress)
    never = planned - begun - whole.figures["dropped"]
    if never > 0 and not (interrupted or progress.lost):
        invalid += (f"{never} of {planned} planned arrivals never began",)
    if interrupted:
        how, plan = "cut off" if goes_on else "stopped", settings.arrival_plan()
        share = f"{begun} journeys" if plan.closed else f"{begun} of {planned} planned arrivals"
        invalid += (f"the load was {how} after {duration:.1f} s of {plan.duration:g} s: {share}",)
    # Who died has no report, and still what it had found by then.
    told = dict(sorted((progress.so_far | reports).items()))
    checks: Counter[str] = Counter()
    for report in told.values():
        checks.update(report.checks)
    return LoadRun(
        target=progress.target.identity,
        scenario=" + ".join(progress.scenarios),
        started_at=progress.started_at,
        duration=duration,
        plan=_plan_of(settings, progress),
        operations=progress.figures.operations,
        histograms={} if goes_on else progress.intervals.histograms(),
        slices=() if goes_on else progress.intervals.slices(),
        # What the edition makes of them, and what its journeys count beside.
        counters=dict(whole.counters) | progress.part.counters(whole.counters),
        arrivals_planned=planned,
        arrivals_started=begun,
        arrivals_dropped=whole.figures["dropped"],
        interrupted=interrupted,
        distributions={
            name: {str(value): seen[value] for value in sorted(seen)}
            for name, seen in sorted(whole.distributions.items())
        },
        bytes_received={op: n for op in progress.part.operations if (n := whole.figures[f"{op}.bytes_in"])},
        retried=whole.figures["retried"],
        checks=dict(checks),
        workers=_workers(progress),
        findings=merged_findings(report.findings for report in told.values()),
        examples=tuple(example for report in told.values() for example in report.examples),
        stopped_because=progress.stopped_because,
        invalid=invalid,
        host=_host(),
        versions=_versions(),
    )


def exit_code_of(run: LoadRun) -> ExitCode:
    """What the process should end with. Slow or failed answers are data, for the gates to judge.

    Broken invariants come before an unfit generator: a lost run is lost, whoever asked for it. So does a
    condition that stopped the run: it was asked for. Where nothing succeeded nothing was measured, and a
    search in which no rate held has no result.
    """
    if not run.requests:
        return ExitCode.INVALID if run.interrupted else ExitCode.NO_DATA
    if run.findings or run.stopped_because:
        return ExitCode.FAILED
    if run.capacity_steps and not run.interrupted and capacity_of(run.capacity_steps) is None:
        return ExitCode.NO_DATA if run.capacity_steps[-1].is_valid else ExitCode.INVALID
    if run.invalid:
        return ExitCode.INVALID
    return ExitCode.NO_DATA if in_vain(run) else ExitCode.PASSED


def in_vain(run: LoadRun) -> tuple[str, ...]:
    """One sentence where (nearly) nothing of all that was asked succeeded, or one for each such operation."""
    if not run.requests:
        return ("no request was sent",)
    if run.requests - run.failed < run.requests * _SUCCEEDS:
        return (f"(nearly) nothing succeeded: {run.failed} of {run.requests} requests failed",)
    return tuple(
        f"no {op.name} succeeded: all {op.requests} failed"
        for op in run.operations
        if op.requests >= _ENOUGH and op.failed >= op.requests
    )


def overflow(progress: Progress) -> tuple[str, ...]:
    """The sentence about arrivals that were dropped, if any were.

    Of all signs of an unfit generator this is the one that a slow server can give, too.
    """
    dropped, most = progress.intervals.whole.figures["dropped"], progress.settings.max_in_flight
    return (f"{dropped} arrivals were dropped: {most} journeys were under way already",) if dropped else ()


def _unfitness(progress: Progress) -> tuple[str, ...]:
    """What made the generator unfit, one sentence each, which is not the same as slow."""
    found = []
    whole, limit = progress.intervals.whole, progress.settings.max_schedule_lag
    lag = BucketCounts(whole.counts.get(SCHEDULE_LAG, {})).percentile(99)
    if lag is not None and lag > limit:
        found.append(
            f"the schedule lag's p99 is {lag * 1e3:.1f} ms, above {limit * 1e3:g} ms: requests left late"
        )
    found += overflow(progress)
    for name, report in sorted(progress.reports.items()):
        if report.saturated_ratio > _SATURATED:
            found.append(
                f"the processor was saturated in {report.saturated_ratio:.0%} of the seconds ({name})"
            )
        if abs(report.clock_step) > _CLOCK_STEP:
            found.append(f"the clock was set by {report.clock_step:+.1f} s during the run ({name})")
        if missing := progress.intervals.missing(name):
            found.append(f"{missing} seconds of {name} never arrived")
    for kind, sentence in OURS.items():
        if starved := sum(kinds.get(kind, 0) for kinds in whole.errors.values()):
            found.append(f"{starved} requests {sentence}")
    return tuple(found)


def _losses(progress: Progress) -> tuple[str, ...]:
    """One sentence for each worker that died, with the part of the plan that died with it."""
    plan, planned = progress.settings.arrival_plan(), progress.planned()
    sentences = []
    for name in sorted(progress.lost):
        if plan.closed:
            # Nobody knows how many journeys it would have begun: its time is what was lost.
            ran = min(progress.intervals.seconds(name), plan.duration)
            part = f"{1 - ran / plan.duration:.0%} of its part of the closed loop"
            sentences.append(f"{name} died after {ran:g} s of {plan.duration:g} s: {part} was lost with it")
        else:
            lost = progress.planned(name) - progress.intervals.arrivals[name]
            part = f"{lost / planned:.0%}" if planned else "its part"
            sentences.append(f"{name} died: {part} of the plan was lost with it")
    return tuple(sentences)


def _workers(progress: Progress) -> tuple[Worker, ...]:
    begun, planned = progress.intervals.arrivals, progress.planned
    ended = [
        Worker(name, planned(name), begun[name], report.cpu_ratio, report.memory_bytes)
        for name, report in progress.reports.items()
    ]
    lost = [Worker(name, planned(name), begun[name], lost=True) for name in progress.lost]
    return tuple(sorted(ended + lost, key=lambda worker: worker.name))


def _plan_of(settings: LoadSettings, progress: Progress) -> dict[str, object]:
    plan = settings.arrival_plan()
    named = ("warm_up", "seed", "stages", "poll_interval", "wait_ratio", "reuse_flows")
    return {
        "text": plan.text,
        "rate": max((max(part.start_rate, part.end_rate) for part in plan.parts), default=0.0),
        "duration": plan.duration,
        "closed": plan.closed,
        "scenarios": progress.scenarios,
        "workers": len(progress.sources),
    } | {name: getattr(settings, name) for name in named}


@cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in _VERSIONED}


@cache
def _host() -> dict[str, object]:
    return {
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "clock": "CLOCK_MONOTONIC",
        "clock_resolution": time.get_clock_info("monotonic").resolution,
    }
