"""The trend: one small chart a measure over the runs of the history."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from flowgauge.gates import Catalogue, Unit, format_value
from flowgauge.report.history import TRENDS, Entry, alike
from flowgauge.report.page.drawing import Frame, add, canvas, linear_scale, markup, polyline

__all__ = ["Trend", "trends"]

MOST_RUNS = 60
WIDTH, HEIGHT = 300, 80
FRAME = Frame(left=6, top=8, width=288, height=62)


@dataclass(frozen=True, slots=True)
class Trend:
    """One measure over the last runs: its name, its last value, and the median of those before."""

    name: str
    last: str
    usual: str
    runs: int
    chart: Markup


def trends(entries: Sequence[Entry], like: Entry) -> tuple[Trend, ...]:
    """A trend for each measure that at least two runs have, of those that `like` may be compared with."""
    shown = alike(entries, like)[-MOST_RUNS:]
    found = []
    for name in TRENDS:
        points = [(number, entry) for number, entry in enumerate(shown) if name in entry.measures]
        if len(points) >= 2:
            found.append(_trend(name, points, len(shown)))
    return tuple(found)


def _trend(name: str, points: Sequence[tuple[int, Entry]], count: int) -> Trend:
    measure = Catalogue().find(name)
    unit = measure.unit if measure else Unit.COUNT
    values = [entry.measures[name] for _, entry in points]
    # What an unfit generator measured is not usual, unless there is nothing else.
    sound = sorted(entry.measures[name] for _, entry in points[:-1] if entry.status != "invalid")
    before = sound or sorted(values[:-1])
    across = linear_scale(0, max(1, count - 1), start=FRAME.left, end=FRAME.right)
    up = linear_scale(0, max(values) * 1.1 or 1.0, start=FRAME.bottom, end=FRAME.top)
    title = f"{name} over {len(values)} runs, last {format_value(values[-1], unit)}"
    drawing = canvas(WIDTH, HEIGHT, title=title)
    grid = add(drawing, "g", cls="grid")
    add(grid, "line", x1=FRAME.left, x2=FRAME.right, y1=FRAME.bottom, y2=FRAME.bottom)
    group = add(drawing, "g", cls="series s1")
    places = [(across.place(number), up.place(entry.measures[name])) for number, entry in points]
    polyline(group, places, cls="line")
    for (x, y), (_, entry) in zip(places, points, strict=True):
        dot = add(group, "circle", cx=x, cy=y, r=3, cls=f"run is-{entry.status.replace(' ', '-')}")
        revision = f" at {entry.revision[:12]}" if entry.revision else ""
        add(dot, "title", f"{format_value(entry.measures[name], unit)}, {entry.status}{revision}")
    usual = format_value(before[len(before) // 2], unit)
    return Trend(name, format_value(values[-1], unit), usual, len(values), markup(drawing))
