"""How long a call may take, when it is made again, how often a run is asked for, and what time it is."""

import math
import random
import time
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeAlias, TypeVar

import httpx

from flowgauge.client.errors import InvalidRequest, TransportError

__all__ = [
    "Allowed",
    "AsyncClock",
    "Clock",
    "Deadline",
    "Polling",
    "Retry",
    "TimeLimit",
    "Timeout",
    "finished",
    "retry_after",
    "timeout_of",
]

T = TypeVar("T")

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
        _check(self, ("total", "connect", "read"), lambda n: n > 0, "a positive number of seconds")
        if math.inf in (self.connect, min(self.total, self.read)):
            raise InvalidRequest("a call must end: `connect` must be finite, and so must `total` or `read`")


@dataclass(frozen=True, slots=True)
class Retry:
    """When and how often a failed request is sent again. Without one of these, a client never does so.

    `attempts` counts the first. Pauses (seconds) double from `first_pause` to `longest_pause`, each drawn
    from the upper half of its step. A Retry-After is honoured up to `longest_retry_after`; a longer one
    ends the attempts. Only GETs are sent again, unless `repeat_posts`: a server may have acted on a POST
    whose answer was lost.
    """

    attempts: int = 3
    first_pause: float = 0.1
    longest_pause: float = 5.0
    longest_retry_after: float = 30.0
    statuses: frozenset[int] = frozenset({429, 502, 503, 504})
    repeat_posts: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise InvalidRequest(f"attempts must be an integer of 1 or more, not {self.attempts!r}")
        pauses = ("first_pause", "longest_pause", "longest_retry_after")
        _check(self, pauses, lambda n: 0 <= n < math.inf, "a number of seconds, 0 or more")
        if self.first_pause > self.longest_pause:
            raise InvalidRequest("first_pause must not be longer than longest_pause")
        if not isinstance(self.statuses, AbstractSet) or not all(isinstance(s, int) for s in self.statuses):
            raise InvalidRequest(f"statuses must be a set of integers, not {self.statuses!r}")

    def pause_after(
        self,
        attempt: int,
        method: str,
        outcome: httpx.Response | TransportError,
        *,
        chance: float,
        wall: float,
    ) -> float | None:
        """Seconds to wait after attempt number `attempt` (from 1), or None to make no other.

        `chance` is in 0..1, `wall` the time of day in seconds since the epoch.
        """
        if attempt >= self.attempts or (method != "GET" and not self.repeat_posts):
            return None
        # 1 << 62 is beyond any sane longest_pause; the cap keeps the power finite.
        step = min(self.longest_pause, self.first_pause * float(1 << min(attempt - 1, 62)))
        pause = step * (0.5 + chance / 2)
        if isinstance(outcome, TransportError):
            return pause
        if outcome.status_code not in self.statuses:
            return None
        asked = retry_after(outcome.headers.get("retry-after"), wall)
        if asked is None:
            return pause
        return max(pause, asked) if asked <= self.longest_retry_after else None


@dataclass(frozen=True, slots=True)
class Polling:
    """How often to ask for a run that is to end, and for how long. All pauses are in seconds.

    The first question comes `first_pause` after the start of the run; each pause is `growth` times the one
    before, up to `longest_pause`. The last question is asked `limit` seconds after the start, and may take
    as long as the client's timeout allows. Raises InvalidRequest for numbers that make no sense.
    """

    limit: float = 60.0
    first_pause: float = 0.02
    longest_pause: float = 2.0
    growth: float = 1.5

    def __post_init__(self) -> None:
        numbers = ("limit", "first_pause", "longest_pause", "growth")
        _check(self, numbers, lambda n: 0 < n < math.inf, "a positive number")
        if self.first_pause > self.longest_pause or self.growth < 1:
            raise InvalidRequest(
                f"{self}: growth must be 1 or more, and longest_pause no less than first_pause"
            )


def retry_after(value: str | None, wall: float) -> float | None:
    """The seconds a Retry-After header asks for (RFC 9110, section 10.2.3), or None where it asks nothing."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - wall)
    except (ValueError, OverflowError):
        return None


def _check(holder: object, names: tuple[str, ...], is_sound: Callable[[float], bool], must_be: str) -> None:
    for name in names:
        value = getattr(holder, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not is_sound(value):
            whose = type(holder).__name__.lower()
            raise InvalidRequest(f"{name} of a {whose} must be {must_be}, not {value!r}")


TimeLimit: TypeAlias = Timeout | float | None
"""A number is the total, None the client's own."""


def timeout_of(value: TimeLimit, default: Timeout) -> Timeout:
    """The limits that a call's `timeout` means: a number is the total, None the client's own."""
    if value is None:
        return default
    if isinstance(value, Timeout):
        return value
    return Timeout(total=value, connect=value)


class Allowed(float):
    """Seconds for one stage of a request, which know the deadline of the whole."""

    __slots__ = ("deadline",)
    deadline: "Deadline"


class Deadline(dict[str, float]):
    """The timeouts of one attempt, as httpx passes them to its pool, shrinking as time passes.

    The pool asks `get` for its limit at each stage of a request (wait for a connection, connect, write,
    read), and none may outlast the whole. It asks once for a whole head, however many reads that takes; the
    sockets of `client.transport` look at what is `left` each time.
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
        if limit is None:
            return None
        allowed = Allowed(max(_SHORTEST, min(limit, self.left)))
        allowed.deadline = self
        return allowed

    @property
    def left(self) -> float:
        """Seconds until the end; negative after it."""
        return self._at - self._now()


def finished(work: Awaitable[T]) -> T:
    """What comes of work that awaits and never waits for a loop, since what it stands on blocks."""
    try:
        next(work.__await__())
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("work that should block waits for a loop")


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


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the client gets time and randomness from; tests pass their own."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], None] = time.sleep

    def awaited(self) -> AsyncClock:
        """The same for code that awaits."""

        async def sleep(seconds: float) -> None:
            self.sleep(seconds)

        return AsyncClock(self.monotonic, self.wall, self.chance, sleep)
