"""The typed client: build a request, send it, parse the reply.

`Client` blocks, `AsyncClient` is for asyncio; the first is the second over a transport that never waits.
Importing this package parses no document and loads no event loop.
"""

from flowgauge.client.answers.models import (
    RunPage,
    ServerInfo,
    StageStatus,
    Workflow,
    WorkflowConfig,
    WorkflowOccurrence,
)
from flowgauge.client.asynchronous import AsyncClient
from flowgauge.client.connection import Connection, connection_from
from flowgauge.client.errors import (
    ApiError,
    BadRequest,
    ClientError,
    ConnectFailed,
    ConnectionBroken,
    InvalidRequest,
    NotFound,
    Redirected,
    RunUnfinished,
    ServerError,
    Throttled,
    TimedOut,
    TlsFailed,
    TokenRefused,
    TransportError,
    Unauthorized,
    UnexpectedReply,
)
from flowgauge.client.http.timing import AsyncClock, Clock, Polling, Retry, Timeout
from flowgauge.client.oauth import ClientCredentials
from flowgauge.client.synchronous import Client
from flowgauge.limits import PeerLimits

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncClock",
    "BadRequest",
    "Client",
    "ClientCredentials",
    "ClientError",
    "Clock",
    "ConnectFailed",
    "Connection",
    "ConnectionBroken",
    "InvalidRequest",
    "NotFound",
    "PeerLimits",
    "Polling",
    "Redirected",
    "Retry",
    "RunPage",
    "RunUnfinished",
    "ServerError",
    "ServerInfo",
    "StageStatus",
    "Throttled",
    "TimedOut",
    "Timeout",
    "TlsFailed",
    "TokenRefused",
    "TransportError",
    "Unauthorized",
    "UnexpectedReply",
    "Workflow",
    "WorkflowConfig",
    "WorkflowOccurrence",
    "connection_from",
]
