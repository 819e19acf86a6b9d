"""What a call can end with instead of a value, split by what the caller does next."""

import httpx

from flowgauge.errors import ExitCode, FlowgaugeError, TargetRefused, TargetUnreachable, UsageError

__all__ = [
    "ApiError",
    "BadRequest",
    "ClientError",
    "ConnectFailed",
    "ConnectionBroken",
    "InvalidRequest",
    "NotFound",
    "Redirected",
    "RunUnfinished",
    "ServerError",
    "Throttled",
    "TimedOut",
    "TlsFailed",
    "TokenRefused",
    "TransportError",
    "Unauthorized",
    "UnexpectedReply",
]


class ClientError(FlowgaugeError):
    """Root of what the client raises.

    `status` is the HTTP status, 0 where none came; `code` the server's errorCode; `request` the method
    and URL, empty where no request was built; `hint` the remedy, where there is one.
    """

    exit_code = ExitCode.UNREACHABLE

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        request: str = "",
        status: int = 0,
        code: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.request = request
        self.status = status
        self.code = code

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.request}: {text}" if self.request else text


class InvalidRequest(ClientError, UsageError):
    """The arguments cannot make a request; nothing was sent: correct the call."""

    exit_code = ExitCode.USAGE


class TransportError(ClientError, TargetUnreachable):
    """No complete answer came: check the network, or try again."""


class ConnectFailed(TransportError):
    """No connection could be made, so the server has seen nothing."""


class TlsFailed(ConnectFailed):
    """The certificate was not accepted, or the handshake failed."""


class TimedOut(TransportError):
    """The time that was allowed is over; the server may still be working on it."""


class ConnectionBroken(TransportError):
    """Reset, cut short, or not HTTP: the server may have acted."""


class ApiError(ClientError):
    """The server's answer is not a success. `response` is that answer, its body read."""

    response: httpx.Response


class Redirected(ApiError):
    """3xx, not followed. The hint names the other address."""


class BadRequest(ApiError):
    """Any other 4xx: correct the request."""


class Unauthorized(ApiError, TargetRefused):
    """401 or 403: correct the credentials."""


class NotFound(ApiError):
    """404: no such workflow or run."""


class Throttled(ApiError):
    """429: come back later."""


class ServerError(ApiError):
    """5xx, and statuses that HTTP does not have."""


class UnexpectedReply(ClientError):
    """A success whose body is not what the contract promises. `response` is that answer, its body read."""

    response: httpx.Response


class TokenRefused(ClientError, TargetRefused):
    """The token endpoint answered without a token."""


class RunUnfinished(ClientError):
    """`run_and_wait` stopped waiting; the run goes on. `flow_id` and `run_id` find it again."""

    flow_id: str = ""
    run_id: str = ""
