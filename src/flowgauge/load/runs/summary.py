"""What a person sees on the terminal at the end: the true percentiles, and whether to trust them."""

from collections.abc import Iterator

from flowgauge.load.runs.capacity import found_of, verdict_of
from flowgauge.load.runs.outcome import in_vain
from flowgauge.results import LoadRun
from flowgauge.results.measures import CONNECT, LATENCY, USUAL, histogram_name

__all__ = ["summary_of"]

_PERCENTS = (50, 90, 95, 99, 99.9)


def summary_of(run: LoadRun) -> str:
    """The run on one screen; latencies in milliseconds from the moment a request was due."""
    return "\n".join(_lines(run)) + "\n"


def _lines(run: LoadRun) -> Iterator[str]:
    yield ""
    yield f"flowgauge: {run.scenario}, {run.plan.get('text')}, {run.duration:.1f} s"
    yield f"against    {run.target}"
    yield ""
    head = "".join(f"{f'p{percent:g}':>8}" for percent in _PERCENTS)
    yield f"{'ms':<22}{'count':>8}{head}{'max':>8}"
    wanted = [histogram_name(op.name, LATENCY) for op in run.operations]
    wanted += [name for name in USUAL.durations if name != CONNECT]
    for name in wanted:
        histogram = run.histograms.get(name)
        if histogram is None or not histogram.count:
            continue
        values = [histogram.percentile(percent) or 0.0 for percent in _PERCENTS]
        cells = "".join(f" {_milliseconds(value):>7}" for value in [*values, histogram.maximum or 0.0])
        yield f"{name:<22}{histogram.count:>8}{cells}"
    yield ""
    planned = "in a closed loop" if run.plan.get("closed") else f"of {run.arrivals_planned} planned"
    yield f"arrivals {run.arrivals_started} {planned}   requests {run.requests}   failed {run.failed}"
    yield from _counters(run)
    for op in run.operations:
        for kind, count in sorted(op.errors.items()):
            yield f"  error    {op.name}: {kind} ({count})"
    if unreadable := run.checks.get("unreadable", 0):
        verified = run.checks.get("verified", 0)
        yield f"  UNTOLD   {unreadable} things could not be asked about at the end, {verified} could"
    for finding in run.findings:
        yield f"  finding  {finding.id} {finding.operation}: {finding.title} ({finding.count})"
    if run.stopped_because:
        yield f"  STOPPED  {run.stopped_because}"
    for step in run.capacity_steps:
        shown = (f"{n}: {'no data' if v is None else f'{v:.4g}'}" for n, v in step.values.items())
        yield f"  capacity {step.rate:>9g}/s  {verdict_of(step):<8} {', '.join(shown)}"
    if run.capacity_steps:
        yield f"  capacity {found_of(run.capacity_steps, is_cut=run.interrupted)}"
    for reason in run.invalid:
        yield f"  INVALID  {reason}"
    for reason in in_vain(run):
        yield f"  NO DATA  {reason}"


def _milliseconds(seconds: float) -> str:
    """At most seven characters, of a duration up to an hour."""
    return f"{seconds * 1e3:.{2 if seconds < 1 else 1 if seconds < 10 else 0}f}"


def _counters(run: LoadRun) -> Iterator[str]:
    """`runs 40 started, 39 ended, 1 censored`."""
    families: dict[str, list[str]] = {}
    for name, count in run.counters.items():
        family, _, what = name.partition(".")
        families.setdefault(family, []).append(f"{count} {what}")
    for family, counts in families.items():
        yield f"{family} {', '.join(counts)}"
