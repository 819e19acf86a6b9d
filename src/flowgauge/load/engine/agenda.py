"""What is to begin or to go on, and when: the arrivals of the plan, and journeys that pause."""

import heapq
from collections.abc import Iterator
from itertools import count

from flowgauge.load.engine.iteration import Iteration
from flowgauge.load.transport.timer import NEVER

__all__ = ["Agenda"]


class Agenda:
    """Moments are seconds, monotonic. `next_due` is when the next arrival is due, NEVER without one."""

    __slots__ = ("_dues", "_order", "_wakes", "next_due")

    def __init__(self) -> None:
        self._wakes: list[tuple[float, int, Iteration]] = []
        self._order = count()
        self._dues: Iterator[float] = iter(())
        self.next_due = NEVER

    def follow(self, dues: Iterator[float]) -> None:
        """Have arrivals at these moments, in order."""
        self._dues = dues
        self.next_due = next(dues, NEVER)

    def stop(self) -> None:
        """Have no more arrivals."""
        self.follow(iter(()))

    @property
    def has_arrivals(self) -> bool:
        """Whether there are more of them."""
        return self.next_due != NEVER

    def pause(self, iteration: Iteration, moment: float) -> None:
        """Have a journey go on at that moment."""
        heapq.heappush(self._wakes, (moment, next(self._order), iteration))

    def moment(self) -> float:
        """When something is due next."""
        return min(self.next_due, self._wakes[0][0]) if self._wakes else self.next_due

    def take(self, now: float, ahead: float) -> tuple[float, Iteration | None] | None:
        """What is due, with its moment: an arrival (None) or a journey that goes on; None where nothing is.

        An arrival may be taken so many seconds `ahead`; a journey that pauses never goes on too soon.
        """
        due = self.next_due
        if due <= now + ahead:
            self.next_due = next(self._dues, NEVER)
            return due, None
        if self._wakes and self._wakes[0][0] <= now:
            due, _, iteration = heapq.heappop(self._wakes)
            return due, iteration
        return None

    def clear(self) -> set[Iteration]:
        """Forget the journeys that pause; which they were."""
        wakes, self._wakes = self._wakes, []
        return {iteration for _, _, iteration in wakes}
