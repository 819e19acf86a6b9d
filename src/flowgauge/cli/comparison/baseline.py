"""Keep accepted runs as baselines, and compare with them or with other runs.

A comparison draws the seconds of both sides again and again (a block bootstrap): it says by how much a
percentile changed, within which limits that is certain, and calls a regression only what is certain and
larger than --minimum. On a noisy machine compare two builds with runs of both, taken in turns:

For example:
  flowgauge baseline set                                accept the last run
  flowgauge baseline set out/run-* --reason "new disk"  accept several, pooled
  flowgauge baseline show
  flowgauge baseline compare                            the last run with it
  flowgauge baseline compare b-1 b-2 b-3 --against a-1 a-2 a-3
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from flowgauge.cli.flags import RUN_FOLDER, add_path, revision
from flowgauge.cli.judging import BASELINES
from flowgauge.errors import ExitCode, NoDataError, UsageError
from flowgauge.expressions import Catalogue
from flowgauge.gates import (
    MOST_ERRORS_MORE,
    Effect,
    Figure,
    changes,
    differences,
    error_ratios,
    gate_measures,
    incomparable,
    is_compared,
    read_baseline,
    unfit_for_comparison,
    write_baseline,
)
from flowgauge.inert import inert
from flowgauge.report.page.change_table import change_table, figures_table
from flowgauge.results import LoadRun, read_load_run
from flowgauge.results.measures import RUN_LATENCY, RUN_TO_TERMINAL

__all__ = ["add_arguments", "add_comparison_flags", "figures_of", "ratio_of", "run", "told_comparison"]

RUN_PATH = (RUN_LATENCY, RUN_TO_TERMINAL)
PERCENTILES = ("p50", "p90", "p95", "p99")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_path(parser, "--baselines", "folder", BASELINES)
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    keep = actions.add_parser("set", help="accept run folders as the baseline")
    keep.add_argument("run_folders", nargs="*", type=Path, default=[RUN_FOLDER], metavar="RUN_FOLDER")
    keep.add_argument("--reason", default="", help="why this is the new baseline, for the review")
    keep.set_defaults(action=_set)
    show = actions.add_parser("show", help="print the baselines")
    show.add_argument("scenario", nargs="?", help="only this one")
    show.set_defaults(action=_show)
    compare = actions.add_parser("compare", help="compare run folders with the baseline, or with others")
    compare.add_argument("run_folders", nargs="*", type=Path, default=[RUN_FOLDER], metavar="RUN_FOLDER")
    compare.add_argument(
        "--against", nargs="+", type=Path, metavar="RUN_FOLDER", help="other runs instead of the baseline"
    )
    add_comparison_flags(compare)
    compare.set_defaults(action=_compare)


def add_comparison_flags(parser: argparse.ArgumentParser) -> None:
    """Add `--measure` and `--minimum`."""
    about = "percentile to compare (default: p50, p90, p95 and p99 of the run path)"
    parser.add_argument("--measure", action="append", default=[], metavar="NAME", help=about)
    parser.add_argument("--minimum", default="10%", help="smallest change that counts (default %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Keep, show or compare."""
    return int(args.action(args))


def _set(args: argparse.Namespace) -> int:
    runs = _read(args.run_folders)
    kept = write_baseline(
        args.baselines,
        runs,
        revision=revision(is_ours=all(run.target.kind == "embedded" for run in runs)),
        recorded_at=time.time(),
        reason=inert(args.reason, keep=""),
    )
    print(f"kept {len(runs)} run{'s' if len(runs) > 1 else ''} as the baseline of {kept.scenario}")
    print(figures_table(kept), end="")
    return ExitCode.PASSED


def _show(args: argparse.Namespace) -> int:
    scenarios = (
        [args.scenario]
        if args.scenario
        # What begins with a dot is one that was not written to its end.
        else sorted(p.parent.name for p in args.baselines.glob("[!.]*/baseline.json"))
    )
    if not scenarios:
        raise NoDataError(f"{args.baselines} holds no baseline", hint="`flowgauge baseline set` keeps one")
    for scenario in scenarios:
        print(figures_table(read_baseline(args.baselines, scenario)), end="")
    return ExitCode.PASSED


def _compare(args: argparse.Namespace) -> int:
    figures = figures_of(args.measure)
    minimum = ratio_of(args.minimum)
    after = _read(args.run_folders)
    before = _read(args.against) if args.against else read_baseline(args.baselines, after[0].scenario).runs
    return told_comparison(before, after, figures, minimum=minimum, servers=not args.against)


def told_comparison(
    before: Sequence[LoadRun],
    after: Sequence[LoadRun],
    figures: Sequence[Figure],
    *,
    minimum: float,
    servers: bool,
) -> ExitCode:
    """Print the comparison of two sets of runs; what it amounts to.

    Without `figures` the usual ones are compared. A run that says nothing about the server spoils it; else a
    regression wins; else everything that was asked for must have been compared.
    """
    found = changes(before, after, figures or figures_of(_usual_measures(before)))
    errors = error_ratios(before, after)
    print(change_table(found, minimum=minimum, errors=errors), end="")
    for difference in differences(before, after, servers=servers):
        print(f"  beware, {difference}")
    if any(unfit_for_comparison(run) for run in (*before, *after)):
        return ExitCode.INVALID
    if incomparable(before, after):
        return ExitCode.NO_DATA
    effects = [change for change in found.values() if isinstance(change, Effect)]
    if any(effect.is_regression(minimum) for effect in effects) or errors[1] > errors[0] + MOST_ERRORS_MORE:
        return ExitCode.REGRESSION
    return ExitCode.PASSED if effects and len(effects) == len(found) else ExitCode.NO_DATA


def _usual_measures(runs: Sequence[LoadRun]) -> list[str]:
    """What is compared where nothing is named: the run path, or whatever else these runs measured."""
    kept = dict.fromkeys(piece.measure for run in runs for piece in run.slices if is_compared(piece.measure))
    durations = [name for name in RUN_PATH if name in kept] or list(kept)
    return [f"{duration}.{percentile}" for duration in durations for percentile in PERCENTILES]


def _read(folders: Sequence[Path]) -> list[LoadRun]:
    """The runs of these folders. Raises UsageError for one that is there twice, even as a copy."""
    runs: list[LoadRun] = []
    for folder in folders:
        run = read_load_run(folder)
        if run in runs:
            raise UsageError(
                f"{folder} holds a run that is counted already",
                hint="name each run once: counted twice, it would look more certain than it is",
            )
        runs.append(run)
    return runs


def figures_of(names: Sequence[str]) -> list[Figure]:
    """The percentiles of these names. Raises UsageError for anything else."""
    return [_figure_of(name) for name in names]


def _figure_of(name: str) -> Figure:
    measures = gate_measures()
    figure = _percentile(measures, name)
    if figure is None:
        near = [each for each in measures.nearest(name) if _percentile(measures, each)]
        hint = f"such as {', '.join(near) or 'run.latency.p95'}"
        raise UsageError(f"{name!r} is not a percentile that can be compared", hint=hint)
    return figure


def _percentile(measures: Catalogue, name: str) -> Figure | None:
    measure = measures.find(name)
    figure = measure.figure if measure else None
    return figure if figure and figure.statistic.name.startswith("p") else None


def ratio_of(text: str) -> float:
    """A percentage as a ratio. Raises UsageError for anything else."""
    try:
        ratio = float(text.removesuffix("%")) / 100
    except ValueError:
        ratio = -1.0
    if not text.endswith("%") or not 0 <= ratio <= 10:
        raise UsageError(f"--minimum {text} is not a percentage", hint="such as 10%")
    return ratio
