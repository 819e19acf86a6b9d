"""What the journeys of one engine share: their requests, their settings, what the server acknowledged."""

import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowgauge.load.engine.iteration import CallResult, Journey
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.acknowledged import Acknowledgements
from flowgauge.load.transport.wire import Template, Wire, WireCall

__all__ = ["JourneyContext", "JourneyMaker", "Making"]

Making = Generator[WireCall | float, CallResult | None, Any]
"""A piece of a journey that ends with the thing that it made, or with None where that failed."""


@dataclass(slots=True)
class JourneyContext:
    """One engine's. `templates` are requests by their short names.

    `body` is what the `--stages` text became; `reusable` holds things made beforehand, to be used again and
    again. `poll_interval` is seconds, `wait_ratio` (0..1) the part that asks the server to wait.
    """

    wire: Wire
    templates: Mapping[str, Template]
    body: bytes = b"{}"
    poll_interval: float = 0.025
    wait_ratio: float = 0.0
    reusable: list[Any] = field(default_factory=list)
    acknowledged: Acknowledgements = field(default_factory=Acknowledgements)
    rng: random.Random = field(default_factory=lambda: random.Random(1))

    def tally(self) -> Tally:
        """An empty tally of every operation that a journey may call."""
        return Tally((t.name, t.success) for t in self.templates.values())


JourneyMaker = Callable[[JourneyContext, Tally], Journey]
