"""The run cut into seconds: counts handed over, and an eye on processor and clock."""

import time
from collections.abc import Callable

import gevent
from gevent.queue import Queue

from flowgauge.load.engine.tally import Interval, Tally

__all__ = ["Seconds"]

_SECOND = 1.0
_SATURATED = 0.95


class Seconds:
    """Takes the tally's counts once a second and hands them to `emit`, in a greenlet of its own.

    `discarded` is emptied along with it: what is counted there is not measured.
    """

    def __init__(self, tally: Tally, discarded: Tally, emit: Callable[[Interval], None]) -> None:
        self.clock_step = 0.0
        self._tally = tally
        self._discarded = discarded
        self._emit = emit
        self._queue: Queue[Interval | None] = Queue()
        self._number = self._judged = self._saturated = 0
        self._began = self._cut_at = 0.0
        self._cpu_began = self._cpu_cut = 0.0
        self._clock_offset = 0.0

    @property
    def saturated_ratio(self) -> float:
        """Share of the seconds in which this process took a processor to itself."""
        return self._saturated / max(self._judged, 1)

    def cpu_ratio(self) -> float:
        """Processor time over time, since the start."""
        return (time.process_time() - self._cpu_began) / max(time.monotonic() - self._began, 1e-9)

    def start(self, at: float) -> None:
        """Begin the first second at `at` (monotonic)."""
        self._began = self._cut_at = at
        self._cpu_began = self._cpu_cut = time.process_time()
        self._clock_offset = time.time() - time.monotonic()
        self._consumer = gevent.spawn(self._consume)
        loop = gevent.get_hub().loop
        # The hub's idea of now may be as old as its last round.
        loop.update_now()
        self._timer = loop.timer(max(at + _SECOND - time.monotonic(), 0.0), _SECOND)
        self._timer.start(self._cut)

    def stop(self) -> None:
        """Hand over what is left, and wait until it is taken. Raises what `emit` raised."""
        self._timer.stop()
        self._timer.close()
        self._cut()
        self._queue.put(None)
        self._consumer.get()

    def _cut(self) -> None:
        """In the hub, so between two answers and not in the middle of one."""
        now, cpu = time.monotonic(), time.process_time()
        length = now - self._cut_at
        if length > _SECOND / 2:
            # The last piece is too short to be judged.
            self._judged += 1
            self._saturated += (cpu - self._cpu_cut) > _SATURATED * length
        self.clock_step = max(self.clock_step, time.time() - now - self._clock_offset, key=abs)
        self._queue.put_nowait(self._tally.take(self._number, self._cut_at - self._began, length))
        self._discarded.take(0, 0.0, 0.0)
        self._number += 1
        self._cut_at, self._cpu_cut = now, cpu

    def _consume(self) -> None:
        while (interval := self._queue.get()) is not None:
            self._emit(interval)
