"""How long a call may take, and what time it is."""

import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from flowgauge.client.errors import InvalidRequest

__all__ = ["AsyncClock", "Clock", "Deadline", "Timeout", "timeout_of"]

# A socket timeout of 0 means "do not block" instead of "no time left".
_SHORTEST = 0.001


@dataclass(frozen=True, slots=True)
class Timeout:
    """Limits in seconds: for the whole call, for the connection, and for each wait on the server.

    `total` covers all of one attempt: fetching a token, redirects, the body. Each attempt of a `Retry` has
    it anew. With a sync transport of your own, `total` is kept while a body arrives, but not while a head
    does.

    A call without limits is refused, because it could hang forever. `total` may be infinite where `read` is
    not. Raises InvalidRequest for a limit that is not a positive number.
    """

    total: float = 30.0
    connect: float = 5.0
    read: float = math.inf

    def __post_init__(self) -> None:
        for name in ("total", "connect", "read"):
            limit = getattr(self, name)
            if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit > 0:
                raise InvalidRequest(
                    f"the {name} timeout must be a positive number of seconds, not {limit!r}"
                )
        if math.inf in (self.connect, min(self.total, self.read)):
            raise InvalidRequest("a call must end: `connect` must be finite, and so must `total` or `read`")


def timeout_of(value: Timeout | float | None, default: Timeout) -> Timeout:
    """The limits that a call's `timeout` means: a number is the total, None the client's own."""
    if value is None:
        return default
    if isinstance(value, Timeout):
        return value
    return Timeout(total=value, connect=value)


class Deadline(dict[str, float]):
    """The timeouts of one attempt, as httpx passes them to its pool, shrinking as time passes.

    The pool asks `get` for its limit at each stage of a request (wait for a connection, connect, write,
    read), and none may outlast the whole. It asks once for a whole head, however many reads that takes; the
    sockets of `client.transport` look at `left` each time.
    """

    __slots__ = ("_at", "_now", "total")

    def __init__(self, timeout: Timeout, now: Callable[[], float]) -> None:
        wait = min(timeout.read, timeout.total)
        super().__init__(connect=min(timeout.connect, wait), read=wait, write=wait, pool=wait)
        self.total = timeout.total
        self._now = now
        self._at = now() + timeout.total

    def get(self, key: str, default: float | None = None) -> float | None:  # type: ignore[override]
        """The limit for one stage: its own, or what is left of the whole."""
        limit = super().get(key, default)
        return None if limit is None else max(_SHORTEST, min(limit, self.left))

    @property
    def left(self) -> float:
        """Seconds until the end; negative after it."""
        return self._at - self._now()

    @property
    def is_over(self) -> bool:
        """No time is left."""
        return self.left <= 0


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the client gets time and randomness from; tests pass their own."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], None] = time.sleep


async def _sleep(seconds: float) -> None:
    import asyncio  # noqa: PLC0415 - heavy, and already loaded wherever this runs

    await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class AsyncClock:
    """`Clock` with a sleep that can be awaited."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = _sleep
