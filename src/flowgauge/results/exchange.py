"""One request and what came back: the evidence that every finding rests on."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["UNDECIDED", "Exchange", "Headers", "Request", "Response"]

Headers = tuple[tuple[str, str], ...]
# The error of an exchange of which nothing can be said: a server may close an idle connection at any time,
# and what must not be sent twice is not.
UNDECIDED = "a kept connection was closed: whether the request was taken cannot be told (RFC 9112, 9.5)"


def _values(headers: Headers, name: str) -> tuple[str, ...]:
    wanted = name.lower()
    return tuple(value for key, value in headers if key.lower() == wanted)


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent.

    `target` is the request target as it stands on the wire (path and query, percent-encoded, starting
    with a slash): never decoded or normalised, since that is where servers go wrong. `chunked` says how
    a body is framed. `form` is how the first lines say whom the request is for: by the target and a Host, by
    a target that is the whole URL (and a Host), or not at all; `version` is HTTP's. `is_behind`: it is sent
    on the connection of the request before, and not at all where that is closed.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes | None = None
    chunked: bool = False
    form: Literal["origin", "absolute", "hostless"] = "origin"
    version: Literal["1.0", "1.1"] = "1.1"
    is_behind: bool = False

    def header(self, name: str) -> str | None:
        """First value of the header `name`, in any case, or None."""
        return next(iter(_values(self.headers, name)), None)

    @property
    def path(self) -> str:
        """The target without its query."""
        # No URL parser: it would take what follows two slashes for a host.
        return self.target.partition("?")[0].partition("#")[0]


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, with header names and values as they were sent."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """First value of the header `name`, in any case, or None."""
        return next(iter(_values(self.headers, name)), None)

    def header_values(self, name: str) -> tuple[str, ...]:
        """All values of the header `name`, in any case."""
        return _values(self.headers, name)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, or the reason why there is none.

    `operation` is the operationId that was meant, or None for a request outside the document. `sent_at`
    and `received_at` are seconds on the target's clock; only their difference means anything.
    """

    operation: str | None
    request: Request
    response: Response | None
    sent_at: float
    received_at: float
    error: str | None = None

    @property
    def elapsed(self) -> float:
        """Seconds between sending and the whole answer."""
        return self.received_at - self.sent_at
