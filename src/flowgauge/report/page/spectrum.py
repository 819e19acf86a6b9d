"""The percentile spectrum: latency against percentile on the scale of HDR histograms, gates drawn in.

The horizontal axis gives each further nine the same room (0, 90 %, 99 %, 99.9 %, ...), so that the tail,
where the trouble is, is not squeezed into the last pixel.
"""

import math
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from markupsafe import Markup

from flowgauge.gates import Outcome, Unit, format_value, is_compared
from flowgauge.report.page.drawing import (
    Frame,
    Scale,
    add,
    axis_title,
    canvas,
    labels_apart,
    log_scale,
    markup,
    polyline,
)
from flowgauge.results import Histogram, LoadRun

__all__ = ["spectrum_chart", "spectrum_series"]

WIDTH, HEIGHT = 960, 380
FRAME = Frame(left=64, top=14, width=760, height=318)
MARKS = (0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999)
POINTS = 90


def spectrum_series(run: LoadRun) -> tuple[str, ...]:
    """What the chart shows: the latency of each operation and each journey, but not the generator's lag."""
    return tuple(
        name for name, histogram in sorted(run.histograms.items()) if histogram.count and is_compared(name)
    )


def spectrum_chart(run: LoadRun, outcomes: Sequence[Outcome] = ()) -> Markup:
    """The chart of a run, each gate on a percentile drawn where its curve must not cross."""
    names = spectrum_series(run)
    curves = {name: tuple(_curve(run.histograms[name])) for name in names}
    limits = [outcome for outcome in outcomes if _is_drawable(outcome, names)]
    values = [value for curve in curves.values() for _, value in curve]
    values += [outcome.comparison.threshold for outcome in limits]
    across = _percentile_scale(max((run.histograms[name].count for name in names), default=1))
    up = log_scale(min(values) * 0.9, max(values) * 1.15, start=FRAME.bottom, end=FRAME.top)
    drawing = canvas(WIDTH, HEIGHT, title="Latency by percentile; the figures stand in the table below")
    _grid(drawing, across, up)
    for number, (name, curve) in enumerate(curves.items(), start=1):
        group = add(drawing, "g", cls=f"series s{number % 6}")
        add(group, "title", name)
        polyline(group, ((across.place(percent), up.place(value)) for percent, value in curve), cls="line")
    _name_curves(drawing, curves, up)
    places = labels_apart(
        [up.place(outcome.comparison.threshold) for outcome in limits],
        gap=15,
        low=FRAME.top,
        high=FRAME.bottom,
    )
    for outcome, label_y in zip(limits, places, strict=True):
        _draw_limit(drawing, outcome, across, up, label_y=label_y)
    return markup(drawing)


def _curve(histogram: Histogram) -> Iterable[tuple[float, float]]:
    """Points evenly spaced on the axis, up to the last percentile that the count can tell."""
    count = histogram.count
    last = math.log10(count) if count > 1 else 0.3
    percents = [100 * (1 - 10 ** (-last * step / POINTS)) for step in range(POINTS + 1)]
    for percent, value in zip(percents, histogram.percentiles(percents), strict=True):
        yield percent, max(value or 0.0, 1e-6)


def _percentile_scale(count: int) -> Scale:
    nines = max(2.0, math.log10(count))

    def place(percent: float) -> float:
        tail = max(1 - percent / 100, 10**-nines)
        return FRAME.left - math.log10(tail) / nines * FRAME.width

    return Scale(place, tuple(mark for mark in MARKS if 1 - mark / 100 >= 10**-nines * 0.999))


def _grid(drawing: Element, across: Scale, up: Scale) -> None:
    grid = add(drawing, "g", cls="grid")
    for percent in across.ticks:
        x = across.place(percent)
        add(grid, "line", x1=x, x2=x, y1=FRAME.top, y2=FRAME.bottom)
        add(grid, "text", f"{percent:g}", x=x, y=FRAME.bottom + 18, text_anchor="middle")
    for value in up.ticks:
        y = up.place(value)
        add(grid, "line", x1=FRAME.left, x2=FRAME.right, y1=y, y2=y)
        add(grid, "text", format_value(value, Unit.DURATION), x=FRAME.left - 8, y=y + 4, text_anchor="end")
    add(
        grid,
        "text",
        "percentile (%)",
        x=FRAME.left + FRAME.width / 2,
        y=HEIGHT - 8,
        text_anchor="middle",
        cls="axis",
    )
    axis_title(grid, "duration", FRAME)


def _name_curves(drawing: Element, curves: dict[str, tuple[tuple[float, float], ...]], up: Scale) -> None:
    ends = {name: curve[-1] for name, curve in curves.items() if curve}
    places = labels_apart(
        [up.place(value) for _, value in ends.values()], gap=15, low=FRAME.top + 6, high=FRAME.bottom
    )
    for number, (name, y) in enumerate(zip(ends, places, strict=True), start=1):
        group = add(drawing, "g", cls=f"series s{number % 6}")
        add(group, "text", name.removesuffix(".latency"), x=FRAME.right + 10, y=y + 4, cls="name")


def _is_drawable(outcome: Outcome, names: tuple[str, ...]) -> bool:
    figure = outcome.comparison.measure.figure
    return (
        figure is not None
        and not outcome.comparison.is_relative
        and figure.histogram in names
        and figure.statistic.name.startswith("p")
        and outcome.comparison.threshold > 0
    )


def _draw_limit(drawing: Element, outcome: Outcome, across: Scale, up: Scale, *, label_y: float) -> None:
    """A ceiling at the gate's percentile, and a stem down (or up) to what was measured there."""
    figure = outcome.comparison.measure.figure
    assert figure is not None, "only figures are drawable"
    x = across.place(float(figure.statistic.name.removeprefix("p")))
    y = up.place(outcome.comparison.threshold)
    group = add(drawing, "g", cls=f"limit is-{outcome.status.replace(' ', '-')}")
    add(group, "title", f"{outcome.comparison}: {outcome.status}")
    add(group, "line", x1=x - 22, x2=x + 22, y1=y, y2=y, cls="ceiling")
    if outcome.value is not None and outcome.comparison.window is None:
        measured = up.place(max(outcome.value, 1e-6))
        add(group, "line", x1=x, x2=x, y1=y, y2=measured, cls="stem")
        add(group, "circle", cx=x, cy=measured, r=3.5)
    text = f"{figure.histogram.removesuffix('.latency')} {figure.statistic.name} {outcome.comparison.limit}"
    add(group, "text", text, x=x - 28, y=label_y + 4, text_anchor="end")
