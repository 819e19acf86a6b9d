"""The connections of an engine: kept ones are used again, the latest first."""

import time
from collections.abc import Callable

import gevent

from flowgauge.load.transport.channel import NEVER, Channel, Owner
from flowgauge.load.transport.dialing import Address, Addresses

__all__ = ["Pool"]

# Servers close connections that rested for 5 s (uvicorn) or more; one that rested longer is not trusted.
_REST_LIMIT = 4.0


class Pool:
    """Connections to one server; `channel` opens one to whichever of its addresses lets us connect.

    `idle` are those whose answer is whole, and which the server keeps.
    """

    def __init__(
        self, owner: Owner, addresses: list[Address], channel: Callable[..., Channel], connect_timeout: float
    ) -> None:
        self._owner = owner
        self.addresses = Addresses(addresses)
        self._connect_timeout = connect_timeout
        self._channel = channel
        self.idle: list[Channel] = []
        self._open: set[Channel] = set()
        self._has_dead = False
        every = min(max(min(connect_timeout, owner.response_timeout) / 20, 0.01), 0.25)
        self._sweeper = gevent.get_hub().loop.timer(every, every)
        self._sweeper.start(self._sweep)

    def __len__(self) -> int:
        return len(self._open)

    def take(self, now: float) -> Channel:
        """A connection to send on. Raises OSError where not even a socket could be made."""
        idle = self.idle
        while idle:
            channel = idle.pop()
            if channel.is_open:
                if now - channel.rested_since < _REST_LIMIT:
                    return channel
                channel.close()
        channel = self._channel(self._owner, self.addresses, self._connect_timeout)
        self._open.add(channel)
        return channel

    def rest(self, channel: Channel, now: float) -> None:
        """A connection whose answer is taken, and which the server keeps."""
        channel.deadline, channel.rested_since = NEVER, now
        self.idle.append(channel)

    def forget(self, channel: Channel) -> None:
        """A connection that is closed."""
        self._open.discard(channel)
        self._has_dead = True

    def close_all(self) -> None:
        """Close every connection; nobody waits for an answer any more."""
        for channel in list(self._open):
            channel.pending = None
            channel.close()
        self.idle.clear()

    def close(self) -> None:
        """Close every connection and give back what the hub holds."""
        self.close_all()
        self._sweeper.stop()
        self._sweeper.close()

    def _sweep(self) -> None:
        now = time.monotonic()
        for channel in [c for c in self._open if c.deadline < now]:
            channel.expire()
        if self._has_dead:
            # All at once: taking each out of the list when it closes would be quadratic in a mass closing.
            self._has_dead = False
            self.idle = [c for c in self.idle if c.is_open]
