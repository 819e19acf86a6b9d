"""Whether a run got slower than others: effects with intervals, never two bare numbers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from flowgauge.gates.baseline import comparable
from flowgauge.gates.bootstrap import COVERAGE, FEWEST_SECONDS, Effect, Sample, compare
from flowgauge.gates.measure import Figure, Unit, format_value
from flowgauge.results import Histogram, LoadRun

__all__ = ["Change", "change_text", "changes", "incomparable"]

MOST_BLOCKS = 300
"""Longer runs are cut into as many blocks of several seconds, which only makes the interval more careful."""

Change = Effect | str
"""An effect, or why there is none."""


def changes(
    before: Sequence[LoadRun], after: Sequence[LoadRun], figures: Iterable[Figure]
) -> dict[Figure, Change]:
    """The change of each percentile from the pooled runs `before` to the pooled runs `after`.

    The intervals hold together with 95 %: the more figures, the wider each.
    """
    wanted = list(dict.fromkeys(figures))
    refusal = incomparable(before, after)
    if refusal:
        return dict.fromkeys(wanted, refusal)
    by_histogram: dict[str, list[Figure]] = defaultdict(list)
    for figure in wanted:
        by_histogram[figure.histogram].append(figure)
    found: dict[Figure, Change] = {}
    for histogram, group in by_histogram.items():
        # Bonferroni over the histograms here, over the percentiles of each in `compare`.
        share = len(group) / len(wanted)
        effects = compare(
            _sample(before, histogram),
            _sample(after, histogram),
            percents=[float(figure.statistic.name.removeprefix("p")) for figure in group],
            coverage=1 - (1 - COVERAGE) * share,
        )
        few = f"{histogram} needs at least {FEWEST_SECONDS} seconds of data on both sides"
        found |= dict(zip(group, effects, strict=True)) if effects else dict.fromkeys(group, few)
    return found


def incomparable(before: Sequence[LoadRun], after: Sequence[LoadRun]) -> str | None:
    """Why these runs cannot be compared, or None where they can."""
    if not before or not after:
        return "there is nothing to compare"
    runs = [*before, *after]
    unfit = next((run.invalid[0] for run in runs if run.invalid), None)
    if unfit:
        return f"one of the runs is invalid: {unfit}"
    return next((reason for run in runs if (reason := comparable(runs[0], run))), None)


def change_text(effect: Effect) -> str:
    """`+12 % (+8 % to +15 %) from 10.2 ms`."""

    def signed(ratio: float) -> str:
        return f"{'+' if ratio >= 0 else '-'}{format_value(abs(ratio), Unit.RATIO)}"

    before = format_value(effect.before, Unit.DURATION)
    return f"{signed(effect.change)} ({signed(effect.low)} to {signed(effect.high)}) from {before}"


def _sample(runs: Sequence[LoadRun], measure: str) -> Sample:
    pieces = [[piece for piece in run.slices if piece.measure == measure] for run in runs]
    seconds = sum(len({int(piece.start) for piece in run}) for run in pieces)
    length = max(1, -(-seconds // MOST_BLOCKS))
    blocks = []
    for run in pieces:
        merged: dict[int, Histogram] = defaultdict(Histogram)
        for piece in run:
            merged[int(piece.start) // length].add(piece.histogram)
        blocks.append([merged[number] for number in sorted(merged)])
    return Sample(blocks)
