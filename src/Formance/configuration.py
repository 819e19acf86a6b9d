"""Which server, as whom, and over what kind of connection."""

import logging
import os
import re
import sys
from collections.abc import Mapping
from typing import Any

import httpx

from flowgauge.client import Retry
from Formance.exceptions import ApiValueError

__all__ = ["Configuration"]

_SERVERS = ("http://localhost", "https://{organization}.sandbox.formance.cloud")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LOGGER = logging.getLogger("Formance")


class Configuration:
    """The settings of an ApiClient.

    `host` and `access_token` are read at each call, the rest when the first connection is made:
    `verify_ssl`, `ssl_ca_cert`, `cert_file`, `key_file`; `proxy` and `proxy_headers`;
    `connection_pool_maxsize`. `retries` is None (one request, whatever happens), a number of further
    attempts, or a `flowgauge.client.Retry`. `transport` is an httpx transport to use in place of the network.

    Without a `host`, `server_index` chooses one: 0 is localhost, 1 the sandbox, whose `organization` stands
    in `server_variables`. `api_key`, `username` and `password` are kept and not sent: this API takes bearer
    tokens only.
    """

    def __init__(  # noqa: PLR0913 - the keywords are the seed's
        self,
        host: str | None = None,
        *,
        api_key: Mapping[str, str] | None = None,
        username: str | None = None,
        password: str | None = None,
        server_index: int | None = None,
        server_variables: Mapping[str, str] | None = None,
        access_token: str | None = None,
    ) -> None:
        self._host = host
        self.server_index = 0 if host is None and server_index is None else server_index
        self.server_variables: dict[str, str] = dict(server_variables or {})
        self.access_token = access_token
        self.api_key: dict[str, str] = dict(api_key or {})
        self.username = username
        self.password = password
        self.verify_ssl = True
        self.ssl_ca_cert: str | None = None
        self.cert_file: str | None = None
        self.key_file: str | None = None
        self.proxy: str | None = None
        self.proxy_headers: Mapping[str, str] | None = None
        self.retries: int | Retry | None = None
        self.connection_pool_maxsize = (os.cpu_count() or 1) * 5
        self.transport: httpx.BaseTransport | None = None
        self._handler: logging.Handler | None = None

    def __repr__(self) -> str:
        return f"Configuration(host={self._host!r}, server_index={self.server_index!r})"

    @property
    def host(self) -> str:
        """The server's root URL. Raises ApiValueError where `server_index` or a variable names none."""
        if self.server_index is None:
            return _SERVERS[0] if self._host is None else self._host
        indices = range(len(_SERVERS))
        if isinstance(self.server_index, bool) or self.server_index not in indices:
            raise ApiValueError(
                f"server_index is {self.server_index!r}, and must be less than {len(_SERVERS)}"
            )
        url = _SERVERS[self.server_index]
        if "{organization}" in url:
            organization = self.server_variables.get("organization", "")
            if not isinstance(organization, str) or not _LABEL.fullmatch(organization):
                raise ApiValueError(f"server_variables must name an organization, not {organization!r}")
            url = url.replace("{organization}", organization)
        return url

    @host.setter
    def host(self, value: str) -> None:
        self._host = value
        self.server_index = None

    @property
    def debug(self) -> bool:
        """Whether each call is logged by the logger `Formance`, to standard error; tokens are struck out."""
        return self._handler is not None

    @debug.setter
    def debug(self, value: bool) -> None:
        if value and self._handler is None:
            self._handler = logging.StreamHandler(sys.stderr)
            self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
            _LOGGER.addHandler(self._handler)
            _LOGGER.setLevel(logging.DEBUG)
        elif not value and self._handler is not None:
            _LOGGER.removeHandler(self._handler)
            self._handler = None
            _LOGGER.setLevel(logging.WARNING)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Configuration":
        # A handler holds a lock, and a transport its connections: both are shared, never copied.
        copied = object.__new__(Configuration)
        memo[id(self)] = copied
        for name, value in vars(self).items():
            setattr(copied, name, dict(value) if isinstance(value, dict) else value)
        return copied
