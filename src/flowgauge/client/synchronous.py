"""The client for programs that block: the one for asyncio, over a transport that never waits for a loop."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import wraps
from typing import Concatenate, ParamSpec, Self, TypeVar

import httpx

from flowgauge.client.asynchronous import AsyncClient
from flowgauge.client.connection import Connection
from flowgauge.client.exchange import Blocking
from flowgauge.client.http.timing import Clock, Retry, TimeLimit, finished
from flowgauge.client.opening import LIMITS, proxy_for, trust
from flowgauge.limits import PeerLimits

__all__ = ["Client"]

P = ParamSpec("P")
T = TypeVar("T")


def _blocking(
    method: Callable[Concatenate[AsyncClient, P], Awaitable[T]],
) -> Callable[Concatenate["Client", P], T]:
    @wraps(method)
    def blocking(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return finished(method(self._awaited, *args, **kwargs))

    return blocking


def _one_by_one(
    method: Callable[Concatenate[AsyncClient, P], AsyncIterator[T]],
) -> Callable[Concatenate["Client", P], Iterator[T]]:
    @wraps(method)
    def one_by_one(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        items = method(self._awaited, *args, **kwargs)
        while True:
            try:
                item = finished(anext(items))
            except StopAsyncIteration:
                return
            yield item

    return one_by_one


class Client:
    """A typed client of an orchestration server, safe to share between threads.

    `connection` is a Connection, or the server's root URL where no credentials are needed. Every call
    has a timeout; none is tried again without a `retry`; redirects are errors unless followed; `limits` are
    what an answer may cost; `tls` says whom to trust and which certificate to show. Close the client, or
    use it as a context manager. All methods raise ClientError and nothing else.
    """

    def __init__(  # noqa: PLR0913 - each keyword is a choice of its own
        self,
        connection: Connection | str,
        *,
        timeout: TimeLimit = None,
        retry: Retry | None = None,
        follow_redirects: bool = False,
        transport: httpx.BaseTransport | None = None,
        clock: Clock | None = None,
        limits: PeerLimits | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if transport is None:
            from flowgauge.client.http.transport import DeadlineTransport  # noqa: PLC0415 - httpcore is heavy

            transport = DeadlineTransport(tls or trust(), LIMITS, proxy_for(connection))
        self._awaited = AsyncClient(
            connection,
            timeout=timeout,
            retry=retry,
            follow_redirects=follow_redirects,
            transport=Blocking(transport),
            clock=(clock or Clock()).awaited(),
            limits=limits,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop all connections. Calls after this are refused."""
        finished(self._awaited.aclose())

    get_server_info = _blocking(AsyncClient.get_server_info)
    list_flows = _blocking(AsyncClient.list_flows)
    create_workflow = _blocking(AsyncClient.create_workflow)
    get_flow = _blocking(AsyncClient.get_flow)
    list_runs = _blocking(AsyncClient.list_runs)
    iter_runs = _one_by_one(AsyncClient.iter_runs)
    run_workflow = _blocking(AsyncClient.run_workflow)
    get_workflow_occurrence = _blocking(AsyncClient.get_workflow_occurrence)
    run_and_wait = _blocking(AsyncClient.run_and_wait)
