"""A run second by second: percentiles of one measure above, the load and its errors below."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markupsafe import Markup

from flowgauge.gates import Unit, format_value
from flowgauge.report.page.drawing import (
    Frame,
    Scale,
    add,
    axis_title,
    canvas,
    linear_scale,
    log_scale,
    markup,
    polyline,
)
from flowgauge.results import Histogram, LoadRun

__all__ = ["Moment", "moments", "timeline_chart"]

WIDTH, HEIGHT = 960, 320
FRAME = Frame(left=64, top=14, width=880, height=200)
LOAD = Frame(left=64, top=234, width=880, height=48)
MOST_COLUMNS = 120


@dataclass(frozen=True, slots=True)
class Moment:
    """One column of the chart: `start` and `length` in seconds, latencies in seconds, `rate` per second.

    `errors` counts the requests of the same operation that failed or were turned away in that time.

    The percentiles are those of all counts in the column, never an average of percentiles.
    """

    start: float
    length: float
    p50: float
    p95: float
    p99: float
    maximum: float
    rate: float
    errors: int = 0


def moments(run: LoadRun, measure: str) -> tuple[Moment, ...]:
    """The measure in at most 120 columns of equal length. Seconds without data give no column."""
    failures = {measure.replace(".latency", f".{kind}") for kind in ("failed", "shed")} - {measure}
    pieces = [piece for piece in run.slices if piece.measure == measure or piece.measure in failures]
    if not pieces:
        return ()
    length = max(1, math.ceil((max(piece.second for piece in pieces) + 1) / MOST_COLUMNS))
    columns: dict[int, Histogram] = defaultdict(Histogram)
    errors: Counter[int] = Counter()
    for piece in pieces:
        number = piece.second // length
        if piece.measure == measure:
            columns[number].add(piece.histogram)
        else:
            errors[number] += piece.histogram.count
    return tuple(
        _moment(number * length, length, columns[number], errors[number])
        for number in sorted(columns.keys() | errors.keys())
        if columns[number].count or errors[number]
    )


def _moment(start: float, length: float, histogram: Histogram, errors: int) -> Moment:
    p50, p95, p99 = (value or 0.0 for value in histogram.percentiles((50, 95, 99)))
    return Moment(
        errors=errors,
        start=float(start),
        length=float(length),
        p50=p50,
        p95=p95,
        p99=p99,
        maximum=histogram.maximum or 0.0,
        rate=(histogram.count + errors) / length,
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
        answered = (moment for moment in columns if moment.maximum > 0)
        points = [(_middle(moment, across), up.place(getattr(moment, statistic))) for moment in answered]
        group = add(drawing, "g", cls=f"time {statistic}")
        add(group, "title", "longest" if statistic == "maximum" else statistic)
        if statistic == "maximum":
            # Strokes of no length with round ends: dots at a tenth of the size of circles.
            add(group, "path", d="".join(f"M{x:.1f} {y:.1f}h0" for x, y in points), cls="dots")
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
    axis_title(grid, "duration", FRAME)
    axis_title(grid, "per second", LOAD)
    x, y = FRAME.left + FRAME.width / 2, LOAD.bottom + 32
    add(grid, "text", "since the load began", x=x, y=y, text_anchor="middle", cls="axis")


def _load(drawing: Element, columns: Sequence[Moment], across: Scale) -> None:
    highest = max(moment.rate for moment in columns)
    up = linear_scale(0, highest * 1.05, start=LOAD.bottom, end=LOAD.top, ticks=2)
    group = add(drawing, "g", cls="load")
    add(group, "path", d=_bars(columns, [moment.rate for moment in columns], across, up))
    failed = [moment.errors / moment.length for moment in columns]
    if any(failed):
        errors = add(drawing, "g", cls="errors")
        add(errors, "title", f"failed or turned away: {sum(moment.errors for moment in columns):,}")
        add(errors, "path", d=_bars(columns, failed, across, up))
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


def _bars(columns: Sequence[Moment], heights: Sequence[float], across: Scale, up: Scale) -> str:
    """A bar a column, as one path. The smallest bar that is not zero can still be seen."""
    parts = []
    for moment, height in zip(columns, heights, strict=True):
        if height > 0:
            left, right = across.place(moment.start), across.place(moment.start + moment.length)
            tall = max(1.5, LOAD.bottom - up.place(height))
            parts.append(
                f"M{left:.1f} {LOAD.bottom:g}v{-tall:.1f}h{max(0.5, right - left - 0.6):.1f}v{tall:.1f}z"
            )
    return "".join(parts)
