"""The typed client: build a request, send it, parse the reply.

`Client` blocks, `AsyncClient` is for asyncio; both carry out the same steps, which do no I/O themselves.
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
from flowgauge.client.auth import ClientCredentials
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
from flowgauge.client.http.retry import Retry
from flowgauge.client.http.timing import AsyncClock, Clock, Timeout
from flowgauge.client.synchronous import Client
from flowgauge.client.waiting import Polling

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
