"""Baselines: runs that were accepted, kept as files fit for review.

    reports/baseline/<scenario>/baseline.json        figures to read and review, revision, when, why
    reports/baseline/<scenario>/run-1/run.json       the run itself, as in a run folder,
    reports/baseline/<scenario>/run-1/run.hlog       with the seconds of the measures that are compared
    reports/baseline/<scenario>/run-2/...            further runs of the same plan, pooled

A baseline speaks for one scenario under one plan: what was measured under another is not comparable.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from flowgauge.errors import NoDataError, UsageError
from flowgauge.results import Histogram, LoadRun, read_load_run, write_load_run
from flowgauge.results.bounds import Moment, Quantity
from flowgauge.results.measures import is_compared
from flowgauge.results.run_folder import write_text

__all__ = [
    "Baseline",
    "baseline_folder",
    "comparable",
    "read_baseline",
    "unfit_for_comparison",
    "write_baseline",
]

SUMMARY_FILE = "baseline.json"
VERSION = 1
FREE_TO_DIFFER = frozenset({"seed", "duration"})
"""What of a plan may differ between runs that are compared: neither changes what a request meets."""

PERCENTILES = (50.0, 90.0, 95.0, 99.0)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The accepted runs of one scenario. `recorded_at` is seconds since the epoch.

    `figures` holds, for each measure, its pooled percentiles in seconds, for people; what is compared is
    the runs.
    """

    scenario: str
    revision: str
    recorded_at: Moment
    reason: str
    figures: dict[str, dict[str, Quantity]]
    runs: tuple[LoadRun, ...] = field(default=(), compare=False)


def baseline_folder(root: Path, scenario: str) -> Path:
    """Where the baseline of a scenario lives. Raises UsageError for a name that is no plain file name."""
    if (
        not scenario
        or scenario.startswith(".")
        or any(c in '/\\:*?"<>|' or not c.isprintable() for c in scenario)
    ):
        raise UsageError(f"{scenario!r} cannot name a baseline")
    return root / scenario


def write_baseline(
    root: Path, runs: Sequence[LoadRun], *, revision: str, recorded_at: float, reason: str
) -> Baseline:
    """Keep `runs` as the baseline of their scenario, in place of the one before.

    Raises UsageError where they do not belong together, or one is invalid or empty.
    """
    if not runs:
        raise UsageError("a baseline needs at least one run")
    first = runs[0]
    for run in runs:
        if reason_not := comparable(first, run):
            raise UsageError(f"these runs do not belong together: {reason_not}")
        if unfit := unfit_for_comparison(run):
            raise UsageError(f"an invalid run makes no baseline: {unfit}")
        if not any(is_compared(piece.measure) and piece.histogram.count for piece in run.slices):
            raise UsageError("a run without samples makes no baseline")
    baseline = Baseline(first.scenario, revision, recorded_at, reason, _figures(runs), tuple(runs))
    folder = baseline_folder(root, first.scenario)
    beside = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    for number, run in enumerate(runs, start=1):
        kept = tuple(piece for piece in run.slices if is_compared(piece.measure))
        write_load_run(beside / f"run-{number}", replace(run, slices=kept, examples=(), findings=()))
    summary = {"format": "flowgauge-baseline", "version": VERSION} | {
        name: getattr(baseline, name) for name in ("scenario", "revision", "recorded_at", "reason", "figures")
    }
    write_text(beside / SUMMARY_FILE, msgspec.json.format(msgspec.json.encode(summary)).decode() + "\n")
    # The old one goes only when the new one is whole.
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)
    return baseline


def read_baseline(root: Path, scenario: str) -> Baseline:
    """The baseline of a scenario with its runs. Raises NoDataError where there is none to read."""
    path = baseline_folder(root, scenario) / SUMMARY_FILE
    try:
        content = msgspec.json.decode(path.read_bytes())
        if not isinstance(content, dict) or content.get("version") != VERSION:
            raise NoDataError(f"{path} is not a baseline of version {VERSION}")
        summary = msgspec.convert(content, Baseline)
    except FileNotFoundError:
        raise NoDataError(
            f"there is no baseline for {scenario}", hint="`flowgauge baseline set` keeps one"
        ) from None
    except (OSError, RecursionError, msgspec.DecodeError) as error:
        raise NoDataError(f"{path} is damaged: {error}") from None
    folders = sorted(path.parent.glob("run-*"), key=lambda folder: (len(folder.name), folder.name))
    if not folders:
        raise NoDataError(f"{path.parent} holds no run")
    return replace(summary, runs=tuple(read_load_run(folder) for folder in folders))


def unfit_for_comparison(run: LoadRun) -> str | None:
    """Why this run says nothing about the server, or None where it does."""
    if run.invalid:
        return run.invalid[0]
    return "it was stopped before the end of its plan" if run.interrupted else None


def comparable(one: LoadRun, other: LoadRun) -> str | None:
    """Why two runs cannot be compared, or None where they can."""
    if one.scenario != other.scenario:
        return f"one ran {one.scenario}, the other {other.scenario}"
    for key in sorted((one.plan.keys() | other.plan.keys()) - FREE_TO_DIFFER):
        mine, theirs = one.plan.get(key), other.plan.get(key)
        if mine != theirs:
            return f"their plans differ: {key} is {mine!r} in one and {theirs!r} in the other"
    return None


def _figures(runs: Sequence[LoadRun]) -> dict[str, dict[str, float]]:
    pooled: dict[str, Histogram] = {}
    for run in runs:
        for name, histogram in run.histograms.items():
            if is_compared(name) and histogram.count:
                pooled.setdefault(name, Histogram()).add(histogram)
    return {
        name: {"count": histogram.count}
        | {f"p{percent:g}": histogram.percentile(percent) or 0.0 for percent in PERCENTILES}
        for name, histogram in sorted(pooled.items())
    }
