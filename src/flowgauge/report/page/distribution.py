"""The distribution of a duration: how many fell where, on a logarithmic axis."""

import math
from collections import Counter

from markupsafe import Markup

from flowgauge.gates import Unit, format_value
from flowgauge.report.page.drawing import Frame, add, axis_title, canvas, linear_scale, log_scale, markup
from flowgauge.results import Histogram

__all__ = ["distribution_chart"]

WIDTH, HEIGHT = 960, 170
FRAME = Frame(left=64, top=12, width=880, height=118)
BARS_PER_DECADE = 20
MOST_PER_DECADE = 400
FEWEST_BARS = 30


def distribution_chart(histogram: Histogram, *, name: str) -> Markup:
    """Bars of equal width on the logarithm of the duration: 20 a factor of ten, more for a narrow one."""
    counts = [(math.log10(max(seconds, 1e-6)), count) for seconds, count in histogram.buckets()]
    breadth = counts[-1][0] - counts[0][0]
    fineness = min(MOST_PER_DECADE, max(BARS_PER_DECADE, math.ceil(FEWEST_BARS / max(breadth, 1e-6))))
    bars: Counter[int] = Counter()
    for place, count in counts:
        bars[math.floor(place * fineness)] += count
    low, high = 10 ** (min(bars) / fineness), 10 ** ((max(bars) + 1) / fineness)
    across = log_scale(low, high, start=FRAME.left, end=FRAME.right)
    up = linear_scale(0, max(bars.values()) * 1.05, start=FRAME.bottom, end=FRAME.top, ticks=3)
    drawing = canvas(
        WIDTH, HEIGHT, title=f"Distribution of {name}; its percentiles stand in the table of durations"
    )
    grid = add(drawing, "g", cls="grid")
    for mark in up.ticks:
        y = up.place(mark)
        add(grid, "line", x1=FRAME.left, x2=FRAME.right, y1=y, y2=y)
        add(grid, "text", format_value(mark, Unit.COUNT), x=FRAME.left - 8, y=y + 4, text_anchor="end")
    for seconds in across.ticks:
        x = across.place(seconds)
        add(
            grid, "text", format_value(seconds, Unit.DURATION), x=x, y=FRAME.bottom + 18, text_anchor="middle"
        )
    axis_title(grid, "answers", FRAME)
    x, y = FRAME.left + FRAME.width / 2, FRAME.bottom + 34
    add(grid, "text", "duration", x=x, y=y, text_anchor="middle", cls="axis")
    group = add(drawing, "g", cls="bars")
    for number, count in sorted(bars.items()):
        left = across.place(10 ** (number / fineness))
        right = across.place(10 ** ((number + 1) / fineness))
        bar = add(
            group,
            "rect",
            x=left,
            y=up.place(count),
            width=max(0.5, right - left - 1),
            height=FRAME.bottom - up.place(count),
        )
        add(bar, "title", f"{format_value(10 ** (number / fineness), Unit.DURATION)}: {count:,}")
    return markup(drawing)
