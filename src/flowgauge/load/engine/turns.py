"""An engine's turns: read what lies ready, begin what is due, send. Then sleep until there is more.

Waking costs more than all that is done for a request. So under many arrivals a second the process wakes once
for all that comes within a millisecond: it does not listen for a while, and takes along what is due a
little later. No figure suffers: the kernel notes when an answer came, and what leaves early counts from when
it left.
"""

import time
from collections.abc import Callable

import gevent

from flowgauge.load.engine.agenda import Agenda
from flowgauge.load.transport.readiness import readiness_set
from flowgauge.load.transport.timer import NEVER, absolute_timer

__all__ = ["HOLD", "Turns"]

HOLD = 0.001
"""For how long the process may rest without listening, and how far ahead it takes arrivals, in seconds."""


class Turns:
    """Called from the hub, when the `agenda` or the `sockets` have something.

    `begin` begins what is due, and says whether anything was; `flush` sends what the answers led to. `broke`
    hears of an error in either, or in reading: the hub itself would print it, and call nobody again.
    """

    __slots__ = (
        "_agenda",
        "_armed",
        "_began",
        "_begin",
        "_broke",
        "_flush",
        "_is_closed",
        "_loop",
        "_timer",
        "is_on",
        "sockets",
    )

    def __init__(
        self,
        agenda: Agenda,
        begin: Callable[[], bool],
        flush: Callable[[], None],
        broke: Callable[[BaseException], None],
    ) -> None:
        self._agenda, self._begin, self._flush, self._broke = agenda, begin, flush, broke
        self._loop = gevent.get_hub().loop
        self._timer = absolute_timer(self._take)
        self.sockets = readiness_set(self._take)
        self.is_on = self._is_closed = False
        self._armed = NEVER
        self._began = 0.0

    def soon(self) -> None:
        """Have a turn in the hub's next round."""
        self._loop.run_callback(self._take)

    def no_later_than(self, moment: float) -> None:
        """Have a turn at that moment (seconds, monotonic), or before it."""
        if moment < self._armed:
            self._armed = moment
            self._timer.at(moment)

    def close(self) -> None:
        """Have no more turns, and give back what the hub holds."""
        self._is_closed = True
        self.sockets.close()
        self._timer.close()

    def _take(self) -> None:
        if self._is_closed:
            # Asked for in the hub's round before.
            return
        began = time.monotonic()
        self.is_on, has_read, has_begun = True, False, False
        try:
            has_read = self.sockets.look()
            has_begun = self._begin()
            # Until nothing more lies there: what comes unasked would be taken for the next request's answer.
            if has_read:
                self.sockets.look()
            self._flush()
        except BaseException as error:  # noqa: BLE001 - handed on
            self._broke(error)
        finally:
            self.is_on = False
            self._rest(began, was_useful=has_read or has_begun)

    def _rest(self, began: float, *, was_useful: bool) -> None:
        """Sleep until something is due or comes; for a while whatever comes, where arrivals are many."""
        moment = self._agenda.moment()
        is_busy = was_useful and self._agenda.has_arrivals and began - self._began < 2 * HOLD
        if is_busy and self.sockets.hold():
            moment = min(max(moment, began + HOLD / 2), began + HOLD)
        else:
            self.sockets.listen()
        self._began, self._armed = began, moment
        self._timer.at(moment)
