"""Whose turn it is: fakes that stand behind every client of the process share what they patch.

respx asks all routers that are active for each request. Those of one thread are nested, and the same requests
are meant for all of them; those of two threads would answer each other's clients.
"""

import asyncio
import threading

from flowgauge.errors import UsageError

__all__ = ["begin_turn", "end_turn"]

Turn = tuple[int, int | None]

_lock = threading.Lock()
_active: list[tuple[object, Turn]] = []


def begin_turn(fake: object) -> None:
    """Note that this thread, or this task, has begun to use a fake. Raises UsageError where another has."""
    turn = _turn()
    with _lock:
        for _, other in _active:
            if other[0] != turn[0] or (other[1] is not None and other[1] != turn[1]):
                whose = "thread" if other[0] != turn[0] else "task"
                raise UsageError(
                    f"another {whose} is in a `with` of a fake, and each would answer the other's clients",
                    hint="give each client its own fake: httpx.Client(transport=fake.transport())",
                )
        _active.append((fake, turn))


def end_turn(fake: object) -> None:
    """Note that it has ended."""
    with _lock:
        _active[:] = [(each, turn) for each, turn in _active if each is not fake]


def _turn() -> Turn:
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None
    return threading.get_ident(), None if task is None else id(task)
