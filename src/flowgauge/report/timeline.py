"""A run second by second: percentiles of one measure above, the load and its errors below."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markupsafe import Markup

from flowgauge.gates import Unit, format_value
from flowgauge.report.drawing import Frame, Scale, add, canvas, linear_scale, log_scale, markup, polyline
from flowgauge.results import Histogram, LoadRun

__all__ = ["Moment", "moments", "timeline_chart"]

WIDTH, HEIGHT = 760, 300
FRAME = Frame(left=64, top=14, width=636, height=180)
LOAD = Frame(left=64, top=214, width=636, height=48)
MOST_COLUMNS = 120


@dataclass(frozen=True, slots=True)
class Moment:
    """One column of the chart: `start` and `length` in seconds, latencies in seconds, `rate` per second.

    The percentiles are those of all counts in the column, never an average of percentiles.
    """

    start: float
    length: float
    p50: float
    p95: float
    p99: float
    maximum: float
    rate: float


def moments(run: LoadRun, measure: str) -> tuple[Moment, ...]:
    """The measure in at most 120 columns of equal length. Seconds without data give no column."""
    pieces = [piece for piece in run.slices if piece.measure == measure and piece.histogram.count]
    if not pieces:
        return ()
    length = max(1, math.ceil((int(max(piece.start for piece in pieces)) + 1) / MOST_COLUMNS))
    columns: dict[int, Histogram] = defaultdict(Histogram)
    for piece in pieces:
        columns[int(piece.start) // length].add(piece.histogram)
    return tuple(_moment(number * length, length, columns[number]) for number in sorted(columns))


def _moment(start: float, length: float, histogram: Histogram) -> Moment:
    def at(percent: float) -> float:
        return histogram.percentile(percent) or 0.0

    return Moment(
        start=float(start),
        length=float(length),
        p50=at(50),
        p95=at(95),
        p99=at(99),
        maximum=histogram.maximum or 0.0,
        rate=histogram.count / length,
    )


def timeline_chart(
    columns: Sequence[Moment], *, name: str, limits: Sequence[tuple[float, str, str]] = ()
) -> Markup:
    """The chart. `limits` are (seconds, label, status) of the gates on this measure."""
    values = [value for moment in columns for value in (moment.p50, moment.maximum) if value > 0]
    values += [seconds for seconds, _, _ in limits if seconds > 0]
    end = max(moment.start + moment.length for moment in columns)
    across = linear_scale(0, end, start=FRAME.left, end=FRAME.right, ticks=8)
    up = log_scale(min(values) * 0.85, max(values) * 1.2, start=FRAME.bottom, end=FRAME.top)
    drawing = canvas(
        WIDTH, HEIGHT, title=f"{name} over time; its percentiles stand in the table of durations"
    )
    _grid(drawing, across, up)
    for statistic in ("maximum", "p50", "p95", "p99"):
        points = [(_middle(moment, across), up.place(getattr(moment, statistic))) for moment in columns]
        group = add(drawing, "g", cls=f"time {statistic}")
        add(group, "title", statistic)
        if statistic == "maximum":
            for x, y in points:
                add(group, "circle", cx=x, cy=y, r=1.6)
        else:
            polyline(group, points, cls="line")
    for seconds, label, status in limits:
        y = up.place(seconds)
        group = add(drawing, "g", cls=f"limit is-{status.replace(' ', '-')}")
        add(group, "line", x1=FRAME.left, x2=FRAME.right, y1=y, y2=y, cls="ceiling")
        add(group, "text", label, x=FRAME.right - 4, y=y - 5, text_anchor="end")
    _load(drawing, columns, across)
    return markup(drawing)


def _middle(moment: Moment, across: Scale) -> float:
    return across.place(moment.start + moment.length / 2)


def _grid(drawing: Element, across: Scale, up: Scale) -> None:
    grid = add(drawing, "g", cls="grid")
    for value in up.ticks:
        y = up.place(value)
        add(grid, "line", x1=FRAME.left, x2=FRAME.right, y1=y, y2=y)
        add(grid, "text", format_value(value, Unit.DURATION), x=FRAME.left - 8, y=y + 4, text_anchor="end")
    for second in across.ticks:
        x = across.place(second)
        add(grid, "line", x1=x, x2=x, y1=FRAME.top, y2=LOAD.bottom)
        add(grid, "text", f"{second:g} s", x=x, y=LOAD.bottom + 18, text_anchor="middle")
    add(grid, "text", "per second", x=LOAD.left - 8, y=LOAD.top - 6, text_anchor="end", cls="axis")


def _load(drawing: Element, columns: Sequence[Moment], across: Scale) -> None:
    highest = max(moment.rate for moment in columns)
    up = linear_scale(0, highest * 1.05, start=LOAD.bottom, end=LOAD.top, ticks=2)
    group = add(drawing, "g", cls="load")
    for moment in columns:
        left, right = across.place(moment.start), across.place(moment.start + moment.length)
        y = up.place(moment.rate)
        add(group, "rect", x=left, y=y, width=max(0.5, right - left - 0.6), height=LOAD.bottom - y)
    labels = add(drawing, "g", cls="grid")
    add(
        labels,
        "text",
        format_value(round(highest), Unit.COUNT),
        x=LOAD.left - 8,
        y=LOAD.top + 10,
        text_anchor="end",
    )
    add(labels, "line", x1=LOAD.left, x2=LOAD.right, y1=LOAD.bottom, y2=LOAD.bottom)
