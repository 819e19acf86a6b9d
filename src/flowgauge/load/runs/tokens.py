"""A token that outlives its lifetime: bought anew before the one in use ends."""

import logging
from collections.abc import Callable

import gevent

from flowgauge.client.connection import Connection
from flowgauge.client.oauth import BearerToken, fetch_token
from flowgauge.errors import TargetError

__all__ = ["TokenKeeper"]

LOG = logging.getLogger(__name__)
# Of its lifetime, so that a slow answer of the endpoint still comes in time.
_RENEWED_AT = 0.75
_SHORTEST, _RETRY = 1.0, 5.0


class TokenKeeper:
    """Buys tokens for a run with client credentials, and hands each to `use`; does nothing for others."""

    def __init__(self, connection: Connection, use: Callable[[str], None]) -> None:
        self._connection = connection
        self._use = use
        self._greenlet: gevent.Greenlet | None = None

    def start(self) -> None:
        """Keep the token fresh until `stop`. Raises TargetError where the first one cannot be had."""
        if self._connection.token or not self._connection.client_id:
            return
        token = fetch_token(self._connection)
        self._use(token.value)
        self._greenlet = gevent.spawn(self._keep, token)

    def stop(self) -> None:
        """Buy no more."""
        if self._greenlet is not None:
            self._greenlet.kill()

    def _keep(self, token: BearerToken) -> None:
        pause = max(token.expires_in * _RENEWED_AT, _SHORTEST)
        while True:
            gevent.sleep(pause)
            try:
                token = fetch_token(self._connection)
            except TargetError as error:
                # The token in use may still hold; once it does not, the answers say so.
                LOG.warning("no new token: %s", error)
                pause = _RETRY
                continue
            self._use(token.value)
            pause = max(token.expires_in * _RENEWED_AT, _SHORTEST)
