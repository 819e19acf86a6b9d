"""Whether a run got slower than others: effects with intervals, never two bare numbers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from flowgauge.expressions import Figure, format_value
from flowgauge.gates.baseline import comparable, unfit_for_comparison
from flowgauge.gates.bootstrap import COVERAGE, FEWEST_SECONDS, Effect, Sample, compare
from flowgauge.results import Histogram, LoadRun
from flowgauge.results.measures import Unit

__all__ = [
    "MOST_ERRORS_MORE",
    "Change",
    "change_text",
    "changes",
    "differences",
    "error_ratios",
    "incomparable",
]

MOST_ERRORS_MORE = 0.01
"""How much the ratio of errors may grow. Percentiles are those of the answers: a server that turns half of
its requests away may answer the others as quickly as ever."""

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
    if unfit := next((reason for run in runs if (reason := unfit_for_comparison(run))), None):
        return f"one of the runs is invalid: {unfit}"
    return next((reason for run in runs if (reason := comparable(runs[0], run))), None)


def differences(before: Sequence[LoadRun], after: Sequence[LoadRun], *, servers: bool = True) -> list[str]:
    """What else than the server's build may explain a change: another machine, harness, or server.

    `servers` is False where two servers are compared on purpose.
    """

    def told(runs: Sequence[LoadRun], read: Callable[[LoadRun], object]) -> str:
        return ", ".join(dict.fromkeys(str(read(run)) for run in runs))

    facts: list[tuple[str, Callable[[LoadRun], object]]] = [
        ("processors", lambda run: run.host.get("cpus", "unknown")),
        ("machine", lambda run: run.host.get("machine", "unknown")),
        ("flowgauge", lambda run: run.versions.get("flowgauge", "unknown")),
    ]
    if servers:
        facts.append(("server", lambda run: run.target.server))
    return [
        f"{name}: {old} before, {new} now"
        for name, read in facts
        if (old := told(before, read)) != (new := told(after, read))
    ]


def error_ratios(before: Sequence[LoadRun], after: Sequence[LoadRun]) -> tuple[float, float]:
    """The ratio of failed requests on both sides; 0 where nothing was sent."""

    def ratio(runs: Sequence[LoadRun]) -> float:
        return sum(run.failed for run in runs) / max(1, sum(run.requests for run in runs))

    return ratio(before), ratio(after)


def change_text(effect: Effect) -> str:
    """`+12 % (+8 % to +15 %) from 10.2 ms`."""

    def signed(ratio: float) -> str:
        return f"{'+' if ratio >= 0 else '-'}{format_value(abs(ratio), Unit.RATIO)}"

    before = format_value(effect.before, Unit.DURATION)
    return f"{signed(effect.change)} ({signed(effect.low)} to {signed(effect.high)}) from {before}"


def _sample(runs: Sequence[LoadRun], measure: str) -> Sample:
    pieces = [[piece for piece in run.slices if piece.measure == measure] for run in runs]
    seconds = sum(len({piece.second for piece in run}) for run in pieces)
    length = max(1, -(-seconds // MOST_BLOCKS))
    blocks = []
    for run in pieces:
        merged: dict[int, Histogram] = defaultdict(Histogram)
        for piece in run:
            merged[piece.second // length].add(piece.histogram)
        blocks.append([merged[number] for number in sorted(merged)])
    return Sample(blocks)
