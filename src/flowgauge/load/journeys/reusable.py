"""Things made before a run, to be reused in it: side by side, since each may take the server a while."""

from collections.abc import Callable
from dataclasses import dataclass

from gevent.event import Event

from flowgauge.errors import TargetUnreachable
from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.iteration import Journey
from flowgauge.load.engine.tally import Tally
from flowgauge.load.journeys.context import Making
from flowgauge.load.transport.failures import LATE

__all__ = ["ReusableThings"]

# So many at a time, and told of that often.
_SIDE_BY_SIDE, _TOLD_EVERY = 16, 0.5


@dataclass(slots=True)
class ReusableThings:
    """Makes things on an engine; what that takes counts in `tally`. `stop` breaks it off."""

    engine: Engine
    tally: Tally
    stop: Event

    def make(self, one: Callable[[], Making], wanted: int, told: Callable[[int], None]) -> list[object]:
        """So many of what `one` makes, or fewer where it was stopped; `told` hears how many there are.

        Blocks this greenlet. Raises TargetUnreachable where one cannot be made; no other is begun then.
        """
        made: list[object] = []
        begun = ended = 0

        def make_one() -> Journey:
            thing = yield from one()
            if thing is not None:
                made.append(thing)

        def begin_next() -> None:
            nonlocal begun
            if begun < wanted and ended == len(made) and not self.stop.is_set():
                begun += 1
                self.engine.depart(make_one(), self.tally, then=go_on)

        def go_on() -> None:
            nonlocal ended
            ended += 1
            begin_next()

        for _ in range(_SIDE_BY_SIDE):
            begin_next()
        while ended < begun and not self.stop.is_set():
            self.engine.wait_quiet(_TOLD_EVERY)
            told(len(made))
        if len(made) < wanted and not self.stop.is_set():
            raise self._too_few(len(made), wanted)
        return made

    def _too_few(self, made: int, wanted: int) -> TargetUnreachable:
        errors = self.tally.take(0, 0.0, 0.0).errors
        kinds = [(name, kind) for name, counted in errors.items() for kind in counted]
        because = f": {', '.join(f'{name}, {kind}' for name, kind in kinds)}" if kinds else ""
        is_late = any(kind in LATE for _, kind in kinds)
        return TargetUnreachable(
            f"only {made} of {wanted} things to be reused could be created{because}",
            hint="give the server longer with --response-timeout, or have fewer made" if is_late else None,
        )
