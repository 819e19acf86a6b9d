"""The sockets of one engine that have something to read: one set of its own, below gevent's hub.

With a watcher of the hub for each socket, every answer wakes the process and is called for by itself. A set
of its own is one descriptor to the hub: one look at it tells of all sockets, and while it is not listened to,
nobody is woken. Where there is no epoll (not Linux) the hub's watchers stand in.
"""

import sys
from collections.abc import Callable
from typing import Any

import gevent
from gevent.monkey import get_original

__all__ = ["EpollSet", "HubSet", "ReadinessSet", "readiness_set"]

_READ = 1
_MOST = 256


class HubSet:
    """The hub's own watchers: portable, and always listened to."""

    def __init__(self, ready: Callable[[], object]) -> None:
        self._ready = ready
        self._loop = gevent.get_hub().loop
        self._watchers: dict[int, Any] = {}

    def add(self, descriptor: int, readable: Callable[[], object]) -> None:
        """Call `readable` whenever there is something to read, until the descriptor is removed."""
        watcher = self._watchers[descriptor] = self._loop.io(descriptor, _READ)
        watcher.start(readable)

    def remove(self, descriptor: int) -> None:
        """Forget it, before it is closed."""
        watcher = self._watchers.pop(descriptor)
        watcher.stop()
        watcher.close()

    def look(self) -> bool:
        """Call for every descriptor that can be read now; whether there was any."""
        return False

    def hold(self) -> bool:
        """Do not wake the hub for a while: `look` is called in good time. Whether that can be done."""
        return False

    def listen(self) -> None:
        """Have the hub call `ready` as soon as there is something to read."""

    def close(self) -> None:
        """Give back what the hub holds."""
        for descriptor in [*self._watchers]:
            self.remove(descriptor)


class EpollSet:
    """The same by an epoll set. `ready` is called from the hub, and then looks."""

    def __init__(self, ready: Callable[[], object]) -> None:
        self._ready = ready
        self._epoll = get_original("select", "epoll")()
        self._poll = self._epoll.poll
        self._called: dict[int, Callable[[], object]] = {}
        self._watcher = gevent.get_hub().loop.io(self._epoll.fileno(), _READ)
        self._watcher.start(ready)
        self._is_held = False

    def add(self, descriptor: int, readable: Callable[[], object]) -> None:
        """Call `readable` whenever there is something to read, until the descriptor is removed."""
        self._called[descriptor] = readable
        self._epoll.register(descriptor, _READ)

    def remove(self, descriptor: int) -> None:
        """Forget it, before it is closed."""
        del self._called[descriptor]
        self._epoll.unregister(descriptor)

    def look(self) -> bool:
        """Call for every descriptor that can be read now; whether there was any."""
        called = self._called
        ready = self._poll(0, _MOST)
        for descriptor, _ in ready:
            # One of those before it may have closed it.
            if (readable := called.get(descriptor)) is not None:
                readable()
        return bool(ready)

    def hold(self) -> bool:
        """Do not wake the hub for a while: `look` is called in good time. Whether that can be done."""
        if not self._is_held:
            self._is_held = True
            self._watcher.stop()
        return True

    def listen(self) -> None:
        """Have the hub call `ready` as soon as there is something to read."""
        if self._is_held:
            self._is_held = False
            self._watcher.start(self._ready)

    def close(self) -> None:
        """Give back what the hub holds."""
        self._watcher.stop()
        self._watcher.close()
        self._epoll.close()


ReadinessSet = EpollSet | HubSet
readiness_set: type[EpollSet] | type[HubSet] = EpollSet if sys.platform == "linux" else HubSet
"""The cheapest set that there is on this system."""
