"""Connecting to a server whose name may stand for several addresses (RFC 8305, "happy eyeballs").

They are tried one after another, the next as soon as one refuses, and at the latest a quarter of a second
after the one before; the first that lets us connect wins. Nothing was sent until then, so nothing is counted:
a name that stands for a dead address as well is no fault of the server. Who won is tried first from then on.
"""

import errno
import os
import resource
import socket
from collections.abc import Callable, Sequence
from itertools import chain, zip_longest
from typing import Any

import gevent
from gevent.event import Event
from gevent.monkey import get_original

from flowgauge.load.transport import failures
from flowgauge.load.transport.failures import failure_of

__all__ = ["Address", "Addresses", "Dialing", "find_alive"]

Address = tuple[int, Any]
"""Family and socket address, as getaddrinfo gives them."""

# The C class: where gevent has patched the module, as in Locust, send and recv cost twice as much.
_plain_socket = get_original("socket", "SocketType")
_PENDING = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK})
_OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})
_WRITE = 2
# RFC 8305, section 8: the recommended delay between two attempts.
_STAGGER = 0.25
# So many descriptors are no connection's: what was measured must still be written when there are no others.
_RESERVE = 24


class Addresses:
    """Where one server can be reached: the one that let us connect last stands first."""

    def __init__(self, found: Sequence[Address]) -> None:
        # Families take turns (RFC 8305, section 4): a family without a route costs one attempt.
        by_family: dict[int, list[Address]] = {}
        for address in found:
            by_family.setdefault(address[0], []).append(address)
        turns = chain.from_iterable(zip_longest(*by_family.values()))
        self._found = [address for address in turns if address is not None]

    def __len__(self) -> int:
        return len(self._found)

    def in_order(self) -> list[Address]:
        """All of them, the one to try first at the front."""
        return self._found.copy()

    def prefer(self, address: Address) -> None:
        """Try this one first from now on."""
        if self._found[0] is not address:
            self._found.remove(address)
            self._found.insert(0, address)


class Dialing:
    """The attempts for one connection, under way from now on.

    `connected` gets the socket that won, non-blocking; `failed` the last attempt's kind of failure. Either is
    called from the hub, once. Raises OSError where not even a first socket could be made.
    """

    def __init__(
        self, addresses: Addresses, connected: Callable[[Any], None], failed: Callable[[str], None]
    ) -> None:
        self._loop = gevent.get_hub().loop
        self._addresses = addresses
        self._connected, self._failed = connected, failed
        self._left = addresses.in_order()
        self._attempts: dict[int, tuple[Any, Any]] = {}
        self._stagger: Any = None
        self._is_over = False
        self._next()

    def cancel(self) -> None:
        """Give all attempts up; nobody is called."""
        self._is_over = True
        self._hold()
        for sock, watcher in self._attempts.values():
            _end(watcher)
            sock.close()
        self._attempts.clear()

    def _next(self) -> None:
        self._hold()
        address = self._left.pop(0)
        try:
            sock = _new_socket(address[0])
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS or not (self._left or self._attempts):
                raise
            # Such as a family that this machine does not have.
            self._go_on(failure_of(error))
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number = sock.connect_ex(address[1])
        watcher = self._loop.io(sock.fileno(), _WRITE)
        self._attempts[sock.fileno()] = sock, watcher
        if number in _PENDING:
            watcher.start(self._ended, address, sock)
        else:
            # In the hub's next round: the owner is still in the middle of asking for this connection.
            self._loop.run_callback(self._ended, address, sock, number)
        if self._left:
            self._stagger = self._loop.timer(_STAGGER)
            self._stagger.start(self._tried_in_vain, update=True)

    def _hold(self) -> None:
        if self._stagger is not None:
            _end(self._stagger)
            self._stagger = None

    def _tried_in_vain(self) -> None:
        if not self._is_over and self._left:
            self._try_next()

    def _try_next(self) -> None:
        try:
            self._next()
        except OSError as error:
            self._fail(failure_of(error))

    def _ended(self, address: Address, sock: Any, number: int | None = None) -> None:
        if self._is_over:
            return
        _end(self._attempts.pop(sock.fileno())[1])
        if number is None:
            number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            sock.close()
            kind = failure_of(OSError(number, ""))
            self._go_on(failures.REFUSED if kind == failures.RESET else kind)
            return
        self.cancel()
        self._addresses.prefer(address)
        self._connected(sock)

    def _go_on(self, kind: str) -> None:
        if self._left:
            self._try_next()
        elif not self._attempts:
            self._fail(kind)

    def _fail(self, kind: str) -> None:
        self.cancel()
        self._failed(kind)


def _new_socket(family: int) -> Any:
    """A socket, which leaves enough free descriptors behind it. Raises OSError, as the system does."""
    sock = _plain_socket(family, socket.SOCK_STREAM)
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The lowest free number is given out first.
    if most != resource.RLIM_INFINITY and sock.fileno() >= most - _RESERVE:
        sock.close()
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    return sock


def find_alive(addresses: Addresses, timeout: float) -> None:
    """Connect once, if there is more than one address, so that no request has to find out who is there.

    Waits `timeout` seconds at the most; where nobody is there nothing is learnt. Blocks this greenlet.
    """
    if len(addresses) < 2:
        return
    told = Event()

    def connected(sock: Any) -> None:
        sock.close()
        told.set()

    dialing = Dialing(addresses, connected, lambda _kind: told.set())
    told.wait(timeout)
    dialing.cancel()


def _end(watcher: Any) -> None:
    watcher.stop()
    watcher.close()
