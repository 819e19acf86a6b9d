"""SVG by ElementTree, so that a drawing is well-formed and escaped whatever its labels say."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from flowgauge.inert import inert

__all__ = [
    "Frame",
    "Scale",
    "add",
    "axis_title",
    "canvas",
    "labels_apart",
    "linear_scale",
    "log_scale",
    "markup",
    "polyline",
]


@dataclass(frozen=True, slots=True)
class Frame:
    """The plotting area inside a drawing, in user units: left edge, top edge, width, height."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The bottom edge."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Scale:
    """A map from values to a coordinate, and the values that deserve a tick."""

    place: Callable[[float], float]
    ticks: tuple[float, ...]


def linear_scale(low: float, high: float, *, start: float, end: float, ticks: int = 5) -> Scale:
    """Values `low`..`high` onto `start`..`end`, evenly, with about so many round ticks."""
    extent = (high - low) or 1.0
    step = _round_step(extent / max(1, ticks))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    marks = tuple(number * step for number in range(first, last + 1))
    return Scale(lambda value: start + (value - low) / extent * (end - start), marks)


def log_scale(low: float, high: float, *, start: float, end: float) -> Scale:
    """Values `low`..`high` (both above 0) onto `start`..`end` by their logarithm.

    Ticks stand at 1, 2, 5, ..., or evenly where the values span too little for that.
    """
    low = max(low, 1e-9)
    high = max(high, low * 1.01)
    bottom, top = math.log10(low), math.log10(high)
    decades = range(math.floor(bottom), math.ceil(top) + 1)
    digits = (1, 2, 5) if top - bottom < 3 else (1,)
    marks = tuple(digit * 10.0**decade for decade in decades for digit in digits)
    inside = tuple(mark for mark in marks if low * 0.999 <= mark <= high * 1.001)
    if len(inside) < 3:
        inside = linear_scale(low, high, start=start, end=end).ticks

    def place(value: float) -> float:
        return start + (math.log10(max(value, low)) - bottom) / (top - bottom) * (end - start)

    return Scale(place, inside)


def _round_step(rough: float) -> float:
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next(digit for digit in (1, 2, 5, 10) if digit * magnitude >= rough * 0.999) * magnitude


def canvas(width: float, height: float, *, title: str) -> Element:
    """An empty drawing with an accessible name. It scales with the page; all places are in user units."""
    return Element(
        "svg",
        {
            "viewBox": f"0 0 {width:g} {height:g}",
            "role": "img",
            "aria-label": inert(title, keep=""),
            "class": "chart",
        },
    )


def add(parent: Element, tag: str, text: str | None = None, **attributes: str | float) -> Element:
    """Add an element. Attribute names are written with `_` for `-`; `cls` is the class."""
    element = SubElement(parent, tag, {_name(key): _value(value) for key, value in attributes.items()})
    if text is not None:
        element.text = inert(text, keep="")
    return element


def polyline(parent: Element, points: Iterable[tuple[float, float]], *, cls: str) -> None:
    """A line through the points, if there are any."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    if path:
        add(parent, "polyline", points=path, cls=cls)


def axis_title(parent: Element, text: str, frame: Frame) -> None:
    """What the vertical axis of a frame shows, written upwards beside it."""
    x, y = 11, frame.top + frame.height / 2
    add(parent, "text", text, transform=f"rotate(-90 {x} {y:g})", x=x, y=y, text_anchor="middle", cls="axis")


def labels_apart(places: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """The same places moved no more than needed to stand `gap` apart between `low` and `high`."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    floor = low
    for index in order:
        moved[index] = floor = max(moved[index], floor)
        floor += gap
    ceiling = high
    for index in reversed(order):
        moved[index] = ceiling = min(moved[index], ceiling)
        ceiling -= gap
    return moved


def markup(drawing: Element) -> Markup:
    """The drawing as HTML that needs no further escaping."""
    return Markup(tostring(drawing, encoding="unicode"))  # noqa: S704  # ElementTree has escaped it


def _name(key: str) -> str:
    return "class" if key == "cls" else key.replace("_", "-")


def _value(value: str | float) -> str:
    return inert(value, keep="") if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
