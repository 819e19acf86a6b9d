"""A channel over TLS: the same connection, with an `ssl.SSLObject` between it and the socket.

The object encrypts from memory to memory, so nothing blocks and Locust's patched sockets are not touched.
"""

import ssl
from typing import Any

from flowgauge.load.transport import failures
from flowgauge.load.transport.channel import Channel, Owner
from flowgauge.load.transport.dialing import Addresses

__all__ = ["TlsChannel"]

_CHUNK = 1 << 16


class TlsChannel(Channel):
    """A connection that is encrypted before it counts as connected."""

    def __init__(
        self,
        owner: Owner,
        addresses: Addresses,
        connect_timeout: float,
        *,
        context: ssl.SSLContext,
        host: str,
    ) -> None:
        self._is_secure = False
        self._unsent_raw = b""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        super().__init__(owner, addresses, connect_timeout)

    def _adopt(self, sock: Any) -> None:
        super()._adopt(sock)
        self._raw_receive, self._raw_send = self._receive, self._send
        self._receive, self._send = self._decrypted, self._encrypted

    def _established(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush_more()
        except ssl.SSLError as error:
            # The alert that tells the server why goes out first.
            self._flush_more()
            self._break(failures.failure_of(error))
        else:
            self._flush_more()
            self._is_secure = True
            super()._established()

    def _ended(self) -> None:
        if self._is_secure:
            super()._ended()
        else:
            self._break(failures.TLS_FAILED)

    def _decrypted(self, size: int, notes_size: int) -> tuple[bytes, list[Any], int, Any]:
        """What the socket's bytes say; raises BlockingIOError where that is nothing yet."""
        raw, *more = self._raw_receive(size, notes_size)
        if not raw:
            return raw, *more
        self._incoming.write(raw)
        if not self._is_secure:
            self._established()
        plain = b""
        while self._is_secure and self.is_open:
            try:
                piece = self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                piece = b""
            if not piece:
                # The server says no more, and may well wait for our end (RFC 9112, section 9.8).
                self._is_clear = False
                if plain:
                    self._loop.run_callback(self._told_last)
                return plain, *more
            plain += piece
        if not plain:
            raise BlockingIOError
        return plain, *more

    def _told_last(self) -> None:
        """The end, after what came with it was read."""
        if self.is_open:
            self._ended()

    def _encrypted(self, data: bytes) -> int:
        self._tls.write(data)
        self._flush()
        return len(data)

    def _flush(self) -> None:
        """Send what is encrypted; what the socket does not take now it takes when it can."""
        waiting = self._unsent_raw + self._outgoing.read()
        if not waiting or not self.is_open:
            return
        try:
            sent = self._raw_send(waiting)
        except BlockingIOError:
            sent = 0
        self._unsent_raw = waiting[sent:]
        if self._unsent_raw:
            self._writer.start(self._flush_more)

    def _flush_more(self) -> None:
        self._writer.stop()
        try:
            self._flush()
        except OSError as error:
            self._refused_bytes(failures.failure_of(error), is_untouched=False)
