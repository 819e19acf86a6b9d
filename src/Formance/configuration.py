"""Which server, as whom, and over what kind of connection."""

import copy
import logging
import os
import re
import sys
from collections.abc import Mapping
from typing import Any, ClassVar
from weakref import WeakSet

import httpx

from flowgauge.client import PeerLimits, Retry
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
    attempts, or a `flowgauge.client.Retry`; `limits`, a `flowgauge.client.PeerLimits`, are what an answer may
    cost. `transport` is an httpx transport to use in place of the network.

    Without a `host`, `server_index` chooses one: 0 is localhost, 1 the sandbox, whose `organization` stands
    in `server_variables`. `api_key`, `username` and `password` are kept and not sent: this API takes bearer
    tokens only. So is `disabled_client_side_validations` (JSON Schema keywords, joined by commas): none of
    the checks here is for a keyword that the original lets one disable.
    """

    _default: ClassVar["Configuration | None"] = None

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
        disabled_client_side_validations: str = "",
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
        self.limits = PeerLimits()
        self.disabled_client_side_validations = disabled_client_side_validations

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
        return self in _DEBUGGING

    @debug.setter
    def debug(self, value: bool) -> None:
        if value:
            _DEBUGGING.add(self)
        else:
            _DEBUGGING.discard(self)
        _log_while_needed()

    @classmethod
    def set_default(cls, default: "Configuration | None") -> None:
        """Let each ApiClient that is made without a configuration have a copy of this one; None ends that."""
        Configuration._default = copy.deepcopy(default)

    @classmethod
    def get_default_copy(cls) -> "Configuration":
        """A copy of what `set_default` was given, or a new configuration."""
        return Configuration() if Configuration._default is None else copy.deepcopy(Configuration._default)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"debug": self.debug}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Configuration":
        # A transport holds connections: it is shared, never copied.
        copied = object.__new__(Configuration)
        memo[id(self)] = copied
        copied.__setstate__(
            {name: dict(v) if isinstance(v, dict) else v for name, v in self.__getstate__().items()}
        )
        return copied


# The configurations whose calls are logged. They share one handler, which goes with the last of them.
_DEBUGGING: WeakSet[Configuration] = WeakSet()
_HANDLERS: list[logging.Handler] = []


def _log_while_needed() -> None:
    if _DEBUGGING and not _HANDLERS:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        _HANDLERS.append(handler)
        _LOGGER.addHandler(handler)
        _LOGGER.setLevel(logging.DEBUG)
    elif not _DEBUGGING and _HANDLERS:
        _LOGGER.removeHandler(_HANDLERS.pop())
        _LOGGER.setLevel(logging.WARNING)
