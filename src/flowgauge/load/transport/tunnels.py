"""Connections by way of a proxy: plain ones to it, or over TLS through a tunnel that it makes.

What fails before the way is free is the proxy's, and makes the run invalid: it says nothing of the server.
"""

import ssl
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flowgauge.client.proxy import Proxy, TunnelAnswer
from flowgauge.load.transport import failures
from flowgauge.load.transport.channel import Channel, Owner
from flowgauge.load.transport.dialing import Addresses
from flowgauge.load.transport.tls import TlsChannel
from flowgauge.trust import trust

__all__ = ["channel_for"]


class _ProxiedChannel(Channel):
    """A connection to a proxy, which takes requests in absolute form."""

    def _break(self, kind: str) -> None:
        super()._break(kind if self.is_connected or kind in failures.OURS else failures.NO_PROXY)


class _TunnelledChannel(TlsChannel):
    """A connection over TLS through a proxy, which is asked for the way with `request`."""

    def __init__(
        self,
        owner: Owner,
        addresses: Addresses,
        connect_timeout: float,
        *,
        context: ssl.SSLContext,
        host: str,
        request: bytes,
    ) -> None:
        self._request = request
        self._answer: TunnelAnswer | None = None
        self._is_free = False
        super().__init__(owner, addresses, connect_timeout, context=context, host=host)

    def _established(self) -> None:
        if self._is_free:
            super()._established()
            return
        self._answer = TunnelAnswer()
        self._unsent_raw = self._request
        self._flush_more()

    def _decrypted(self, size: int, notes_size: int) -> tuple[bytes, list[Any], int, Any]:
        if self._is_free:
            return super()._decrypted(size, notes_size)
        raw, *more = self._raw_receive(size, notes_size)
        if not raw:
            return raw, *more
        assert self._answer is not None
        told = self._answer.feed(raw)
        if told is not None:
            status, _, rest = told
            if 200 <= status < 300:
                self._is_free = True
                self._incoming.write(rest)
                self._established()
            else:
                self._break(failures.NO_TUNNEL)
        raise BlockingIOError

    def _break(self, kind: str) -> None:
        if not self._is_free and kind not in failures.OURS:
            kind = failures.NO_PROXY if self._answer is None else failures.NO_TUNNEL
        super()._break(kind)


def channel_for(url: str, proxy: Proxy | None = None) -> Callable[..., Channel]:
    """What opens connections to that URL: plain or over TLS, by way of the proxy if there is one.

    Raises UsageError (see `trust`).
    """
    parts = urlsplit(url)
    if parts.scheme != "https":
        return Channel if proxy is None else _ProxiedChannel
    context = trust()
    context.set_alpn_protocols(["http/1.1"])
    host = parts.hostname or ""
    if proxy is None:
        return partial(TlsChannel, context=context, host=host)
    return partial(_TunnelledChannel, context=context, host=host, request=proxy.connect(url))
