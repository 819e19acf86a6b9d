"""The search for the capacity as a picture: what each rate that was tried came to, and where the knee is."""

from collections.abc import Sequence

from markupsafe import Markup

from flowgauge.report.page.drawing import Frame, add, axis_title, canvas, log_scale, markup
from flowgauge.results import CapacityStep, capacity_of, failures_of, is_confirmed

__all__ = ["capacity_chart", "capacity_evidence"]

WIDTH, HEIGHT = 960, 240
FRAME = Frame(left=64, top=14, width=880, height=180)


def capacity_evidence(steps: Sequence[CapacityStep]) -> str:
    """What was found, in a sentence, and why it may be believed."""
    found = capacity_of(steps)
    if found is None:
        return "No rate held."
    times = "twice" if is_confirmed(steps, found) else "once"
    sentence = f"{found:g}/s held {times}"
    if not steps[-1].is_valid:
        # Of the generator, or of whoever ended the search: not of the server.
        reason = f"the step at {steps[-1].rate:g}/s says nothing about the server ({steps[-1].invalid[0]})"
        return f"{sentence}; {reason}: it is a lower bound."
    beyond = [rate for rate, failures in failures_of(steps).items() if failures > 1 and rate > found]
    return (
        f"{sentence}, {min(beyond):g}/s failed twice."
        if beyond
        else f"{sentence}; nothing above it was tried."
    )


def capacity_chart(steps: Sequence[CapacityStep]) -> Markup | None:
    """The first condition's measure over the rate, a dot for each step; None where there is no figure."""
    name = next(iter(steps[0].values), None) if steps else None
    seen = [(step, value) for step in steps if name and (value := step.values.get(name)) is not None]
    if name is None or not seen:
        return None
    values = [max(value, 1e-6) for _, value in seen]
    rates = [step.rate for step in steps]
    across = log_scale(min(rates) * 0.9, max(rates) * 1.1, start=FRAME.left, end=FRAME.right)
    up = log_scale(min(values) * 0.9, max(values) * 1.15, start=FRAME.bottom, end=FRAME.top)
    drawing = canvas(
        WIDTH, HEIGHT, title=f"Search for the capacity, by {name}; the table below has the figures"
    )
    grid = add(drawing, "g", cls="grid")
    for mark in up.ticks:
        y = up.place(mark)
        add(grid, "line", x1=FRAME.left, x2=FRAME.right, y1=y, y2=y)
        add(grid, "text", f"{mark:.3g}", x=FRAME.left - 8, y=y + 4, text_anchor="end")
    for mark in across.ticks:
        add(grid, "text", f"{mark:g}", x=across.place(mark), y=FRAME.bottom + 18, text_anchor="middle")
    axis_title(grid, name, FRAME)
    x, y = FRAME.left + FRAME.width / 2, FRAME.bottom + 36
    add(grid, "text", "arrivals per second", x=x, y=y, text_anchor="middle", cls="axis")
    if (found := capacity_of(steps)) is not None:
        knee = add(drawing, "g", cls="limit is-passed")
        x = across.place(found)
        add(knee, "line", x1=x, x2=x, y1=FRAME.top, y2=FRAME.bottom, cls="stem")
        add(knee, "text", f"{found:g}/s", x=x - 6, y=FRAME.top + 10, text_anchor="end")
    for step, value in seen:
        word = "invalid" if not step.is_valid else "passed" if step.held else "failed"
        dot = add(drawing, "g", cls=f"limit is-{word}")
        add(dot, "title", f"{step.rate:g}/s: {value:.4g}")
        add(dot, "circle", cx=across.place(step.rate), cy=up.place(max(value, 1e-6)), r=4.5)
    return markup(drawing)
